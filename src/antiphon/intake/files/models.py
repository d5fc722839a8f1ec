"""What an import is: a file that was handed in, how its columns are read, and how far it has come."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

#: How the method of a consent that was imported begins: it never counts as a person's own act.
IMPORTED = "import: "


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file: the file itself, or a member of an archive. ``start`` and ``size`` are bytes of the kept text."""

    name: str
    start: int
    size: int
    lines: int
    header: tuple[str, ...]
    #: where its first row begins, and the line on which that is
    body: int
    line: int
    delimiter: str
    encoding: str
    #: what is odd about it, for people to read
    notes: tuple[str, ...] = ()

    @property
    def stop(self) -> int:
        return self.start + self.size


class Mapping(BaseModel):
    """How columns are read: ``columns`` has the field of each column, ``defaults`` what holds for every row.

    ``day_first``: how 03/04/2025 is meant; ``None`` where nobody said.
    """

    model_config = ConfigDict(extra="forbid")

    shape: str = "csv"
    source: str = Field(default="import", min_length=1, max_length=64)
    columns: dict[str, str] = {}
    defaults: dict[str, str] = {}
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """A row of ``file_import``. ``position`` and ``size`` are bytes of the kept text."""

    id: int
    name: str
    state: str
    size: int
    position: int
    rows: int
    lines: int
    mapping: Mapping
    parts: tuple[Part, ...]
    counts: Counter[str]
    error: str | None
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def share(self) -> float:
        """How much of the file is worked off, 0 to 1."""
        return self.position / self.size if self.size else 1.0

    @property
    def rejected(self) -> int:
        return self.counts["rejected"]


@dataclass(slots=True)
class Incoming:
    """One row as it would come in. ``consents`` are items of ``/v1/consent``; ``problems`` leave the rest of it standing."""

    identifiers: list[tuple[str, str]] = field(default_factory=list)
    traits: dict[str, Any] = field(default_factory=dict)
    consents: list[dict[str, Any]] = field(default_factory=list)
    seen_at: datetime | None = None
    problems: list[str] = field(default_factory=list)
    #: channels by which they said no without having opted out: recorded as nothing, and told
    declined: list[str] = field(default_factory=list)
    #: whether a date of the row is two days until somebody says which comes first
    unclear: bool = False

    def value(self, kind: str) -> str | None:
        return next((value for name, value in self.identifiers if name == kind), None)
