"""People who looked, put into a cart, wished and bought, straight in the table that the tick keeps."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from tests.conftest import NOON

from antiphon.kit.buckets import bucket_of, person_id
from antiphon.store.db import Database

_PERSON = text(
    "INSERT INTO person (bucket, id, die, first_seen_at, last_seen_at) VALUES (:bucket, :person, 0, :at, :at) "
    "ON CONFLICT DO NOTHING"
)
_INTEREST = text(
    "INSERT INTO person_product (bucket, person, product, relation, n, first_at, last_at) "
    "VALUES (:bucket, :person, :product, :relation, 1, :at, :at) "
    "ON CONFLICT (bucket, person, product, relation) DO UPDATE SET last_at = excluded.last_at"
)
_TOLD = text(
    "SELECT e.person, e.name, e.at, e.props, f.event IS NOT NULL AS fresh FROM event e "
    "LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id AND NOT f.backfill "
    "WHERE e.source = 'antiphon' AND NOT e.backfill ORDER BY e.at, e.person"
)


def somebody(serial: int) -> int:
    """A person's id; neighbours lie in different buckets."""
    return person_id(serial, serial % 256)


def interested(db: Database, serial: int, product: str, relation: str, at: datetime) -> int:
    """Somebody who had to do with a product; returns their id."""
    person = somebody(serial)
    given: dict[str, Any] = {"bucket": bucket_of(person), "person": person, "product": product}
    with db.begin("test") as connection:
        connection.execute(_PERSON, given | {"at": NOON})
        connection.execute(_INTEREST, given | {"relation": relation, "at": at})
    return person


def told(db: Database) -> list[Any]:
    """Everything that was told: person, name, at, props, and whether it waits for the tick."""
    with db.read() as connection:
        return list(connection.execute(_TOLD).all())
