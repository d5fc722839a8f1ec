"""Journey files: YAML in, a checked journey or problems with line numbers out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from antiphon.journeys.check import Problem, check
from antiphon.journeys.faults import line_of, problems_of
from antiphon.journeys.models import Journey
from antiphon.kit.errors import AntiphonError

MAX_BYTES = 1_000_000


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
        document = _load(text)
    except _UnreadableError as error:
        return None, [error.problem]
    try:
        journey = Journey.model_validate(_plain(document))
    except ValidationError as error:
        return None, sorted(problems_of(document, error), key=lambda problem: problem.line)
    found = [replace(one, line=line_of(document, _steps(one.where))) for one in check(journey)]
    return journey, sorted(found, key=lambda problem: problem.line)


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _load(text: str) -> CommentedMap:
    if len(text.encode()) > MAX_BYTES:
        raise _UnreadableError(Problem("", "the file is over 1 MB.", "A journey is text of some kilobytes."))
    yaml = YAML(typ="rt")
    yaml.allow_duplicate_keys = False
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        hint = "Check the indentation and the quotes around there."
        raise _UnreadableError(Problem("", f"this is not YAML: {error.problem}.", hint, line)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _UnreadableError(Problem("", f"this is not YAML: {error}.")) from error
    if not isinstance(document, CommentedMap):
        hint = "Start with `journey: its-name`, `name:`, `trigger:` and `steps:`."
        raise _UnreadableError(Problem("", "a journey file holds one mapping.", hint, 1))
    return document


def _plain(node: Any) -> Any:
    """The document as plain values; ``on`` and the like stay the words that were written."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    return int(node) if isinstance(node, int) else float(node) if isinstance(node, float) else str(node)


def _steps(where: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in where.split(".") if part]
