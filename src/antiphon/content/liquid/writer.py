"""Python source as it is written: lines, names and constants.

Nothing that a template says stands in the source: names and texts are constants, bound to names of ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Writer:
    """``constants`` by their name in the source."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._lines: list[str] = []
        self._depth = 1
        self._names = 0
        self._texts: dict[tuple[type, str], str] = {}
        self._last_width = 0

    def line(self, code: str) -> None:
        self._lines.append(" " * self._depth + code)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written inside stands under ``head``; an empty block passes."""
        self.line(head)
        self._depth += 1
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.line("pass")
        self._depth -= 1

    def name(self) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"t{self._names}"

    def constant(self, value: Any) -> str:
        """The name of a constant; one and the same for equal texts."""
        key = (type(value), value) if isinstance(value, str) else None
        if key in self._texts:
            return self._texts[key]
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        if key is not None:
            self._texts[key] = name
        return name

    def source(self, head: str) -> str:
        return "\n".join([head, *self._lines, ""])
