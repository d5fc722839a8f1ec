"""API keys: who may read and act over HTTP, and how far. Only a key's beginning and its hash are kept."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import COMMAND_LINE, Actor, record
from antiphon.store.db import Database
from antiphon.web.accounts.secrets import token_hash
from antiphon.web.api import queries
from antiphon.web.api.scopes import SCOPES

PREFIX_LENGTH = 12
#: How far "last used" may lag behind.
_LAG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as people see it; the key itself is shown once, when it is made."""

    id: int
    name: str
    key_prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    used_at: datetime | None


def create_key(database: Database, name: str, scopes: Collection[str], now: datetime, by: Actor = COMMAND_LINE) -> str:
    """Make a key; returns it, this once. Raises ``AntiphonError`` for a name that is taken and for unknown scopes."""
    name = name.strip()
    if not 0 < len(name) <= 64:
        raise AntiphonError("An API key needs a name of 1 to 64 characters.", "Name it after the program that uses it.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        what = f"There is no scope {unknown[0]!r}." if unknown else "An API key needs at least one scope."
        raise AntiphonError(what, f"The scopes are {', '.join(SCOPES)}.")
    key = f"ap_{secrets.token_urlsafe(32)}"
    chosen = [scope for scope in SCOPES if scope in scopes]
    given = {"name": name, "prefix": key[:PREFIX_LENGTH], "sha256": token_hash(key), "scopes": chosen}
    with database.begin("accounts") as connection:
        if connection.execute(queries.ADD_KEY, given | {"now": now, "by": by.who}).scalar() is None:
            raise AntiphonError(f"There is an API key named {name!r} already.", "Choose another name, or revoke that.")
        record(connection, now, by, "keys", "API key made", f"API key {name}", after={"scopes": ", ".join(chosen)})
    return key


def revoke_key(database: Database, name: str, now: datetime, by: Actor = COMMAND_LINE) -> None:
    """Refuse a key from now on. Raises ``NotFoundError`` when no working key has the name."""
    with database.begin("accounts") as connection:
        if connection.execute(queries.REVOKE_KEY, {"name": name, "now": now}).scalar() is None:
            raise NotFoundError(f"There is no working API key named {name!r}.", "`antiphon api-key list` shows all.")
        record(connection, now, by, "keys", "API key revoked", f"API key {name}")


def list_keys(database: Database) -> list[ApiKey]:
    """All keys, those that work first."""
    with database.read() as connection:
        rows = connection.execute(queries.KEYS).all()
    return [ApiKey(row.id, row.name, row.key_prefix, tuple(row.scopes), *row[4:]) for row in rows]


def key_of(database: Database, key: str, now: datetime) -> ApiKey | None:
    """The working key that somebody shows, ``None`` when it is none; notes when it was used."""
    with database.read() as connection:
        rows = connection.execute(queries.WORKING, {"prefix": key[:PREFIX_LENGTH]}).all()
    hashed = token_hash(key)
    row = next((row for row in rows if compare_digest(row.key_sha256, hashed)), None)
    if row is None:
        return None
    if row.used_at is None or now - row.used_at >= _LAG:
        with database.begin("accounts", durable=False) as connection:
            connection.execute(queries.USED, {"id": row.id, "now": now})
    return ApiKey(
        row.id, row.name, row.key_prefix, tuple(row.scopes), row.created_at, row.created_by, None, row.used_at
    )
