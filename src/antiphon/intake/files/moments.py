"""Instants as exports write them. Pure."""

import re
from datetime import UTC, datetime, timedelta

_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(.+))?")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S.%f")
_NAMED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%a, %d %b %Y", "%Y/%m/%d")
_SECONDS = re.compile(r"\d{10}(\.\d+)?|\d{13}")
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)


def moment(raw: str, *, day_first: bool | None = None, latest: bool = False) -> datetime | None:
    """The instant that ``raw`` names, in UTC where it says nothing else; ``None`` when it names none.

    03/04/2025 is two days until somebody says which (``day_first``): then the later one is taken if ``latest``, the
    earlier one if not, so that an opt-in never seems younger than it is and an opt-out never older.
    """
    said = " ".join(raw.replace("\0", "").split()).removesuffix(" UTC").removesuffix(" GMT")
    found = _iso(said) or _epoch(said) or _slashed(said, day_first, latest=latest) or _named(said)
    if found is None or found < _FIRST:  # 1900-01-00 and the like stand for nothing
        return None
    return found


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
    parts = _SLASHED.fullmatch(said)
    if parts is None:
        return None
    one, two, year = int(parts[1]), int(parts[2]), int(parts[3])
    orders = [(one, two), (two, one)] if day_first is None else [(two, one) if day_first else (one, two)]
    found = [at for month, day in orders if (at := _date(year, month, day))]
    if not found:
        return None
    since = _clock(parts[4] or "")
    return None if since is None else (max(found) if latest else min(found)) + since


def _date(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
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
        for clock in ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p"):
            try:
                return datetime.strptime(said, pattern + clock).replace(tzinfo=UTC)
            except ValueError:
                continue
    return None
