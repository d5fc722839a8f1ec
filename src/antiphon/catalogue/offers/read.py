"""Offers as they stand, and which codes people have."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.models import Given, Offer
from antiphon.catalogue.offers.tables import offer as _table
from antiphon.kit.errors import NotFoundError

_columns = _table.c


def offers(connection: Connection) -> dict[str, Offer]:
    """Every offer by name, deleted ones too: codes that were given stay good."""
    return {row.name: _offer(row) for row in connection.execute(queries.OFFERS)}


def offer(connection: Connection, name: str) -> Offer:
    """One offer that was not deleted; raises :class:`NotFoundError`."""
    row = connection.execute(queries.OFFER, {"name": name}).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFoundError(f"There is no offer `{name[:60]}`.", "`antiphon offers list` shows all of them.")
    return _offer(row)


def _offer(row: Row[Any]) -> Offer:
    values = dict(zip((column.name for column in _columns), row, strict=True))
    return Offer(**values | {"steps": tuple(values["steps"])})


def zone_of_brand(connection: Connection) -> int:
    """The zone whose midnights end codes."""
    return int(connection.execute(queries.ZONE).scalar_one())


def given_to(
    connection: Connection, people: Collection[tuple[int, int]], *, only_good: datetime | None = None
) -> dict[tuple[int, int], dict[str, Given]]:
    """By (bucket, person) and offer the code that counts. ``only_good``: of those that are good then, the oldest."""
    if not people:
        return {}
    ordered = sorted(people)
    where = {"buckets": [bucket for bucket, _ in ordered], "people": [person for _, person in ordered]}
    found: dict[tuple[int, int], dict[str, Given]] = {}
    for row in connection.execute(queries.GIVEN, where):
        one = Given(row.offer, row.n, row.code, row.given_at, row.expires_at, row.redeemed_at, row.run)
        if only_good is None or one.good(only_good):
            found.setdefault((row.bucket, row.person), {}).setdefault(row.offer, one)
    return found


def counting_code(codes: Mapping[str, Given], one: Offer, now: datetime) -> Given | None:
    """The good code that a person has of an offer; of one with steps the furthest."""
    names = reversed(one.steps) if one.kind == "steps" else (one.name,)
    return next((codes[name] for name in names if name in codes and codes[name].good(now)), None)
