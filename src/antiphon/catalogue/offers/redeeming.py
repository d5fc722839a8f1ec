"""Which code an order used: the person's own, or a code of a pool that was given to somebody else."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.models import Given, Offer, key_of, told
from antiphon.catalogue.offers.read import offers
from antiphon.catalogue.offers.telling import Told, tell
from antiphon.kit.buckets import hash64
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets


@dataclass(frozen=True, slots=True)
class Use:
    """Codes that an order named. ``person``: whose order it was; ``None``: not known."""

    person: int | None
    at: datetime
    keys: tuple[str, ...]
    order_id: str = ""
    value: Decimal | None = None
    backfill: bool = False


def used_buckets(connection: Connection, limit: int) -> set[int]:
    """The buckets of orders that named codes, and of those to whom the codes were given."""
    uses = connection.execute(queries.USES, {"limit": limit}).all()
    if not uses:
        return set()
    keys = sorted({key for use in uses for key in use.keys})
    return {row.bucket for row in (*uses, *connection.execute(queries.HOLDERS, {"keys": keys}))}


def redeem_used(
    connection: Connection, standing: Mapping[str, Offer], now: datetime, limit: int, locked: frozenset[int]
) -> int:
    """Look at the codes that orders named, and forget them; returns how many orders. What touches a bucket that is not
    ``locked`` waits."""
    rows = connection.execute(queries.USES, {"limit": limit}).all()
    keys = sorted({key for row in rows for key in row.keys})
    holders = connection.execute(queries.HOLDERS, {"keys": keys}).all() if keys else []
    later = {row.key for row in holders if row.bucket not in locked}
    rows = [row for row in rows if row.bucket in locked and later.isdisjoint(row.keys)]
    if not rows:
        return 0
    uses = [Use(r.person, r.at, tuple(r.keys), r.order_id, r.value, r.backfill) for r in rows]
    redeem(connection, uses, standing, now)
    forgotten = {"buckets": [row.bucket for row in rows], "events": [row.event for row in rows]}
    connection.execute(queries.FORGET_USES, forgotten)
    return len(rows)


def redeem(connection: Connection, uses: Sequence[Use], standing: Mapping[str, Offer], now: datetime) -> int:
    """Mark codes as redeemed and tell "Coupon Redeemed", once for each; returns how many.

    A code that everybody has counts for who ordered with it; a code of a pool for who was given it, whoever used it. The
    caller holds ``GIVING`` and the holders' buckets.
    """
    keys = sorted({key for use in uses for key in use.keys})
    holders: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(queries.HOLDERS, {"keys": keys}):
        holders[row.key].append(row)
    found: dict[tuple[int, int, str, int], tuple[Row[Any], Use]] = {}
    for use in sorted(uses, key=lambda use: use.at):
        for key in use.keys:
            own = [row for row in holders[key] if row.person == use.person]
            theirs = own or ([] if _shared(key, holders[key], standing) else holders[key])
            for row in theirs[:1]:
                found.setdefault((row.bucket, row.person, row.offer, row.n), (row, use))
    if not found:
        return 0
    rows = [row for row, _ in found.values()]
    connection.execute(queries.REDEEMED, {
        "buckets": [row.bucket for row in rows], "people": [row.person for row in rows],
        "offers": [row.offer for row in rows], "ns": [row.n for row in rows],
        "ats": [use.at for _, use in found.values()], "orders": [use.order_id or None for _, use in found.values()],
    })  # fmt: skip
    tell(connection, [_told(row, use, standing) for row, use in found.values()], now)
    return len(found)


def _shared(key: str, rows: Sequence[Row[Any]], standing: Mapping[str, Offer]) -> bool:
    """Whether several people have the code, or may: it is no pool's."""
    return len(rows) > 1 or any(one.kind == "static" and key_of(one.code) == key for one in standing.values())


def _told(row: Row[Any], use: Use, standing: Mapping[str, Offer]) -> Told:
    given = Given(row.offer, row.n, row.code, row.given_at, row.expires_at)
    props = dict(told(given, standing.get(row.offer)))
    props |= {"order_id": use.order_id or None, "value": None if use.value is None else float(use.value)}
    props["by_other"] = True if use.person not in {None, row.person} else None
    event = hash64(f"coupon redeemed|{row.offer}|{row.key}|{row.given_at.isoformat()}|{row.person}")
    return Told(row.bucket, row.person, use.at, event, "Coupon Redeemed", props, use.backfill)


def redeem_code(
    database: Database, code: str, order_id: str, at: datetime, value: Decimal | None, now: datetime, actor: Actor
) -> int | None:
    """A shop's word that a unique code was used; returns whose it is, ``None`` when nobody has it unused.

    For shops that do not send the code with their orders. Saying it twice changes nothing.
    """
    key = key_of(code)
    with database.begin("offers") as connection:
        connection.execute(queries.GIVING)
        standing = offers(connection)
        rows = connection.execute(queries.HOLDERS, {"keys": [key]}).all()
        if not rows or _shared(key, rows, standing):
            return None
        lock_buckets(connection, [rows[0].bucket])
        done = redeem(connection, [Use(None, at, (key,), order_id, value)], standing, now)
        if done:
            record(connection, now, actor, "offers", "coupon redeemed", f"offer {rows[0].offer}")
        return int(rows[0].person) if done else None
