"""What the pages of offers show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.managing import users
from antiphon.catalogue.offers.models import Offer
from antiphon.catalogue.offers.read import offer, offers
from antiphon.web.offers.words import GIVEN, STATES
from antiphon.web.words import Look

#: A code "expires soon" within this.
SOON = timedelta(days=7)
DAYS = 30
_NEWEST = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """Codes of an offer that were given, by what became of them; ``waiting``: people who wait for the pool to be filled."""

    given: int = 0
    redeemed: int = 0
    expired: int = 0
    expiring: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer's page. ``days``: codes given and those of them redeemed, by day, the oldest first."""

    offer: Offer
    counts: Counts
    users: list[str]
    newest: list[tuple[Row[Any], Look]]
    days: list[tuple[datetime, int, int]]


def counted(connection: Connection, names: list[str], now: datetime) -> dict[str, Counts]:
    given = {"names": names, "now": now, "soon": now + SOON}
    waiting = {row.offer: row.n for row in connection.execute(queries.WAITING, given)}
    rows = {row.offer: row for row in connection.execute(queries.COUNTS, given)}
    return {
        name: Counts(row.given, row.redeemed, row.expired, row.expiring, waiting.get(name, 0))
        if (row := rows.get(name))
        else Counts(waiting=waiting.get(name, 0))
        for name in names
    }


def listed(connection: Connection, now: datetime) -> list[tuple[Offer, Counts]]:
    found = [one for one in offers(connection).values() if one.deleted_at is None]
    counts = counted(connection, [one.name for one in found], now)
    return [(one, counts[one.name]) for one in found]


def shown(connection: Connection, name: str, now: datetime) -> Shown:
    """Raises ``NotFoundError`` for an offer that is not there."""
    one = offer(connection, name)
    start = now - timedelta(days=DAYS)
    rows = {row.day: row for row in connection.execute(queries.BY_DAY, {"name": name, "start": start})}
    days = [
        (start + timedelta(days=day), rows[day].given if day in rows else 0, rows[day].redeemed if day in rows else 0)
        for day in range(DAYS + 1)
    ]
    newest = connection.execute(queries.NEWEST_GIVEN, {"name": name, "limit": _NEWEST}).all()
    counts = counted(connection, [name], now)[name]
    return Shown(one, counts, users(connection, name), [(row, _given_look(row, now)) for row in newest], days)


def state_look(one: Offer, now: datetime) -> Look:
    state = one.state(now)
    return STATES["low" if state == "open" and one.low else state]


def _given_look(row: Row[Any], now: datetime) -> Look:
    if row.redeemed_at is not None:
        return GIVEN["redeemed"]
    return GIVEN["expired" if row.expires_at is not None and row.expires_at <= now else "good"]
