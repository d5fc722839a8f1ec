"""Quiet hours: when a message may leave, by the wall clock of every place where the person may be.

Allowed iff ``start <= local time < end`` in every zone, for the window of every law that may hold and for the brand's
own. The laws are data (``laws/laws.toml``, by state and country); a brand's settings are windows of their own inside
the widest one, and whatever they are, the laws hold as well: settings only ever make hours stricter.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, model_validator

from antiphon.kit.zones import local, spans
from antiphon.rules.hours import ANY_TIME, Hours, common
from antiphon.rules.laws.data import Timetable, channel_hours, timetable, version
from antiphon.rules.united_states import united_states_zones

VERSION = version()

_SUNDAY = 6
_HORIZON = timedelta(days=8)
_EPOCH = date(1970, 1, 1).toordinal()

Instants = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Laws = tuple[str, ...]


def _hours(channel: str, purpose: str, kind: str) -> Hours:
    return Hours.read(channel_hours(channel, purpose)[kind])


class QuietSettings(BaseModel):
    """A brand's own hours: equal to the widest window or stricter. Where nothing is set, stricter than any state's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sms: Hours = _hours("sms", "promotional", "default")
    sms_sunday: Hours = _hours("sms", "promotional", "default_sunday")
    email: Hours = _hours("email", "promotional", "default")
    transactional_sms: Hours = _hours("sms", "transactional", "default")
    transactional_email: Hours = _hours("email", "transactional", "default")

    @model_validator(mode="after")
    def _stricter(self) -> Self:
        for name, limit in LIMITS.items():
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


#: The widest windows that settings may name.
LIMITS = {
    "sms": _hours("sms", "promotional", "widest"),
    "sms_sunday": _hours("sms", "promotional", "widest"),
    "transactional_sms": _hours("sms", "transactional", "widest"),
}
#: No hours of a brand's own: what the law allows.
LAW_ALONE = QuietSettings(**{name: limit for name, limit in LIMITS.items() if name != "transactional_sms"})


def places(zones: Sequence[int]) -> tuple[int, ...]:
    """The zones that count: those given, or all of the United States when nothing is known."""
    return tuple(zones) or united_states_zones()


def allowed(
    channel: str, purpose: str, zones: Sequence[int], at: datetime, settings: QuietSettings, laws: Laws = ()
) -> bool:
    """Whether a message may leave at ``at`` (aware) to somebody who may be in any of ``zones`` (``kit.zones`` ids).

    ``laws`` are ids of ``laws.data``, from ``area.laws_of``; they hold for texts that are not transactional.
    """
    table = _timetable(channel, purpose, settings, laws)
    for zone in places(zones):
        clock = local(zone, at)
        hours = table.on(clock.date())
        if hours is None:
            return False
        if not hours.start * 60 <= clock.hour * 3600 + clock.minute * 60 + clock.second < hours.end * 60:
            return False
    return True


def barring(channel: str, purpose: str, zones: Sequence[int], at: datetime, laws: Laws) -> Laws:
    """Those of ``laws`` that bar ``at`` by themselves; none where only the brand's own hours do."""
    return tuple(law for law in laws if not allowed(channel, purpose, zones, at, LAW_ALONE, (law,)))


def next_allowed(
    channel: str, purpose: str, zones: Sequence[int], at: datetime, settings: QuietSettings, laws: Laws = ()
) -> datetime | None:
    """The first allowed instant at or after ``at``; None when there is none within 8 days."""
    begin = at.astimezone(UTC)
    end = begin + _HORIZON
    table = _timetable(channel, purpose, settings, laws)
    open_ones = [(begin, end)]
    for zone in places(zones):
        open_ones = _intersection(open_ones, _open(zone, begin, end, table))
    return open_ones[0][0] if open_ones else None


def open_mask(
    channel: str, purpose: str, zones: Sequence[int], instants: Instants, settings: QuietSettings, laws: Laws = ()
) -> Mask:
    """:func:`allowed` for many instants at once, given as seconds of the epoch; the same answers by another way."""
    mask = np.ones(len(instants), dtype=np.bool_)
    table = _columns(channel, purpose, settings, laws)
    if table is None or not len(instants):
        return mask
    for zone in places(zones):
        ends, offsets = _span_columns(zone)
        local_seconds = instants + offsets[np.searchsorted(ends, instants, side="right")]
        day, second = np.divmod(local_seconds, 86400)
        # the epoch began on a Thursday
        start, end = table.week[:, (day + 3) % 7]
        first, last = np.searchsorted(table.days, (day.min(), day.max() + 1))
        for number in range(first, last):
            on = day == table.days[number]
            start, end = np.where(on, table.hours[0, number], start), np.where(on, table.hours[1, number], end)
        mask &= (start <= second) & (second < end)
    return mask


