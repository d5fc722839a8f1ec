"""What is wrong with a definition, where it stands, and the way out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a definition from being used.

    ``where`` is the path inside the file (``steps.2.next``); ``line`` counts from 1, 0 when there is none. A ``warning``
    keeps nothing from running: it may be meant so.
    """

    where: str
    what: str
    hint: str = ""
    line: int = 0
    warning: bool = False

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{self.what} {self.hint}".strip()
