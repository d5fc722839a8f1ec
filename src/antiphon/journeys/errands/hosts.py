"""The hosts that journeys may call: what owners have allowed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import ValidationError
from sqlalchemy import Connection, text

from antiphon.journeys.errands.addresses import MOST_HOSTS, Allowed
from antiphon.kit.errors import ConfigError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

KEY = "call_hosts"
_LOCK = text("SELECT pg_advisory_xact_lock(168230921)")
_READ = text("SELECT value FROM setting WHERE key = :key")
_WRITE = text("""
    INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :by)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,
        changed_by = excluded.changed_by
""")


def hosts(connection: Connection) -> tuple[Allowed, ...]:
    """The hosts that may be called, by name."""
    kept: Any = connection.execute(_READ, {"key": KEY}).scalar() or []
    try:
        return tuple(Allowed.model_validate(one) for one in kept)
    except ValidationError as error:
        raise ConfigError("The list of hosts that may be called is damaged.", "Save it anew in Settings.") from error


def allow(database: Database, one: Allowed, now: datetime, actor: Actor) -> tuple[Allowed, ...]:
    """Allow a host; one that is allowed already changes. Returns all of them."""
    with database.begin("settings") as connection:
        connection.execute(_LOCK)
        before = hosts(connection)
        return _save(connection, before, [each for each in before if str(each) != str(one)] + [one], now, actor)


def forbid(database: Database, name: str, now: datetime, actor: Actor) -> tuple[Allowed, ...]:
    """Let a host be called no more; raises ``NotFoundError`` where it was not allowed."""
    with database.begin("settings") as connection:
        connection.execute(_LOCK)
        before = hosts(connection)
        after = [one for one in before if str(one) != name.strip().lower()]
        if len(after) == len(before):
            raise NotFoundError(f"The host {name} is not allowed.", "`antiphon calls hosts` shows those that are.")
        return _save(connection, before, after, now, actor)


def replace(database: Database, wanted: Sequence[Allowed], now: datetime, actor: Actor) -> tuple[Allowed, ...]:
    """Allow these hosts and no others."""
    with database.begin("settings") as connection:
        connection.execute(_LOCK)
        return _save(connection, hosts(connection), wanted, now, actor)


def _save(
    connection: Connection, before: Sequence[Allowed], wanted: Sequence[Allowed], now: datetime, actor: Actor
) -> tuple[Allowed, ...]:
    after = tuple(sorted({str(one): one for one in wanted}.values(), key=str))
    if len(after) > MOST_HOSTS:
        raise ConfigError(f"{len(after)} hosts are too many.", f"At most {MOST_HOSTS} can be allowed.")
    value = Jsonb([one.model_dump(mode="json") for one in after])
    connection.execute(_WRITE, {"key": KEY, "value": value, "now": now, "by": actor.who})
    said = [[f"{one}{' (private)' if one.private else ''}" for one in each] for each in (before, after)]
    if said[0] != said[1]:
        record(
            connection, now, actor, "settings", "hosts of calls saved", "",
            before={"hosts": said[0]}, after={"hosts": said[1]},
        )  # fmt: skip
    return after
