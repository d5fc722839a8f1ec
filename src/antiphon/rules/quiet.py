"""Quiet hours: when a message may leave, by the wall clock of every place where the person may be.

Allowed iff ``start <= local time < end`` in every zone. The law's limits stand here; a brand's own settings lie inside
them, and settings outside of them cannot be made.

Sources (read 2026-11): 47 CFR 64.1200(c)(1), no telephone solicitation before 8:00 or after 21:00 at the called party's
location; the states' own windows (Connecticut and Texas from 9:00, Kentucky from 10:00, Texas on Sundays from 12:00,
Florida, Maryland, Oklahoma, Washington and others until 20:00). 10:00 to 20:00 and 12:00 to 20:00 on Sundays is the
strictest of them all, bans of whole days and Rhode Island apart, so that it needs no guess about the state.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator

from antiphon.kit.zones import local, spans
from antiphon.rules.united_states import united_states_zones

VERSION = "2026-11-23"

DAY = 24 * 60
_SUNDAY = 6
_HORIZON = timedelta(days=8)

Instants = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def _minute(value: Any) -> Any:
    """Minutes after midnight of "HH:MM"; anything else is left to pydantic."""
    if not isinstance(value, str):
        return value
    hours, colon, minutes = value.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60):
        raise ValueError(f"{value!r} is not a time of day; write it like 09:30")
    return int(hours) * 60 + int(minutes)


Minute = Annotated[
    int, BeforeValidator(_minute), PlainSerializer(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
]


class Hours(BaseModel):
    """A window of the day, half open: from ``start`` until just before ``end``, in minutes after midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Minute
    end: Minute

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 <= self.start < self.end <= DAY:
            raise ValueError("a window starts before it ends, between 00:00 and 24:00")
        return self

    def within(self, other: "Hours") -> bool:
        return other.start <= self.start and self.end <= other.end

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}-{self.end // 60:02d}:{self.end % 60:02d}"


#: The widest windows that exist. A text that the person asked for (an order's confirmation) is not solicitation, yet
#: nobody wants it at night: it keeps to the federal window.
TEXT_LIMIT = Hours(start=10 * 60, end=20 * 60)
TEXT_SUNDAY_LIMIT = Hours(start=12 * 60, end=20 * 60)
TRANSACTIONAL_TEXT_LIMIT = Hours(start=8 * 60, end=21 * 60)
ANY_TIME = Hours(start=0, end=DAY)


class QuietSettings(BaseModel):
    """A brand's own hours: equal to the limits or stricter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sms: Hours = TEXT_LIMIT
    sms_sunday: Hours = TEXT_SUNDAY_LIMIT
    email: Hours = ANY_TIME
    transactional_sms: Hours = TRANSACTIONAL_TEXT_LIMIT
    transactional_email: Hours = ANY_TIME

    @model_validator(mode="after")
    def _stricter(self) -> Self:
        limits = {"sms": TEXT_LIMIT, "sms_sunday": TEXT_SUNDAY_LIMIT, "transactional_sms": TRANSACTIONAL_TEXT_LIMIT}
        for name, limit in limits.items():
            if not getattr(self, name).within(limit):
                raise ValueError(f"{name} {getattr(self, name)} reaches outside of {limit}, which the law allows")
        return self

    def hours(self, channel: str, purpose: str, *, sunday: bool) -> Hours:
        """The window of one kind of message on one kind of day."""
        if purpose == "transactional":
            return self.transactional_sms if channel == "sms" else self.transactional_email
        if channel == "sms":
            return self.sms_sunday if sunday else self.sms
        return self.email


def places(zones: Sequence[int]) -> tuple[int, ...]:
    """The zones that count: those given, or all of the United States when nothing is known."""
    return tuple(zones) or united_states_zones()


def allowed(channel: str, purpose: str, zones: Sequence[int], at: datetime, settings: QuietSettings) -> bool:
    """Whether a message may leave at ``at`` (aware) to somebody who may be in any of ``zones`` (``kit.zones`` ids)."""
    for zone in places(zones):
        clock = local(zone, at)
        hours = settings.hours(channel, purpose, sunday=clock.weekday() == _SUNDAY)
        if not hours.start * 60 <= clock.hour * 3600 + clock.minute * 60 + clock.second < hours.end * 60:
            return False
    return True


def next_allowed(
    channel: str, purpose: str, zones: Sequence[int], at: datetime, settings: QuietSettings
) -> datetime | None:
    """The first allowed instant at or after ``at``; None when there is none within 8 days."""
    begin = at.astimezone(UTC)
    end = begin + _HORIZON
    common = [(begin, end)]
    for zone in places(zones):
        common = _intersection(common, _open(zone, channel, purpose, begin, end, settings))
    return common[0][0] if common else None


def open_mask(channel: str, purpose: str, zones: Sequence[int], instants: Instants, settings: QuietSettings) -> Mask:
    """:func:`allowed` for many instants at once, given as seconds of the epoch; the same answers by another way."""
    mask = np.ones(len(instants), dtype=np.bool_)
    weekday, sunday = (settings.hours(channel, purpose, sunday=day) for day in (False, True))
    if weekday == sunday == ANY_TIME:
        return mask
    for zone in places(zones):
        ends, offsets = _span_columns(zone)
        local_seconds = instants + offsets[np.searchsorted(ends, instants, side="right")]
        # the epoch began on a Thursday
        is_sunday = (local_seconds // 86400 + 3) % 7 == _SUNDAY
        second = local_seconds % 86400
        start = np.where(is_sunday, sunday.start, weekday.start) * 60
        end = np.where(is_sunday, sunday.end, weekday.end) * 60
        mask &= (start <= second) & (second < end)
    return mask


def local_hours(zone: int, instants: Instants) -> npt.NDArray[np.int64]:
    """The hour 0..23 of the wall clock of ``zone`` at each instant (seconds of the epoch)."""
    ends, offsets = _span_columns(zone)
    seconds = instants + offsets[np.searchsorted(ends, instants, side="right")]
    hours: npt.NDArray[np.int64] = seconds % 86400 // 3600
    return hours


@cache
def _span_columns(zone: int) -> tuple[Instants, Instants]:
    """Ends of all spans but the last, and the offsets of all: the last one's offset holds for ever."""
    table = spans(zone)
    ends = np.array([int(span.end.timestamp()) for span in table[:-1]], dtype=np.int64)
    return ends, np.array([span.utc_offset for span in table], dtype=np.int64)


def _open(
    zone: int, channel: str, purpose: str, begin: datetime, end: datetime, settings: QuietSettings
) -> list[tuple[datetime, datetime]]:
    """The open stretches of one zone between two instants, in order: each day's window in each span's offset."""
    found: list[tuple[datetime, datetime]] = []
    table = spans(zone)
    for number, span in enumerate(table):
        low = begin if number == 0 else max(begin, span.start)
        high = end if number == len(table) - 1 else min(end, span.end)
        offset = timedelta(seconds=span.utc_offset)
        day = (low + offset).date()
        while low < high and _midnight(day) - offset < high:
            hours = settings.hours(channel, purpose, sunday=day.weekday() == _SUNDAY)
            first = max(low, _midnight(day) - offset + timedelta(minutes=hours.start))
            last = min(high, _midnight(day) - offset + timedelta(minutes=hours.end))
            if first < last:
                found.append((first, last))
            day += timedelta(days=1)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _intersection(
    left: list[tuple[datetime, datetime]], right: list[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found
