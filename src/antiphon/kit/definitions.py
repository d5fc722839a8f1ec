"""Definitions in YAML, of journeys and of what else is defined so: a checked model, or problems with line numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap

from antiphon.kit.documents import UnreadableError, line_of, load, plain
from antiphon.kit.errors import AntiphonError
from antiphon.kit.misfits import problems_of
from antiphon.kit.problems import Problem

M = TypeVar("M", bound=BaseModel)


class DocumentError(AntiphonError):
    """A definition that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], name: str) -> None:
        said = [str(problem) for problem in problems]
        super().__init__(
            f"{name} cannot be used:" + (f" {said[0]}" if len(said) == 1 else "".join(f"\n{one}" for one in said))
        )
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Kind(Generic[M]):
    """What a file is to be: its ``name``, the hint for one that is something else, its model and what checks it.

    ``parts`` looks at what can be looked at of a file in which something does not fit, so that it hides nothing.
    """

    name: str
    start: str
    model: type[M]
    check: Callable[[M], Sequence[Problem]]
    error: type[DocumentError] = DocumentError
    parts: Callable[[Mapping[str, Any]], Sequence[Problem]] | None = None

    def examine(self, text: str) -> tuple[M | None, list[Problem]]:
        """Parse and check; the model is ``None`` when its parts do not even fit. Problems in their lines' order."""
        try:
            document = load(text, self.name, self.start)
        except UnreadableError as error:
            return None, [Problem("", error.what, error.hint, error.line)]
        try:
            found = self.model.model_validate(plain(document))
        except ValidationError as error:
            also = self.parts(plain(document)) if self.parts is not None else ()
            problems = [*problems_of(document, error, self.model), *_with_lines(document, also)]
            return None, sorted(problems, key=lambda problem: problem.line)
        problems = _with_lines(document, self.check(found))
        return found, sorted(problems, key=lambda problem: problem.line)

    def placed(self, text: str, problems: Sequence[Problem]) -> list[Problem]:
        """Problems that were found otherwise, with their lines in a file that can be read."""
        document = load(text, self.name, self.start)
        return _with_lines(document, problems)

    def read(self, text: str, name: str = "") -> M:
        """What a file holds. Raises ``error`` with every problem found and its line; warnings pass.

        ``name`` is how the error calls the file.
        """
        found, problems = self.examine(text)
        errors = errors_of(problems)
        if found is None or errors:
            raise self.error(errors, name or f"The {self.name}")
        return found


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    """Those that keep it from being used: all but warnings."""
    return [problem for problem in problems if not problem.warning]


def _with_lines(document: CommentedMap, problems: Sequence[Problem]) -> list[Problem]:
    return [replace(one, line=line_of(document, _parts(one.where))) for one in problems]


def _parts(where: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in where.split(".") if part]
