"""The days of holidays, from the rules of ``holidays.toml``."""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)
_SATURDAY = 5


@cache
def table() -> dict[str, Any]:
    """The contents of the file."""
    file = resources.files("antiphon.rules.laws").joinpath("holidays.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def holidays(state: str, first_year: int, last_year: int) -> frozenset[date]:
    """Every day that a state keeps as a legal holiday, of the years from ``first_year`` to ``last_year``.

    A holiday on a weekend is kept on the days around it as well (see the file).
    """
    rules = [row["day"] for row in table()["holiday"] if state in row["kept"]]
    days = {found for year in range(first_year, last_year + 1) for rule in rules for found in kept(day_of(rule, year))}
    return frozenset(days)


def kept(day: date) -> set[date]:
    """The days on which a holiday that falls on ``day`` is kept."""
    if day.weekday() < _SATURDAY:
        return {day}
    saturday = day.weekday() == _SATURDAY
    return {day, day - _DAY, day + 2 * _DAY} if saturday else {day, day + _DAY}


def day_of(rule: str, year: int) -> date:
    """The day that a rule of the file names in a year."""
    words = rule.split()
    if "after" in words:  # "friday after thursday 4 11"
        day = day_of(" ".join(words[2:]), year) + _DAY
        return day + timedelta(days=(_WEEKDAYS.index(words[0]) - day.weekday()) % 7)
    if words[0] == "easter":
        return easter(year) + timedelta(days=int(words[1]))
    if words[0] in _WEEKDAYS:
        weekday, number, month = _WEEKDAYS.index(words[0]), int(words[1]), int(words[2])
        if number > 0:
            first = date(year, month, 1)
            return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
        last = date(year + month // 12, month % 12 + 1, 1) - _DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7 - 7 * (number + 1))
    return date(year, int(rule[:2]), int(rule[3:]))


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
