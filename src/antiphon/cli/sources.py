"""Files that people write, as commands read them and tell what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from antiphon.cli.output import console
from antiphon.kit.errors import AntiphonError
from antiphon.kit.problems import Problem


def read_source(path: Path) -> str:
    """The text of a file. Raises ``AntiphonError``."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AntiphonError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise AntiphonError(f"{path} cannot be read: it is no text in UTF-8.", "Save it as UTF-8.") from error


def is_broken(problems: Sequence[Problem]) -> bool:
    """Whether something keeps the file from being used; a warning does not."""
    return any(not problem.warning for problem in problems)


def document(path: Path, kind: str, name: str | None, problems: Sequence[Problem]) -> dict[str, Any]:
    """What is wrong with a file, for programs; ``name``: of what it defines, when it can be read at all."""
    found = [
        {
            "line": problem.line,
            "where": problem.where,
            "level": "warning" if problem.warning else "error",
            "problem": problem.what,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return {"file": str(path), kind: name, "problems": found}


def at(path: Path, problem: Problem) -> str:
    """One line as compilers write it, so that editors find the place."""
    return f"{path}:{problem.line}: {'warning: ' if problem.warning else ''}{problem.what} {problem.hint}".rstrip()


def tell(path: Path, kind: str, name: str | None, problems: Sequence[Problem]) -> None:
    """What is wrong with a file, for people."""
    for problem in problems:
        console.print(at(path, problem), markup=False, soft_wrap=True)
    if name is not None and not problems:
        console.print(f"{path}: {kind} `{name}` is good", markup=False, soft_wrap=True)
