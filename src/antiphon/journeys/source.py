"""Journey files: YAML in, a checked journey or problems with line numbers out."""

from collections.abc import Sequence

from antiphon.journeys import documents
from antiphon.journeys.check import Problem, check
from antiphon.journeys.documents import DocumentError, errors_of
from antiphon.journeys.models import Journey

_START = "Start with `journey: its-name`, `name:`, `trigger:` and `steps:`."


class JourneyError(DocumentError):
    """A journey that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str = "The journey") -> None:
        super().__init__(problems, name)


def read_journey(text: str, name: str = "The journey") -> Journey:
    """The journey that a file holds. Raises ``JourneyError`` with every problem found and its line; warnings pass."""
    found, problems = examine(text)
    errors = errors_of(problems)
    if found is None or errors:
        raise JourneyError(errors, name)
    return found


def examine(text: str) -> tuple[Journey | None, list[Problem]]:
    """Parse and check; the journey is ``None`` when its parts do not even fit the models. Problems in their lines' order."""
    return documents.examine(text, "journey", _START, Journey, check)
