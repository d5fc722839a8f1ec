"""Local time as data: spans of constant UTC offset, from pinned tzdata, the same for SQL and NumPy.

PostgreSQL and Python disagree in the doubled hour of autumn, so neither's own conversion is used where both must agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from importlib.metadata import version
from io import BytesIO
from itertools import pairwise
from struct import unpack_from
from zoneinfo import ZoneInfo, reset_tzpath

reset_tzpath(())  # the machine's own zones may be years older than the pinned ones, and would come before them

FIRST_YEAR, LAST_YEAR = 2009, 2041

UTC_ZONE = 0

#: No zone changes twice within this: the shortest period of the table is the month of Ramadan in Morocco.
_STEP = timedelta(days=14)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def zone_names() -> tuple[str, ...]:
    """Every zone by id; id 0 is UTC.

    The list only grows, at its end: installations keep ids, so a name that a new tzdata brings must not move the others.
    """
    return tuple(resources.files("antiphon.kit").joinpath("zones.txt").read_text().split())


def data_version() -> str:
    """The release of the zones' data, and the years that spans are made for."""
    return f"{version('tzdata')} {FIRST_YEAR}-{LAST_YEAR} {len(zone_names())}"


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
    """The spans of a zone from 2009 to 2041."""
    return _spans_of((resources.files("tzdata") / "zoneinfo" / zone_names()[zone]).read_bytes())


@cache  # a third of the names stand for a zone that has another name as well
def _spans_of(file: bytes) -> tuple[Span, ...]:
    info = ZoneInfo.from_file(BytesIO(file))

    def offset(at: datetime) -> int:
        delta = at.astimezone(info).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    begin, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    written, goes_on = _written(file)
    changes = [begin, *(at for at in written if begin < at < last)]
    if goes_on:
        changes += _halved(offset, changes[-1], last)
    found: list[Span] = []
    for start, end in pairwise([*changes, last]):
        if found and found[-1].utc_offset == (here := offset(start)):
            found[-1] = Span(found[-1].start, end, here)  # only its name changed
        else:
            found.append(Span(start, end, offset(start)))
    return tuple(found)


def _written(file: bytes) -> tuple[list[datetime], bool]:
    """The changes that a file of RFC 9636 lists, and whether a rule makes more of them afterwards."""
    utc, standard, leaps, times, types, letters = unpack_from(">6l", file, 20)
    second = 44 + 5 * times + 6 * types + letters + 8 * leaps + standard + utc  # the first part has 32 bits for a time
    (count,) = unpack_from(">l", file, second + 32)
    ats = unpack_from(f">{count}q", file, second + 44)
    return [_EPOCH + timedelta(seconds=at) for at in ats if at > 0], b"," in file.rsplit(b"\n", 2)[1]


def _halved(offset: Callable[[datetime], int], begin: datetime, last: datetime) -> Iterator[datetime]:
    """The changes that a rule makes, found by halving between days whose offsets differ."""
    at, here = begin, offset(begin)
    while at < last:
        after = min(at + _STEP, last)
        if offset(after) != here:
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == here else (low, middle)
            yield high
            after, here = high, offset(high)
        at = after


def offset_at(zone: int, at: datetime) -> int:
    """Seconds east of UTC in ``zone`` at the instant ``at``; the nearest span's outside of the table's years."""
    table = spans(zone)
    for span in table:
        if at < span.end:
            return span.utc_offset
    return table[-1].utc_offset


def local(zone: int, at: datetime) -> datetime:
    """The wall clock of ``zone`` at ``at``, as a naive datetime."""
    utc = at.astimezone(UTC)  # to add to a clock that changes would add to what it shows
    return (utc + timedelta(seconds=offset_at(zone, utc))).replace(tzinfo=None)


def instant_of(zone: int, wall: datetime) -> datetime:
    """The instant at which clocks in ``zone`` show what ``wall`` says as if it were UTC."""
    guess = wall - timedelta(seconds=offset_at(zone, wall))
    return wall - timedelta(seconds=offset_at(zone, guess))
