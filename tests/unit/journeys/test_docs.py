"""What is documented is what there is."""

import json
import re
from pathlib import Path
from typing import get_args

from antiphon.audiences.compiler import KINDS
from antiphon.cli.commands import COMMANDS
from antiphon.journeys.models import Step, json_schema

DOCS = Path(__file__).parents[3] / "docs"


def test_the_published_schema_is_todays() -> None:
    published = json.loads((DOCS / "journey.schema.json").read_text())
    assert published == json_schema(), "publish it: antiphon journeys schema > docs/journey.schema.json"


def test_every_step_type_and_condition_kind_is_documented() -> None:
    text = (DOCS / "journeys.md").read_text()
    union = get_args(get_args(Step)[0])
    types = [get_args(step.model_fields["type"].annotation)[0] for step in union]
    assert types
    missing = [name for name in [*types, *KINDS] if f"`{name}`" not in text]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    text = (DOCS.parent / "README.md").read_text()
    missing = [name for name in COMMANDS if f"antiphon {name}" not in text]
    assert missing == []


def test_every_invariant_of_the_rules_has_its_tests() -> None:
    text = (DOCS / "rules.md").read_text()
    table = re.findall(r"^\| (\d) \| .* \| (.*) \|$", text, re.MULTILINE)
    assert [number for number, _ in table] == list("123456789")
    tests = DOCS.parent / "tests"
    for number, shown in table:
        file = ""
        for named, test in re.findall(r"`([\w/.]*)::(\w+)`", shown):
            file = named or file
            paths = [tests / kind / file for kind in ("unit", "integration") if (tests / kind / file).exists()]
            assert paths, f"invariant {number}: there is no {file}"
            assert any(f"def {test}(" in path.read_text() for path in paths), (
                f"invariant {number}: {file} has no {test}"
            )
