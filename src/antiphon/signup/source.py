"""Unit files: YAML in, a checked unit or problems with line numbers out."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from antiphon.journeys.check import Problem
from antiphon.journeys.faults import problems_of
from antiphon.kit.documents import UnreadableError, line_of, load, plain
from antiphon.kit.errors import AntiphonError
from antiphon.signup.check import check
from antiphon.signup.models import Unit

_START = "Start with `unit: its-name`, `name:`, `kind:` and `steps:`."


class UnitError(AntiphonError):
    """A unit that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str = "The unit") -> None:
        said = [str(problem) for problem in problems]
        super().__init__(
            f"{name} cannot be used:" + (f" {said[0]}" if len(said) == 1 else "".join(f"\n{one}" for one in said))
        )
        self.problems = list(problems)


def read_unit(text: str, name: str = "The unit") -> Unit:
    """The unit that a file holds. Raises ``UnitError`` with every problem found and its line; warnings pass."""
    unit, problems = examine(text)
    errors = [problem for problem in problems if not problem.warning]
    if unit is None or errors:
        raise UnitError(errors, name)
    return unit


def examine(text: str) -> tuple[Unit | None, list[Problem]]:
    """Parse and check; the unit is ``None`` when its parts do not even fit the models. Problems in their lines' order."""
    try:
        document = load(text, "unit", _START)
    except UnreadableError as error:
        return None, [Problem("", error.what, error.hint, error.line)]
    try:
        unit = Unit.model_validate(plain(document))
    except ValidationError as error:
        return None, sorted(problems_of(document, error, Unit), key=lambda problem: problem.line)
    found = [replace(one, line=line_of(document, _parts(one.where))) for one in check(unit)]
    return unit, sorted(found, key=lambda problem: problem.line)


def _parts(where: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in where.split(".") if part]
