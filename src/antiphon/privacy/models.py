"""What is known of a person whose data is asked for."""

from dataclasses import dataclass, field
from typing import Any

from antiphon.people.identifiers import Key

#: Channel and normalised address.
Address = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with all that points at them. ``shared`` are those of ``addresses`` that somebody else holds as well."""

    person: int
    bucket: int
    keys: tuple[Key, ...]
    addresses: tuple[Address, ...]
    shared: frozenset[Address] = frozenset()

    @property
    def where(self) -> dict[str, Any]:
        """The parameters that name the person."""
        return {"bucket": self.bucket, "person": self.person}


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would do, in numbers."""

    subject: Subject
    counts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    waiting: int = 0
