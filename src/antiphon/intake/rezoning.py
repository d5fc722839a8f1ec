"""Phones keep the zones of their area codes beside them; when the rules' data changes, those are looked up anew.

The stage ``places``: in portions, each a transaction of its own in the resolver's turn, so that nobody else writes addresses
meanwhile. How far it has come is kept in a setting with the version of the data. A process of an older release leaves alone
what a newer one has done. The last gate does not wait for this: it asks for a number's zones itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from antiphon.intake.queries import SETTING, TRY_RESOLVE
from antiphon.rules.area import zones_of
from antiphon.rules.places.data import version
from antiphon.store.db import Database

#: Phones of one transaction, and transactions of one turn: a worker has a turn every few seconds, about half a second long.
PORTION = 5_000
TURNS = 4

KEY = "phone_zones"
_FIRST = (-1, -(2**63), "")

_PHONES = text(
    "SELECT bucket, person, address, zones FROM person_address "
    "WHERE channel = 'sms' AND (bucket, person, address) > (:bucket, :person, :address) "
    "ORDER BY bucket, person, address LIMIT :limit"
)
# as text, because arrays of different lengths make no array of two dimensions
_SET_ZONES = text(
    "UPDATE person_address t SET zones = cast(k.zones AS smallint[]) "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:addresses AS text[]), "
    "cast(:zones AS text[])) k(bucket, person, address, zones) "
    "WHERE t.bucket = k.bucket AND t.person = k.person AND t.channel = 'sms' AND t.address = k.address"
)
_SAVE = text(
    "INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, 'places') "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, "
    "changed_by = excluded.changed_by"
)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """``phones`` that were looked at, ``changed`` of them; ``done``: there is nothing left to look at."""

    phones: int = 0
    changed: int = 0
    done: bool = True


def refresh_zones(database: Database, now: datetime, *, data: str | None = None, portion: int = PORTION) -> Refreshed:
    """Look up the zones of stored phones where the data is newer than what they were stored by.

    ``data`` is the version of the area codes, this release's by default.
    """
    data = data or version()
    phones = changed = 0
    for _ in range(TURNS):
        with database.begin("places") as connection:
            told = _portion(connection, now, data, portion)
        phones, changed = phones + told.phones, changed + told.changed
        if told.done or not told.phones:
            return Refreshed(phones, changed, told.done)
    return Refreshed(phones, changed, done=False)


def _portion(connection: Connection, now: datetime, data: str, limit: int) -> Refreshed:
    if not connection.execute(TRY_RESOLVE).scalar_one():
        return Refreshed(done=False)
    known: dict[str, Any] = connection.execute(SETTING, {"key": KEY}).scalar() or {}
    if known.get("version", "") >= data:
        return Refreshed()
    bucket, person, address = known.get("after", _FIRST) if known.get("under_way") == data else _FIRST
    where = {"bucket": bucket, "person": person, "address": address, "limit": limit}
    rows = connection.execute(_PHONES, where).all()
    changed = [row for row in rows if list(zones_of(row.address)) != row.zones]
    _set(connection, changed)
    done = len(rows) < limit
    if done:
        value: dict[str, Any] = {"version": data}
    else:
        last = rows[-1]
        value = known | {"under_way": data, "after": [last.bucket, last.person, last.address]}
    connection.execute(_SAVE, {"key": KEY, "value": Jsonb(value), "now": now})
    return Refreshed(len(rows), len(changed), done)


def _set(connection: Connection, rows: Sequence[Any]) -> None:
    if rows:
        zones = ["{" + ",".join(map(str, zones_of(row.address))) + "}" for row in rows]
        connection.execute(
            _SET_ZONES,
            {
                "buckets": [row.bucket for row in rows],
                "people": [row.person for row in rows],
                "addresses": [row.address for row in rows],
                "zones": zones,
            },
        )
