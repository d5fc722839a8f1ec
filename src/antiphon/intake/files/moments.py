"""Instants and days as exports write them. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(.+))?")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S.%f")
_NAMED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%a, %d %b %Y", "%Y/%m/%d")
_SECONDS = re.compile(r"\d{10}(\.\d+)?|\d{13}")
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
#: People are born earlier than anything is recorded of them; what lies before stands for nothing.
_FIRST_DAY = date(1900, 1, 2)


@dataclass(frozen=True, slots=True)
class Clock:
    """How the times of a file are read: which comes first in 03/04/2025, whose days its days are, and what lies ahead."""

    day_first: bool | None = None
    zone: tzinfo = UTC
    now: datetime | None = None


def moment(raw: str, *, day_first: bool | None = None, latest: bool = False, zone: tzinfo = UTC) -> datetime | None:
    """The instant that ``raw`` names, in UTC where it says nothing else; ``None`` when it names none.

    03/04/2025 is two days until somebody says which (``day_first``): then the later one is taken if ``latest``, the
    earlier one if not, so that an opt-in never seems younger than it is and an opt-out never older. For the same reason a
    day without a time is its first instant in ``zone``, or its last second if ``latest``.
    """
    said = _plain(raw)
    if whole := _day(said, day_first, latest=latest):
        return _of_day(whole, zone, latest=latest)
    found = _iso(said) or _epoch(said) or _slashed(said, day_first, latest=latest) or _named(said)
    if found is None or found < _FIRST:  # 1900-01-00 and the like stand for nothing
        return None
    return found


def day(raw: str, *, day_first: bool | None = None) -> date | None:
    """The day that ``raw`` names without a time; ``None`` for anything else. The earlier one of an unclear one."""
    found = _day(_plain(raw), day_first, latest=False)
    return found if found and found >= _FIRST_DAY else None


def unclear(raw: str) -> bool:
    """Whether ``raw`` is two days, such as 03/04/2025, until somebody says which comes first."""
    parts = SLASHED.fullmatch(_plain(raw))
    return parts is not None and int(parts[1]) <= 12 and int(parts[2]) <= 12 and int(parts[1]) != int(parts[2])


def _plain(raw: str) -> str:
    return " ".join(raw.replace("\0", "").split()).removesuffix(" UTC").removesuffix(" GMT")


def _of_day(whole: date, zone: tzinfo, *, latest: bool) -> datetime | None:
    if whole.year < _FIRST.year:
        return None
    try:
        return datetime.combine(whole, time(23, 59, 59) if latest else time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def _day(said: str, day_first: bool | None, *, latest: bool) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        pass
    if parts := SLASHED.fullmatch(said):
        return None if parts[4] else _either(parts, day_first, latest=latest)
    for pattern in _NAMED:
        try:
            return datetime.strptime(said, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _iso(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said.replace(" +", "+").replace(" -", "-") if said.count(":") > 1 else said)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _epoch(said: str) -> datetime | None:
    if not _SECONDS.fullmatch(said):
        return None
    return datetime.fromtimestamp(float(said) / (1000 if len(said) == 13 else 1), UTC)


def _slashed(said: str, day_first: bool | None, *, latest: bool) -> datetime | None:
    parts = SLASHED.fullmatch(said)
    found = _either(parts, day_first, latest=latest) if parts else None
    since = _clock(parts[4] or "") if parts else None
    return None if found is None or since is None else datetime.combine(found, time(), UTC) + since


def _either(parts: re.Match[str], day_first: bool | None, *, latest: bool) -> date | None:
    one, two, year = int(parts[1]), int(parts[2]), int(parts[3])
    orders = [(one, two), (two, one)] if day_first is None else [(two, one) if day_first else (one, two)]
    found = [at for month, of_month in orders if (at := _date(year, month, of_month))]
    return (max(found) if latest else min(found)) if found else None


def _date(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _clock(said: str) -> timedelta | None:
    if not said:
        return timedelta()
    for pattern in _CLOCKS:
        try:
            at = datetime.strptime(said.upper(), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return at - at.replace(hour=0, minute=0, second=0, microsecond=0)
    return None


def _named(said: str) -> datetime | None:
    for pattern in _NAMED:
        for clock in (" %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p"):
            try:
                return datetime.strptime(said, pattern + clock).replace(tzinfo=UTC)
            except ValueError:
                continue
    return None
