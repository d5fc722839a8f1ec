"""A feed: a file of products that was handed in, how its columns are read, and how far it has come."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True, slots=True)
class Head:
    """The columns, and where rows begin: byte and line."""

    columns: tuple[str, ...]
    body: int
    line: int
    delimiter: str
    encoding: str = "UTF-8"
    notes: tuple[str, ...] = ()


class Mapping(BaseModel):
    """What each column is (see :mod:`fields`), and the currency of prices that name none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = {}
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    #: The file is the whole catalogue: products that it lacks are deleted, more than half of all only with ``force``.
    complete: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it stands. ``size`` and ``position`` in bytes of text; ``counts``: rows, added, changed, unchanged, refused,
    passed (not for sale and never known), again (rows that say anew what an earlier row said; they count), gone (deleted,
    because a complete feed lacks them)."""

    id: int
    name: str
    state: str  # uploaded, running, done, failed, cancelled
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    size: int
    lines: int
    head: Head
    mapping: Mapping
    position: int
    line: int
    counts: Counter[str]
    error: str | None

    @property
    def share(self) -> float:
        """How far it has come, 0 to 1."""
        return 1.0 if self.state == "done" else min(self.position / max(self.size, 1), 1.0)
