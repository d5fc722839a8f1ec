"""Local time as data: spans of constant UTC offset, from pinned tzdata, the same for SQL and NumPy.

PostgreSQL and Python disagree in the doubled hour of autumn, so neither's own conversion is used where both must agree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2009, 2041

UTC_ZONE = 0

#: No zone changes twice within this: the shortest period of the table is the month of Ramadan in Morocco.
_STEP = timedelta(days=14)


@cache
def zone_names() -> tuple[str, ...]:
    """Every zone of the pinned tzdata by id; id 0 is UTC, the rest alphabetical of the canonical list."""
    text = resources.files("tzdata").joinpath("zones").read_text()
    return ("UTC", *sorted(name for name in text.split() if "/" in name and not name.startswith("Etc/")))


@cache
def _ids() -> dict[str, int]:
    return {name: number for number, name in enumerate(zone_names())}


def zone_id(name: str | None) -> int | None:
    """The id of a zone by name; ``None`` for an unknown one."""
    return _ids().get(name or "")


@dataclass(frozen=True, slots=True)
class Span:
    """``utc_offset`` seconds east of UTC hold from ``start`` until just before ``end`` (both UTC)."""

    start: datetime
    end: datetime
    utc_offset: int


@cache
def spans(zone: int) -> tuple[Span, ...]:
    """The spans of a zone from 2009 to 2041, found by halving between days whose offsets differ."""
    info = ZoneInfo(zone_names()[zone])

    def offset(at: datetime) -> int:
        delta = at.astimezone(info).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    begin, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    found: list[Span] = []
    start, at, here = begin, begin, offset(begin)
    while at < last:
        after = min(at + _STEP, last)
        if offset(after) != here:
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == here else (low, middle)
            found.append(Span(start, high, here))
            start, after, here = high, high, offset(high)
        at = after
    found.append(Span(start, last, here))
    return tuple(found)


def offset_at(zone: int, at: datetime) -> int:
    """Seconds east of UTC in ``zone`` at the instant ``at``; the nearest span's outside of the table's years."""
    table = spans(zone)
    for span in table:
        if at < span.end:
            return span.utc_offset
    return table[-1].utc_offset


def local(zone: int, at: datetime) -> datetime:
    """The wall clock of ``zone`` at ``at``, as a naive datetime."""
    return (at + timedelta(seconds=offset_at(zone, at))).astimezone(UTC).replace(tzinfo=None)
