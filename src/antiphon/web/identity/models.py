"""The values of the pages about who is who."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE, Key

KINDS = {CUSTOMER: "Customer", EMAIL: "Email", PHONE: "Phone", DEVICE: "Device"}


def kind_words(kind: str) -> str:
    return KINDS.get(kind, kind)


def as_field(key: Key) -> str:
    """An identifier as the value of a form's field."""
    return json.dumps(key, ensure_ascii=False)


def from_field(value: str) -> list[str]:
    """``[kind, value]``; raises ``ValueError`` for what ``as_field`` never wrote."""
    found = json.loads(value)
    if not isinstance(found, list) or len(found) != 2 or not all(isinstance(part, str) for part in found):
        raise ValueError(value)
    return found


@dataclass(frozen=True, slots=True)
class Node:
    """An identifier. ``person``: whose it is where it is not this person's; 0 when it is."""

    number: int
    key: Key
    first_at: datetime | None = None
    last_at: datetime | None = None
    person: int = 0

    @property
    def kind(self) -> str:
        return kind_words(self.key[0])

    @property
    def field(self) -> str:
        return as_field(self.key)


@dataclass(frozen=True, slots=True)
class Edge:
    """What two identifiers have to do with each other. ``outcome``: joined, refused, apart; or same, by hand alone."""

    one: Node
    other: Node
    outcome: str
    sources: tuple[str, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    verified_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What one human said at once, and can be taken back."""

    act: int
    says: str  # same, different
    at: datetime
    who: str
    why: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person's identifiers, strongest first; those of others that were seen with them; and the evidence."""

    own: Sequence[Node]
    others: Sequence[Node]
    edges: Sequence[Edge]
    said: Sequence[Said]
    more: bool

    def edges_of(self, node: Node) -> list[Edge]:
        return [edge for edge in self.edges if node in (edge.one, edge.other)]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A join that was refused. ``people``: who stands at its two ends; one for a shared identifier."""

    one: Key
    other: Key | None
    reason: str
    at: datetime
    people: tuple[int, ...]

    @property
    def fields(self) -> tuple[str, str]:
        return as_field(self.one), as_field(self.other or ("", ""))
