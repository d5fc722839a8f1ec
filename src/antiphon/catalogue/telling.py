"""The stage ``occasions``: who was interested in a product is told once that its price dropped, or of its stock.

One transaction takes some occasions through some buckets: it writes the events, puts them where the tick finds what is new,
and notes how far it has come. A crash therefore loses nothing and repeats nothing, and a product that everybody looked at
stops nobody for long.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from antiphon.catalogue import queries
from antiphon.catalogue.changes import EVENTS
from antiphon.catalogue.settings import CatalogueSettings, settings_of
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

#: Interests that one transaction looks at, about; a bucket of one occasion is the least.
LIMIT = 10_000
#: Occasions of one transaction.
TOGETHER = 100
_RELATIONS = ("viewed", "carted", "wished")
#: No merge lasts so long, nor are clocks so far apart.
_MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What a transaction did. ``more``: occasions are left; ``busy``: another worker is at it."""

    events: int = 0
    passed: int = 0
    more: bool = False
    busy: bool = False


def tell(database: Database, now: datetime, limit: int = LIMIT) -> Told:
    """Carry open occasions on by one transaction. Safe beside other workers, and after a crash."""
    with database.begin("occasions") as connection:
        if not connection.execute(queries.TRY_TELL).scalar_one():
            return Told(busy=True)
        rows = connection.execute(queries.OPEN, {"limit": TOGETHER + 1}).all()
        if not rows:
            return Told()
        settings = settings_of(connection)
        over = [row for row in rows if not still_true(row, settings, now)]
        if over:  # first: what is over must not be told on the way
            _note(connection, now, [(row.id, row.done, 0, "passed") for row in over])
        passed = {row.id for row in over}
        left = [row for row in rows if row.id not in passed]
        # those that are as far as the oldest go together
        group = [row for row in left if row.done == left[0].done][:TOGETHER]
        told = _tell(connection, group, settings, now, limit) if group else 0
        return Told(told, len(over), more=bool(left) or len(rows) > TOGETHER)


def still_true(row: Row[Any], settings: CatalogueSettings, now: datetime) -> bool:
    """Whether an occasion may be told now: not too late, not outdone by a newer one, and the product is as it says."""
    if row.outdone or row.deleted_at is not None or row.title is None or now - row.at > settings.forget:
        return False
    if row.stock_now == 0:  # whatever it costs: there is none
        return False
    if row.kind == "price":
        return row.price_now is not None and row.price_now <= row.price and row.currency_now == row.currency
    if row.kind == "low":
        return row.stock_now is not None and row.stock_now <= max(settings.low_stock, row.stock)
    return True


def _tell(
    connection: Connection, group: Sequence[Row[Any]], settings: CatalogueSettings, now: datetime, limit: int
) -> int:
    begun = group[0].done
    if begun == len(BUCKETS):
        return _tell_merged(connection, group, settings, now)
    group, buckets = _portion(connection, group, BUCKETS[begun:], limit)
    rows = _tell_those(connection, group, buckets, None, settings, now)
    done = begun + len(buckets)
    # in one transaction nobody can have gone from where it had not come to where it had been
    _close(connection, group, rows, done, "told" if not begun and done == len(BUCKETS) else "open", now)
    return len(rows)


def _tell_merged(connection: Connection, group: Sequence[Row[Any]], settings: CatalogueSettings, now: datetime) -> int:
    """Look again at those whom others have become meanwhile: who goes through a merge to a bucket that was done already
    would never be told. Who was told is told of it no second time."""
    since = min(row.made_at for row in group) - _MARGIN
    gained = connection.execute(queries.MERGED, {"since": since}).all()
    rows: Sequence[Row[Any]] = []
    if gained:
        buckets = sorted({row.bucket for row in gained})
        rows = _tell_those(connection, group, buckets, [row.person for row in gained], settings, now)
    _close(connection, group, rows, len(BUCKETS), "told", now)
    return len(rows)


def _close(
    connection: Connection, group: Sequence[Row[Any]], rows: Sequence[Row[Any]], done: int, state: str, now: datetime
) -> None:
    told = Counter(row.occasion for row in rows)
    _note(connection, now, [(row.id, done, told[row.id], state) for row in group])


