from pathlib import Path

import pytest

from antiphon.cli.sources import at, document, is_broken, read_source, tell
from antiphon.kit.errors import AntiphonError
from antiphon.kit.problems import Problem

_FILE = Path("welcome.yaml")
_DOUBT = Problem("show", "a page has no display rules.", warning=True, line=3)
_FAULT = Problem("steps.0", "there is no step `b`.", "There are: a.", 7)


def test_a_warning_breaks_nothing_and_is_called_one() -> None:
    assert not is_broken([_DOUBT])
    assert is_broken([_DOUBT, _FAULT])
    assert at(_FILE, _DOUBT) == "welcome.yaml:3: warning: a page has no display rules."
    assert at(_FILE, _FAULT) == "welcome.yaml:7: there is no step `b`. There are: a."
    assert [one["level"] for one in document(_FILE, "unit", None, [_DOUBT, _FAULT])["problems"]] == ["warning", "error"]


@pytest.mark.parametrize(
    ("name", "problems", "said"),
    [
        ("welcome", [], "welcome.yaml: unit `welcome` is good\n"),
        ("welcome", [_DOUBT], "welcome.yaml:3: warning: a page has no display rules.\n"),
        (None, [_FAULT], "welcome.yaml:7: there is no step `b`. There are: a.\n"),
    ],
)
def test_only_a_file_without_problems_is_good(
    name: str | None, problems: list[Problem], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(_FILE, "unit", name, problems)
    assert capsys.readouterr().out == said


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    for name in ("binary.yaml", "missing.yaml"):
        with pytest.raises(AntiphonError, match=name):
            read_source(tmp_path / name)
