"""What to show to whom: stored lists, less what they just bought and what is not for sale, filled up with best sellers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Literal

from sqlalchemy import Connection

from antiphon.catalogue.read import not_for_sale
from antiphon.catalogue.recommend import queries
from antiphon.catalogue.recommend.history import ORDERED
from antiphon.catalogue.recommend.models import Settings

Kind = Literal["next", "again"]


def for_people(
    connection: Connection,
    people: Sequence[tuple[int, int]],
    n: int,
    *,
    now: datetime,
    kind: Kind = "next",
    excluded: Collection[str] = (),
    settings: Settings | None = None,
) -> dict[int, list[str]]:
    """Up to ``n`` product ids for each person of ``people`` (bucket, person), best first.

    ``next``: nothing that was bought within ``settings.just_bought``; best sellers where a person's own list is missing or
    too short. ``again``: only what they bought before, so that it may be empty. What the catalogue knows as sold out or deleted
    is never among them, nor is ``excluded``. One statement each for lists, orders, best sellers and the catalogue, whatever
    the number of people.
    """
    keys = {"buckets": [bucket for bucket, _ in people], "people": [person for _, person in people]}
    stored = {row.person: row.products for row in connection.execute(queries.STORED, {**keys, "kind": kind})}
    best = best_sellers(connection) if kind == "next" else []
    excluded = not_for_sale(connection, {*best, *chain.from_iterable(stored.values())}).union(excluded)
    if kind == "again":
        return {person: _first(n, stored.get(person, ()), excluded) for _, person in people}
    since = now - (settings or Settings()).just_bought
    bought: defaultdict[int, set[str]] = defaultdict(set)
    for row in connection.execute(queries.BOUGHT_SINCE, {**keys, "since": since, "name": ORDERED}):
        bought[row.person].add(row.product)
    return {person: _first(n, [*stored.get(person, ()), *best], bought[person].union(excluded)) for _, person in people}


def best_sellers(connection: Connection, category: str = "") -> list[str]:
    """Product ids, best first; of the whole shop unless a category is named."""
    found: list[str] | None = connection.execute(queries.BEST, {"category": category}).scalar()
    return found or []


def _first(n: int, products: Iterable[str], without: set[str]) -> list[str]:
    return [product for product in dict.fromkeys(products) if product not in without][:n]
