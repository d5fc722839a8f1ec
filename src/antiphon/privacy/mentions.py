"""Finding a person in what came in and belongs to nobody yet: raw bodies, as others wrote them. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from antiphon.people.identifiers import EMAIL, PHONE, Key, email, phone

#: Names under which a body holds ids. Elsewhere the same characters are a quantity or a colour.
_IDS = frozenset(
    {"userid", "user_id", "customer_id", "customerid", "anonymousid", "anonymous_id", "previousid", "device_id", "id"}
)
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to look for: their identifiers, and the region that completes phone numbers without a country."""

    keys: frozenset[Key]
    region: str

    def patterns(self) -> list[str]:
        """For ILIKE, on the text of a body: generous, because numbers are written in many ways."""
        return sorted({_like(kind, value) for kind, value in self.keys})

    def mentioned(self, body: str) -> bool:
        """Whether a body, JSON or a line of a file, names the person."""
        try:
            found: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return self._in_line(body)
        return any(self._is(name, value) for name, value in _leaves("", found))

    def _is(self, name: str, value: str) -> bool:
        if "@" in value:
            return (EMAIL, email(value)) in self.keys
        if (PHONE, phone(value, self.region) if len(_DIGITS.sub("", value)) > 6 else None) in self.keys:
            return True
        return name.lower() in _IDS and any(value == known for kind, known in self.keys if kind not in {EMAIL, PHONE})

    def _in_line(self, line: str) -> bool:
        """A line that is no JSON: cells between separators."""
        cells = [cell.strip(" \"'") for cell in re.split(r"[,;\t|]", line)]
        return any(self._is("id", cell) for cell in cells if cell)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, part in value.items():
                yield from _leaves(key, part)
        case list():
            for part in value:
                yield from _leaves(name, part)
        case str():
            yield name, value.strip()
        case bool() | None:
            return
        case int():
            yield name, str(value)


def _like(kind: str, value: str) -> str:
    if kind == PHONE:  # the last four digits stand together however a number is written
        return f"%{value[-4:]}%"
    written = orjson.dumps(value)[1:-1].decode()
    if kind == EMAIL:  # the domain may be written in its own letters, and in any case
        written = written.rpartition("@")[0] + "@"
    return "%" + re.sub(r"([\\%_])", r"\\\1", written) + "%"


def wanted(keys: Iterable[Key], region: str) -> Wanted:
    return Wanted(frozenset(keys), region)
