"""Unit files: YAML in, a checked unit or problems with line numbers out."""

from collections.abc import Sequence

from antiphon.journeys import documents
from antiphon.journeys.check import Problem
from antiphon.journeys.documents import DocumentError, errors_of
from antiphon.signup.check import check
from antiphon.signup.models import Unit

_START = "Start with `unit: its-name`, `name:`, `kind:` and `steps:`."


class UnitError(DocumentError):
    """A unit that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str = "The unit") -> None:
        super().__init__(problems, name)


def read_unit(text: str, name: str = "The unit") -> Unit:
    """The unit that a file holds. Raises ``UnitError`` with every problem found and its line; warnings pass."""
    found, problems = examine(text)
    errors = errors_of(problems)
    if found is None or errors:
        raise UnitError(errors, name)
    return found


def examine(text: str) -> tuple[Unit | None, list[Problem]]:
    """Parse and check; the unit is ``None`` when its parts do not even fit the models. Problems in their lines' order."""
    return documents.examine(text, "unit", _START, Unit, check)
