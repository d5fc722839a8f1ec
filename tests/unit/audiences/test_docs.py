"""What is documented of conditions is what there is."""

import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from antiphon.audiences.bounds import MAX_DEPTH, MAX_PARTS
from antiphon.audiences.compiler import KINDS, touched_by
from antiphon.audiences.models import Condition
from antiphon.kit.documents import plain

TEXT = (Path(__file__).parents[3] / "docs" / "conditions.md").read_text()
ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)


def examples() -> list[Any]:
    """Every line of every block of YAML is a condition."""
    lines = [line for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
    return [ADAPTER.validate_python(plain(YAML(typ="rt").load(line))) for line in lines]


def test_every_example_is_valid_and_every_kind_has_one() -> None:
    assert {one.kind for one in examples()} | {"any", "not"} == set(KINDS)


def test_touches_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (`\w+`.*?) \| (.*?) \|", TEXT, re.MULTILINE)
    table = {kind: touches for kinds, touches in rows for kind in re.findall(r"`(\w+)`", kinds)}
    assert set(table) == set(KINDS)
    for one in examples():
        for touch in touched_by(one) if one.kind != "all" else ():
            named = "`event:NAME`" if one.kind == "event" else f"`{touch}`".replace("regulars", "NAME")
            assert named in table[one.kind], one


def test_the_limits_are_these() -> None:
    assert f"At most {MAX_DEPTH} levels inside each other and {MAX_PARTS} parts" in TEXT
