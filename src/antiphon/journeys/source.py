"""Journey files: YAML in, a checked journey or problems with line numbers out."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from antiphon.journeys.check import Problem, check
from antiphon.journeys.faults import problems_of
from antiphon.journeys.models import Journey
from antiphon.kit.documents import UnreadableError, line_of, load, plain
from antiphon.kit.errors import AntiphonError

_START = "Start with `journey: its-name`, `name:`, `trigger:` and `steps:`."


class JourneyError(AntiphonError):
    """A journey that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str = "The journey") -> None:
        said = [str(problem) for problem in problems]
        super().__init__(
            f"{name} cannot be used:" + (f" {said[0]}" if len(said) == 1 else "".join(f"\n{one}" for one in said))
        )
        self.problems = list(problems)


def read_journey(text: str, name: str = "The journey") -> Journey:
    """The journey that a file holds. Raises ``JourneyError`` with every problem found and its line; warnings pass."""
    journey, problems = examine(text)
    errors = [problem for problem in problems if not problem.warning]
    if journey is None or errors:
        raise JourneyError(errors, name)
    return journey


def examine(text: str) -> tuple[Journey | None, list[Problem]]:
    """Parse and check; the journey is ``None`` when its parts do not even fit the models. Problems in their lines' order."""
    try:
        document = load(text, "journey", _START)
    except UnreadableError as error:
        return None, [Problem("", error.what, error.hint, error.line)]
    try:
        journey = Journey.model_validate(plain(document))
    except ValidationError as error:
        return None, sorted(problems_of(document, error), key=lambda problem: problem.line)
    found = [replace(one, line=line_of(document, _steps(one.where))) for one in check(journey)]
    return journey, sorted(found, key=lambda problem: problem.line)


def _steps(where: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in where.split(".") if part]
