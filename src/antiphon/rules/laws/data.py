"""The laws of ``laws.toml``: which hold where, and what they come to together."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from antiphon.kit.zones import FIRST_YEAR, LAST_YEAR
from antiphon.rules.hours import Hours, common
from antiphon.rules.laws.holidays import holidays

#: One window for each weekday, Monday first; ``None`` is a closed day.
Week = tuple[Hours | None, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """A row: the ``id`` that stands beside what it barred, its windows, and at most ``cap`` texts in any 24 hours."""

    id: str
    place: str
    week: Week
    on_holidays: Week
    calendar: str | None
    cap: int | None
    sure: str
    source: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """When every one of some laws allows a text: by weekday, and on single ``days`` otherwise."""

    week: Week
    days: Mapping[date, Hours | None]

    def on(self, day: date) -> Hours | None:
        """The window of a day."""
        return self.days[day] if day in self.days else self.week[day.weekday()]


@cache
def table() -> dict[str, Any]:
    """The contents of the file."""
    return tomllib.loads(resources.files("antiphon.rules.laws").joinpath("laws.toml").read_text(encoding="utf-8"))


@cache
def version() -> str:
    """The version of the laws, as it is kept beside what they barred."""
    return str(table()["version"])


def _window(text: str) -> Hours | None:
    return None if text == "none" else Hours.read(text)


def _law(row: dict[str, Any]) -> Law:
    days, saturday, sunday = (row.get(name, row["days"]) for name in ("days", "saturday", "sunday"))
    week = tuple(_window(text) for text in (*[days] * 5, saturday, sunday))
    festive = tuple(common(window, _window(row["holidays"])) for window in week) if "holidays" in row else week
    law_id = "other" if row["place"] == "*" else row["place"].lower()
    return Law(
        law_id, row["place"], week, festive, row.get("keeps"), row.get("cap"), row["sure"],
        table()["sources"][row["source"]],
    )  # fmt: skip


@cache
def laws() -> dict[str, Law]:
    """Every law by its id."""
    return {law.id: law for law in map(_law, table()["law"])}


@lru_cache(maxsize=4096)
def laws_at(places: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the laws that hold for somebody who may be in any of ``places`` (ISO 3166).

    No place at all is unknown: then every law of the United States holds.
    """
    if not places:
        return tuple(law.id for law in laws().values() if law.place.partition("-")[0] == "US")
    found: dict[str, None] = {}
    for place in places:
        country, own = place.partition("-")[0].lower(), place.lower()
        found.update(dict.fromkeys([country if country in laws() else "other"]))
        found.update(dict.fromkeys([own] if own in laws() else []))
    return tuple(found)


@lru_cache(maxsize=4096)
def timetable(ids: tuple[str, ...]) -> Timetable:
    """The timetable of some laws together, with the holidays of the years that ``kit.zones`` knows."""
    chosen = [laws()[law] for law in ids]
    week = tuple(common(*(law.week[weekday] for law in chosen)) for weekday in range(7))
    calendars = {law.id: holidays(law.calendar, FIRST_YEAR, LAST_YEAR) for law in chosen if law.calendar}
    days = {}
    for day in sorted(set().union(*calendars.values())):
        windows = [(law.on_holidays if day in calendars.get(law.id, ()) else law.week)[day.weekday()] for law in chosen]
        days[day] = common(*windows)
    return Timetable(week, days)


def cap(ids: Iterable[str]) -> int | None:
    """Most texts to one number in any 24 hours under some laws; ``None`` where none of them says."""
    return min((found for law in ids if (found := laws()[law].cap) is not None), default=None)


def strictest_cap() -> int:
    """The smallest cap of any law, which holds everywhere."""
    found = cap(laws())
    assert found is not None
    return found


def channel_hours(channel: str, purpose: str) -> Mapping[str, str]:
    """The row of a channel and purpose (promotional, transactional): ``widest``, ``default``, ``default_sunday``."""
    rows: Sequence[Mapping[str, str]] = table()["channel"]
    return next(row for row in rows if (row["channel"], row["purpose"]) == (channel, purpose))