def local_hours(zone: int, instants: Instants) -> npt.NDArray[np.int64]:
    """The hour 0..23 of the wall clock of ``zone`` at each instant (seconds of the epoch)."""
    ends, offsets = _span_columns(zone)
    seconds = instants + offsets[np.searchsorted(ends, instants, side="right")]
    hours: npt.NDArray[np.int64] = seconds % 86400 // 3600
    return hours


def local_hours_of_week(zone: int, instants: Instants) -> npt.NDArray[np.int64]:
    """The hour 0..23 of the wall clock of ``zone`` at each instant, and 24 more on Saturdays and Sundays."""
    ends, offsets = _span_columns(zone)
    seconds = instants + offsets[np.searchsorted(ends, instants, side="right")]
    weekend = (seconds // 86400 + 3) % 7 >= 5  # 1 January 1970 was a Thursday, Mondays are 0
    hours: npt.NDArray[np.int64] = seconds % 86400 // 3600 + 24 * weekend
    return hours


@lru_cache(maxsize=4096)
def _timetable(channel: str, purpose: str, settings: QuietSettings, laws: Laws) -> Timetable:
    """The brand's hours and the laws together."""
    own = [settings.hours(channel, purpose, sunday=day == _SUNDAY) for day in range(7)]
    if channel != "sms" or purpose == "transactional" or not laws:
        return Timetable(tuple(own), {})
    law = timetable(laws)
    week = tuple(common(*both) for both in zip(own, law.week, strict=True))
    return Timetable(week, {day: common(own[day.weekday()], hours) for day, hours in law.days.items()})


class _Columns:
    """A timetable as seconds of the day: ``week`` (2, 7), and ``hours`` (2, n) of the days ``days`` (of the epoch)."""

    def __init__(self, table: Timetable) -> None:
        ordered = sorted(table.days)
        self.week = _seconds(table.week)
        self.days = np.array([day.toordinal() - _EPOCH for day in ordered], dtype=np.int64)
        self.hours = _seconds([table.days[day] for day in ordered])


def _seconds(windows: Sequence[Hours | None]) -> npt.NDArray[np.int64]:
    pairs = [(window.start * 60, window.end * 60) if window else (0, 0) for window in windows]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T


@lru_cache(maxsize=4096)
def _columns(channel: str, purpose: str, settings: QuietSettings, laws: Laws) -> _Columns | None:
    """None where every instant is open."""
    table = _timetable(channel, purpose, settings, laws)
    return None if not table.days and set(table.week) == {ANY_TIME} else _Columns(table)


@cache
def _span_columns(zone: int) -> tuple[Instants, Instants]:
    """Ends of all spans but the last, and the offsets of all: the last one's offset holds for ever."""
    table = spans(zone)
    ends = np.array([int(span.end.timestamp()) for span in table[:-1]], dtype=np.int64)
    return ends, np.array([span.utc_offset for span in table], dtype=np.int64)


Stretch = tuple[datetime, datetime]


def _open(zone: int, begin: datetime, end: datetime, table: Timetable) -> list[Stretch]:
    """The open stretches of one zone between two instants, in order: each day's window in each span's offset."""
    found: list[Stretch] = []
    all_spans = spans(zone)
    for number, span in enumerate(all_spans):
        low = begin if number == 0 else max(begin, span.start)
        high = end if number == len(all_spans) - 1 else min(end, span.end)
        offset = timedelta(seconds=span.utc_offset)
        day = (low + offset).date()
        while low < high and _midnight(day) - offset < high:
            hours = table.on(day)
            if hours is not None:
                first = max(low, _midnight(day) - offset + timedelta(minutes=hours.start))
                last = min(high, _midnight(day) - offset + timedelta(minutes=hours.end))
                if first < last:
                    found.append((first, last))
            day += timedelta(days=1)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _intersection(left: list[Stretch], right: list[Stretch]) -> list[Stretch]:
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
