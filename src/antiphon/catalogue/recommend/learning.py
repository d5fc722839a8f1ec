"""Refits what is recommended, in the background and in portions: no transaction takes longer than some thousand people do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.catalogue.recommend import queries
from antiphon.catalogue.recommend.fitting import Fitted, fit, lists
from antiphon.catalogue.recommend.history import NAMES, ORDERED, Gathering, History
from antiphon.catalogue.recommend.models import Settings
from antiphon.kit.buckets import BUCKETS, bucket_of, portions
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

log = structlog.get_logger(__name__)

WHAT = "recommendations"
#: Once a day, unless nothing was viewed, put into a cart or bought since; earlier when orders grew by this share.
EVERY = timedelta(hours=24)
GROWTH = 0.10
#: Who has it in hand for longer than this has died.
STALE = timedelta(hours=3)
#: Best sellers that are kept: what is sold out, or bought already, is left out of them later.
BEST = 200
#: Events that are read in one statement, about.
PORTION = 50_000
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Due:
    """Whether there is something to learn, and the counts that say so."""

    due: bool
    orders: int
    events: int


def look(connection: Connection, now: datetime) -> Due:
    """Whether enough has happened since it was last learned."""
    names = {"order": ORDERED, "names": list(NAMES)}
    orders, events = connection.execute(queries.TOTALS, names).one()
    last = connection.execute(queries.LEARNED, {"what": WHAT}).one_or_none()
    if last is None or last.finished_at is None:
        return Due(orders > 0, orders, events)
    changed = (orders, events) != (last.orders, last.events)
    grown = orders >= last.orders * (1 + GROWTH) and orders > last.orders
    return Due(changed and (grown or now - last.finished_at >= EVERY), orders, events)


class Stopped(Exception):  # noqa: N818  # no error: the worker leaves
    """Learning was broken off because the worker stops."""


def learn(
    database: Database,
    now: datetime,
    settings: Settings | None = None,
    *,
    force: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Refit if it is due, or in any case with ``force``; returns what was done, None for nothing.

    One at a time on a database. Broken off, it leaves the lists of some buckets new and of others old.
    """
    with database.read() as connection:
        due = look(connection, now)
    if not (due.due or force):
        return None
    with database.begin("learn") as connection:
        if not connection.execute(queries.CLAIM, {"what": WHAT, "now": now, "stale": now - STALE}).rowcount:
            return None
    try:
        told = _refit(database, now, settings or Settings(), _portions(due.events), stopping)
    except BaseException:
        with database.begin("learn") as connection:
            connection.execute(queries.RELEASE, {"what": WHAT, "now": now})
        raise
    with database.begin("learn") as connection:
        counts = {"orders": due.orders, "events": due.events, "told": Jsonb(told)}
        connection.execute(queries.FINISH, {"what": WHAT, "now": now, **counts})
    log.info("recommendations learned", **told)
    return told


def _portions(events: int) -> list[tuple[int, ...]]:
    """All buckets, as many at a time as hold about :data:`PORTION` events."""
    size = min(max(PORTION * len(BUCKETS) // max(events, 1), 1), len(BUCKETS) // 4)
    return portions(size)


def _refit(
    database: Database,
    now: datetime,
    settings: Settings,
    portions: list[tuple[int, ...]],
    stopping: Callable[[], bool],
) -> dict[str, Any]:
    began = perf_counter()
    history = _read(database, now, settings, portions, stopping)
    read = perf_counter()
    fitted = fit(history, int(now.timestamp()), settings)
    fitted_at = perf_counter()
    _write_best(database, history, fitted, now)
    for buckets in portions:
        if stopping():
            raise Stopped
        _write(database, buckets, history, fitted, now)
    return {
        "method": fitted.choice.method,
        "why": fitted.choice.why,
        "people": len(history.people),
        "products": len(history.products),
        "read_seconds": round(read - began, 2),
        "fit_seconds": round(fitted_at - read, 2),
        "write_seconds": round(perf_counter() - fitted_at, 2),
    }


def _read(
    database: Database,
    now: datetime,
    settings: Settings,
    portions: list[tuple[int, ...]],
    stopping: Callable[[], bool],
) -> History:
    gathering = Gathering(settings)
    given = {"since": now - settings.history, "now": now, "names": list(NAMES)}
    for buckets in portions:
        if stopping():
            raise Stopped
        with database.read() as connection:
            rows = connection.execute(queries.ACTIONS, {"buckets": list(buckets), **given}).all()
        gathering.add(tuple(row) for row in rows)
    return gathering.done()


def _write(database: Database, buckets: Sequence[int], history: History, fitted: Fitted, now: datetime) -> None:
    # worked out before the transaction, which others wait for
    found = [each for bucket in buckets for each in lists(fitted, range(*history.buckets.get(bucket, (0, 0))))]
    people = [int(history.people[person]) for person, _, _ in found]
    given = {"buckets": list(buckets), "people": people, "kinds": [kind for _, kind, _ in found]}
    texts = [_joined(history, products) for _, _, products in found]
    with database.begin("learn", durable=False) as connection:
        lock_buckets(connection, buckets)
        connection.execute(queries.FORGET, given)
        if found:
            more = {"of": [bucket_of(person) for person in people], "lists": texts, "between": _BETWEEN, "now": now}
            connection.execute(queries.WRITE, {**given, **more})


def _write_best(database: Database, history: History, fitted: Fitted, now: datetime) -> None:
    found = {"": fitted.best_of(None, BEST)}
    found |= {name: fitted.best_of(place, BEST) for place, name in enumerate(history.categories)}
    kept = {category: _joined(history, products) for category, products in found.items() if len(products)}
    with database.begin("learn") as connection:
        connection.execute(queries.FORGET_BEST, {"categories": list(kept)})
        if kept:
            given = {"categories": list(kept), "lists": list(kept.values()), "between": _BETWEEN, "now": now}
            connection.execute(queries.WRITE_BEST, given)


def _joined(history: History, products: Any) -> str:
    return _BETWEEN.join(history.products[product] for product in products)
