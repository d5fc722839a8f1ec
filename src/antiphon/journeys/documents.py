"""Definitions in YAML, of journeys and of what else is defined so: a checked model, or problems with line numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from antiphon.journeys.check import Problem
from antiphon.journeys.faults import problems_of
from antiphon.kit.documents import UnreadableError, line_of, load, plain
from antiphon.kit.errors import AntiphonError

M = TypeVar("M", bound=BaseModel)


class DocumentError(AntiphonError):
    """A definition that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str) -> None:
        said = [str(problem) for problem in problems]
        super().__init__(
            f"{name} cannot be used:" + (f" {said[0]}" if len(said) == 1 else "".join(f"\n{one}" for one in said))
        )
        self.problems = list(problems)


def examine(
    text: str, kind: str, start: str, model: type[M], check: Callable[[M], Sequence[Problem]]
) -> tuple[M | None, list[Problem]]:
    """Parse and check; the model is ``None`` when its parts do not even fit. Problems in their lines' order.

    ``kind`` is what the file is to be, ``start`` the hint for one that is something else.
    """
    try:
        document = load(text, kind, start)
    except UnreadableError as error:
        return None, [Problem("", error.what, error.hint, error.line)]
    try:
        found = model.model_validate(plain(document))
    except ValidationError as error:
        return None, sorted(problems_of(document, error, model), key=lambda problem: problem.line)
    problems = [replace(one, line=line_of(document, _parts(one.where))) for one in check(found)]
    return found, sorted(problems, key=lambda problem: problem.line)


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    """Those that keep it from being used: all but warnings."""
    return [problem for problem in problems if not problem.warning]


def _parts(where: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in where.split(".") if part]
