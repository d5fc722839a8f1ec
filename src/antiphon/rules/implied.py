"""Implied consent: for how long a purchase or an inquiry stands for a consent that nobody gave, by country.

The data is ``implied.toml``, a source for each row. A country that is not in it knows no implied consent here.
"""

import calendar
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

#: What implies consent, and the method under which the ledger keeps it.
METHODS = {"purchase": "implied purchase", "inquiry": "implied inquiry"}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("antiphon.rules") / "implied.toml").read_text("utf-8"))


def described() -> str:
    """The version of the data, as it stands beside what it decided."""
    return f"implied@{_table()['version']}"


def lasts_until(country: str, basis: str, at: datetime) -> datetime | None:
    """When consent implied by ``basis`` (purchase, inquiry) at ``at`` ends; ``None`` where there is no such thing.

    ``country`` is ISO 3166-1 alpha-2. Calendar months in UTC; a day that the last month lacks is its last day.
    """
    row = _table().get(country.upper(), {})
    if not isinstance(row, dict) or basis not in row:
        return None
    month = at.month - 1 + int(row[basis]["months"])
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))
