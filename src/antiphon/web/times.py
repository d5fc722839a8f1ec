"""Instants as people read them: in somebody's zone, which is always said."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from antiphon.kit.zones import UTC_ZONE, local, zone_names

#: Wake-ups beyond this wait for something else than time.
FAR = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose wall clock times are shown by; ``zone`` is an id of the table ``zone``."""

    zone: int
    whose: str = "shop’s time"

    @property
    def name(self) -> str:
        """``New York`` for ``America/New_York``."""
        if self.zone == UTC_ZONE:
            return "UTC"
        return zone_names()[self.zone].rpartition("/")[2].replace("_", " ")

    @property
    def label(self) -> str:
        return f"{self.name}, {self.whose}"

    def clock(self, at: datetime) -> str:
        return f"{local(self.zone, at):%H:%M}"

    def day(self, at: datetime) -> str:
        return f"{local(self.zone, at):%Y-%m-%d}"

    def day_words(self, at: datetime, now: datetime) -> str:
        """``Today``, ``Yesterday``, ``Tuesday 3 March``, with the year when it is another."""
        here, today = local(self.zone, at), local(self.zone, now)
        days = (today.date() - here.date()).days
        if days in {0, 1, -1}:
            return {0: "Today", 1: "Yesterday", -1: "Tomorrow"}[days]
        year = f" {here:%Y}" if here.year != today.year else ""
        return f"{here:%A} {here.day} {here:%B}{year}"

    def short(self, at: datetime, now: datetime) -> str:
        """``18:00`` today, ``Tue 18:00`` within a week, ``3 Mar 18:00``, ``3 Mar 2025``."""
        here, today = local(self.zone, at), local(self.zone, now)
        if here.date() == today.date():
            return f"{here:%H:%M}"
        if abs((today.date() - here.date()).days) < 7:
            return f"{here:%a %H:%M}"
        if here.year == today.year:
            return f"{here.day} {here:%b} {here:%H:%M}"
        return f"{here.day} {here:%b %Y}"

    def full(self, at: datetime) -> str:
        """For tooltips: the whole instant here and in UTC."""
        here = local(self.zone, at)
        utc = "" if self.zone == UTC_ZONE else f" · {at:%Y-%m-%d %H:%M:%S} UTC"
        return f"{here:%Y-%m-%d %H:%M:%S} {self.label}{utc}"


def ago(at: datetime, now: datetime) -> str:
    """``just now``, ``12 min ago``, ``in 3 h``, ``5 d ago``: for what is near."""
    distance = abs(now - at)
    if distance < timedelta(minutes=1):
        return "just now" if at <= now else "in a moment"
    size = _size(distance)
    return f"{size} ago" if at <= now else f"in {size}"


def _size(distance: timedelta) -> str:
    minutes = int(distance.total_seconds() // 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 36 * 60:
        return f"{round(minutes / 60)} h"
    return f"{round(minutes / 1440)} d"
