"""Gathers what the pages about sign-up show."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.signup import queries
from antiphon.signup.models import Unit

#: Over how long figures are counted.
PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last 30 days: looks at the unit, sign-ups by channel, and what was confirmed of them."""

    views: int = 0
    email: int = 0
    email_confirmed: int = 0
    sms: int = 0
    sms_confirmed: int = 0

    @property
    def submits(self) -> int:
        return max(self.email, self.sms)

    @property
    def confirmed(self) -> int:
        return self.email_confirmed + self.sms_confirmed


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    slug: str
    name: str
    state: str
    version: int
    kind: str
    asks: tuple[str, ...]
    figures: Figures


def figures(connection: Connection, now: datetime) -> dict[str, Figures]:
    """Figures of every unit by its slug."""
    start = now - PERIOD
    views = {row.unit: row.n for row in connection.execute(queries.VIEWS, {"day": start.date()})}
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(queries.SIGNED_UP, {"day": start.date()}):
        if row.channel in {"email", "sms"} and row.unit:
            counted[row.unit] |= {row.channel: row.submitted, f"{row.channel}_confirmed": row.confirmed}
    found = {row.slug: Figures(views.get(row.id, 0)) for row in connection.execute(queries.UNITS)}
    return {slug: Figures(one.views, **counted[slug]) for slug, one in found.items()}


def units(connection: Connection, now: datetime) -> list[Listed]:
    of = figures(connection, now)
    found = []
    for row in connection.execute(queries.UNITS):
        unit = Unit.model_validate(row.definition)
        asks = tuple("sms" if name == "phone" else name for name in unit.names if name in {"email", "phone"})
        found.append(Listed(row.slug, row.name, row.state, row.version, unit.kind, asks, of[row.slug]))
    return found


def versions(connection: Connection, slug: str) -> list[Row[Any]]:
    """The versions of a unit, newest first: number, published_at, published_by."""
    return list(connection.execute(queries.VERSIONS, {"slug": slug}))