def _tell_those(
    connection: Connection,
    group: Sequence[Row[Any]],
    buckets: Sequence[int],
    people: list[int] | None,
    settings: CatalogueSettings,
    now: datetime,
) -> Sequence[Row[Any]]:
    """Tell whoever is to hear in some buckets, or of some people in them."""
    batch = connection.execute(queries.BATCH).scalar_one()
    lock_buckets(connection, buckets)
    rows = _events(connection, group, buckets, people, settings, now)
    if rows:
        columns = zip(*(row[:5] for row in rows), strict=True)
        given = dict(zip(("buckets", "events", "people", "ats", "names"), map(list, columns), strict=True))
        connection.execute(queries.FRESH, given | {"batch": batch, "now": now})
    return rows


def _events(
    connection: Connection,
    group: Sequence[Row[Any]],
    buckets: Sequence[int],
    people: list[int] | None,
    settings: CatalogueSettings,
    now: datetime,
) -> Sequence[Row[Any]]:
    """Insert the events of those who are to hear; returns bucket, id, person, instant, name and occasion of each."""
    asked = _asked(group, buckets, settings) | {"people": people}
    found = connection.execute(queries.HEARERS, asked).all()
    if not found:
        return []
    columns = (list(column) for column in zip(*found, strict=True))
    hearers = dict(zip(("buckets", "people", "told", "relations", "prices_seen"), columns, strict=True))
    known = {name: asked[name] for name in ("occasions", "names", "ats")}
    given = {**known, **hearers, "props": [_props(row) for row in group], "now": now}
    return connection.execute(queries.TELL, given).all()


def _portion(
    connection: Connection, group: Sequence[Row[Any]], left: Sequence[int], limit: int
) -> tuple[Sequence[Row[Any]], Sequence[int]]:
    """Of occasions and buckets as many as ``limit`` interests allow, at least one of each."""
    given = {"products": list({row.product for row in group}), "buckets": list(left)}
    count: Counter[tuple[int, str]] = Counter()
    for bucket, product, n in connection.execute(queries.INTERESTED, given):
        count[bucket, product] = n
    most = 0
    for place, row in enumerate(group):
        most += count[left[0], row.product]
        if most > limit and place:
            group = group[:place]
            break
    products = [row.product for row in group]
    total = 0
    for place, bucket in enumerate(left):
        total += sum(count[bucket, product] for product in products)
        if total > limit and place:
            return group, left[:place]
    return group, left


def _asked(group: Sequence[Row[Any]], buckets: Sequence[int], settings: CatalogueSettings) -> dict[str, Any]:
    lasting = {name: getattr(settings, name) for name in _RELATIONS}
    each = [(row, name) for row in group for name in _RELATIONS]
    spans = [(row, *span) for row in group for span in _spans(row)]
    return {
        "buckets": list(buckets),
        "wanted": list({row.product for row in group}),
        "ids": [row.id for row, _ in each],
        "products": [row.product for row, _ in each],
        "relations": [name for _, name in each],
        "sinces": [row.at - lasting[name] for row, name in each],
        "occasions": [row.id for row in group],
        "names": [EVENTS[row.kind] for row in group],
        "ats": [row.at for row in group],
        "span_ids": [span[0].id for span in spans],
        "span_names": [EVENTS[span[0].kind] for span in spans],
        "span_ats": [span[0].at for span in spans],
        "rested": [span[0].at - max(settings.rest, timedelta()) for span in spans],
        "froms": [span[1] for span in spans],
        "untils": [span[2] for span in spans],
        "span_prices": [span[3] for span in spans],
    }


def _spans(row: Row[Any]) -> list[tuple[str, str, str | None]]:
    """Of a stock any look counts."""
    if row.kind != "price":
        return [("-infinity", "infinity", None)]
    return [(begins or "-infinity", ends, price) for begins, ends, price in row.looks]


def _props(row: Row[Any]) -> str:
    """What the event says; the price is that of now, which may be lower still."""
    said = {
        "occasion_id": str(row.id),
        "product_id": row.product,
        "title": row.title,
        "url": row.url or None,
        "image": row.image or None,
        "price": _number(row.price_now),
        "old_price": _number(row.old_price),
        "currency": row.currency_now or None,
        "stock": row.stock_now,
    }
    return orjson.dumps({name: value for name, value in said.items() if value is not None}).decode()


def _number(price: Any) -> float | int | None:
    if price is None:
        return None
    return int(price) if price == price.to_integral_value() else float(price)


def _note(connection: Connection, now: datetime, rows: list[tuple[int, int, int, str]]) -> None:
    if rows:
        ids, dones, tolds, states = zip(*rows, strict=True)
        given = {"ids": list(ids), "dones": list(dones), "tolds": list(tolds), "states": list(states), "now": now}
        connection.execute(queries.PROGRESS, given)
