"""Offers and who asks for their codes, straight from the tables."""

from typing import Any

from sqlalchemy import text
from tests.conftest import NOON

from antiphon.catalogue.offers.filling import bring
from antiphon.catalogue.offers.managing import checked, save
from antiphon.catalogue.offers.models import Offer
from antiphon.kit.buckets import bucket_of, person_id
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database


def made(db: Database, name: str, kind: str = "pool", codes: int = 0, **values: Any) -> Offer:
    """An offer; a pool with so many codes NAME-1, NAME-2, …"""
    values = {"title": name.title(), **({"code": name.upper()} if kind == "static" else {}), **values}
    one = save(db, checked({"name": name, "kind": kind, **values}), NOON, COMMAND_LINE)
    if codes:
        words = "\n".join(f"{name.upper()}-{n}" for n in range(1, codes + 1))
        bring(db, name, words.encode(), NOON, COMMAND_LINE)
    return one


def given(db: Database) -> list[Any]:
    """Every code that somebody has, the oldest first."""
    with db.read() as connection:
        return list(connection.execute(text("SELECT * FROM coupon_given ORDER BY given_at, code")))


def people(db: Database, serials: range) -> list[tuple[int, int]]:
    """People in many buckets: (bucket, id)."""
    ids = [person_id(n, n % 256) for n in serials]
    found = [(bucket_of(person), person) for person in ids]
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO person (bucket, id, die, first_seen_at, last_seen_at) SELECT b, p, 0, :at, :at "
                "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(b, p)"
            ),
            {"buckets": [b for b, _ in found], "people": [p for _, p in found], "at": NOON},
        )
    return found


_RUN = text("""
    INSERT INTO run (bucket, id, person, journey, version, run_key, n, step, entered_at, wake_at, occasion_at,
                     occasion_event, started_at)
    SELECT b, p, p, 1, 1, '', 1, 'code', :at, 'infinity', :at, 0, :at
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(b, p)
""")
_ASK = text("""
    INSERT INTO coupon_ask (bucket, run, step, entered_at, person, offer, at, when_dry, tick)
    SELECT b, p, 'code', :at, p, :offer, :at, :dry, 1
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(b, p)
""")


def asking(db: Database, offer: str, who: list[tuple[int, int]], dry: str = "skip") -> None:
    """Runs of these people that wait for a code."""
    where: dict[str, Any] = {"buckets": [b for b, _ in who], "people": [p for _, p in who], "at": NOON}
    with db.begin("test") as connection:
        connection.execute(_RUN, where)
        connection.execute(_ASK, where | {"offer": offer, "dry": dry})
