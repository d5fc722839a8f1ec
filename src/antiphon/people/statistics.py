"""Figures of all people together that conditions and guardrails compare one person with; learned once a day, in portions.

- ``high_value_revenue``: nine buyers of ten brought less in the last 365 days;
- ``lapse_days``: four gaps of five between two orders of one person were shorter;
- ``median_cart``: half of the carts of the last 90 days, bought or abandoned, were worth less.

A figure of fewer than :data:`LEAST` is none, and what compares with it waits.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import text

from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database

EVERY = timedelta(hours=24)
REVENUE_OVER = timedelta(days=365)
GAPS_OVER = timedelta(days=730)
CARTS_OVER = timedelta(days=90)
LEAST = 20
HIGH_VALUE, LAPSED, MIDDLE = 0.9, 0.8, 0.5
#: Buckets that are read in one statement.
PORTION = 8

ORDERED = "Order Completed"
ABANDONED = ("Cart Abandoned", "Checkout Abandoned")
NAMES = ("high_value_revenue", "lapse_days", "median_cart")

_WORTH = (
    "CASE WHEN jsonb_typeof(e.props->'{0}') = 'number' AND abs((e.props->>'{0}')::numeric) < 1e9 "
    "THEN (e.props->>'{0}')::float8 END"
)
_ORDERS = text(f"""
SELECT e.person, extract(epoch FROM e.at)::float8 AS at, coalesce({_WORTH.format("revenue")}, {_WORTH.format("total")}) AS value
  FROM event e
 WHERE e.bucket = ANY(:buckets) AND e.at > :since AND e.at <= :now AND e.name = :ordered
 ORDER BY e.bucket, e.person, e.at, e.id
""")
_CARTS = text(f"""
SELECT {_WORTH.format("value")} AS value FROM event e
 WHERE e.bucket = ANY(:buckets) AND e.at > :since AND e.at <= :now AND e.name = ANY(:abandoned)
""")
_NEWEST = text("SELECT max(at) FROM statistic WHERE brand = 1")
_FORGET = text("DELETE FROM statistic WHERE brand = 1 AND name <> ALL(cast(:names AS text[]))")
_WRITE = text("""
INSERT INTO statistic (brand, name, value, n, at)
SELECT 1, * FROM unnest(cast(:names AS text[]), cast(:values AS float8[]), cast(:ns AS int[]), cast(:ats AS timestamptz[]))
    ON CONFLICT (brand, name) DO UPDATE SET value = excluded.value, n = excluded.n, at = excluded.at
""")


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in the currency of the orders, or in days; ``n``: of how many people, gaps or carts."""

    value: float
    n: int


class Gathering:
    """Takes orders and abandoned carts of some buckets at a time; a few bytes of each stay."""

    def __init__(self, now: datetime) -> None:
        self._year = (now - REVENUE_OVER).timestamp()
        self._quarter = (now - CARTS_OVER).timestamp()
        self._revenue, self._gaps, self._carts = array("d"), array("d"), array("d")

    def orders(self, rows: Iterable[tuple[int, float, float | None]]) -> None:
        """Rows of whole people: person, seconds since 1970, what it cost; those of one person together and in order."""
        whose, before, spent = None, 0.0, 0.0
        bought = False
        for person, at, value in rows:
            if person != whose:
                if bought:
                    self._revenue.append(spent)
                whose, spent, bought = person, 0.0, False
            elif at > before:
                self._gaps.append((at - before) / 86_400)
            before = at
            if at > self._year:
                spent, bought = spent + (value or 0.0), True
            if at > self._quarter and value is not None:
                self._carts.append(value)
        if bought:
            self._revenue.append(spent)

    def carts(self, values: Iterable[float | None]) -> None:
        self._carts.extend(value for value in values if value is not None)

    def figures(self) -> dict[str, Figure]:
        """Those that are of enough."""
        found = zip(NAMES, (self._revenue, self._gaps, self._carts), (HIGH_VALUE, LAPSED, MIDDLE), strict=True)
        return {
            name: Figure(float(np.quantile(values, at)), len(values))
            for name, values, at in found
            if len(values) >= LEAST
        }


def refresh(
    database: Database, now: datetime, *, force: bool = False, stopping: Callable[[], bool] = lambda: False
) -> dict[str, Figure] | None:
    """Learn the figures as of ``now`` if those that there are are a day old; None: they are not, or it was broken off."""
    with database.read() as connection:
        newest: datetime | None = connection.execute(_NEWEST).scalar_one()
    if not force and newest is not None and now - newest < EVERY:
        return None
    gathering = Gathering(now)
    for start in range(0, len(BUCKETS), PORTION):
        if stopping():
            return None
        given: dict[str, Any] = {"buckets": list(BUCKETS[start : start + PORTION]), "now": now}
        with database.read() as connection:
            orders = connection.execute(_ORDERS, {**given, "since": now - GAPS_OVER, "ordered": ORDERED}).all()
            carts = connection.execute(_CARTS, {**given, "since": now - CARTS_OVER, "abandoned": list(ABANDONED)})
            gathering.carts(carts.scalars())
        gathering.orders(tuple(row) for row in orders)
    figures = gathering.figures()
    with database.begin("learn") as connection:
        connection.execute(_FORGET, {"names": list(figures)})
        if figures:
            told = list(figures.values())
            values = {"values": [one.value for one in told], "ns": [one.n for one in told]}
            connection.execute(_WRITE, {"names": list(figures), **values, "ats": [now.isoformat()] * len(told)})
    return figures
