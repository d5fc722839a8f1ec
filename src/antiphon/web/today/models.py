"""The values of the page Today."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """``[start, end)`` in ``parts`` equal parts; ``before`` is as long and ends where it starts."""

    days: int
    start: datetime
    end: datetime
    parts: int

    @property
    def before(self) -> datetime:
        return self.start - (self.end - self.start)

    @property
    def part(self) -> timedelta:
        return (self.end - self.start) / self.parts

    @property
    def words(self) -> str:
        return "the 24 hours" if self.days == 1 else f"the {self.days} days"


@dataclass(slots=True)
class Series:
    """One figure over the period, part by part, and its sum over the period before."""

    parts: list[float]
    before: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure per channel, or one alone; ``unit`` is ``count`` or ``money``."""

    name: str
    meaning: str
    series: dict[str, Series]
    unit: str = "count"
    address: str = ""

    @property
    def total(self) -> float:
        return sum(one.total for one in self.series.values())

    @property
    def before(self) -> float:
        return sum(one.before for one in self.series.values())

    @property
    def top(self) -> float:
        """The highest part of any line, so that the lines of a tile share an axis."""
        return max((value for one in self.series.values() for value in one.parts), default=0)


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, what it means, what to do. ``tone``: bad, wait or quiet."""

    tone: str
    icon: str
    what: str
    meaning: str
    address: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Barred:
    """How often a rule stopped a message in the period, and what became of those."""

    rule: str
    state: str
    n: int


@dataclass(frozen=True, slots=True)
class Under:
    """What is going on now."""

    runs: int = 0
    people_by_journey: list[tuple[str, str, int]] = field(default_factory=list)  # slug, name, runs
    waiting: dict[str, int] = field(default_factory=dict)  # by channel
    next_due: datetime | None = None
    arrivals: int = 0
