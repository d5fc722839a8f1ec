"""Who may send: sources and their write keys. Only a key's beginning and its hash are kept."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic

from antiphon.intake import queries
from antiphon.intake.models import Scope
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people.tables import OWN_SOURCE
from antiphon.store.audit import COMMAND_LINE, Actor, record
from antiphon.store.db import Database

PREFIX_LENGTH = 12
#: Seconds that a process may go on accepting a key that was revoked elsewhere.
CACHE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Source:
    """A source as people see it; the key itself is shown once, when it is made."""

    name: str
    key_prefix: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """A write key that works: whose it is, and what it may bring in."""

    source: str
    scope: Scope


def create_source(
    database: Database, name: str, now: datetime, scope: Scope = Scope.SERVER, by: Actor = COMMAND_LINE
) -> str:
    """Make a source; returns its write key, which nobody can read again. A revoked one gives up its name."""
    name = name.strip()
    if not 0 < len(name) <= 64:
        raise AntiphonError(
            "A write key needs a name of 1 to 64 characters.", "Name it after what sends, such as 'shop'."
        )
    if name.casefold() == OWN_SOURCE:
        raise AntiphonError(f"{name!r} is how Antiphon itself signs what it tells.", "Choose another name.")
    key = f"ak_{secrets.token_urlsafe(24)}"
    given = {"name": name, "prefix": key[:PREFIX_LENGTH], "sha256": _hash(key), "scope": scope, "now": now}
    with database.begin("settings") as connection:
        if connection.execute(queries.ADD_SOURCE, given).scalar() is None:
            raise AntiphonError(
                f"There is a write key named {name!r} already.", "Choose another name, or revoke that one."
            )
        after = {"scope": scope, "key": given["prefix"]}
        record(connection, now, by, "keys", "write key made", f"write key {name}", after=after)
    return key


def revoke_source(database: Database, name: str, now: datetime, by: Actor = COMMAND_LINE) -> None:
    """End a source's key; what came in by it stays."""
    with database.begin("settings") as connection:
        if connection.execute(queries.REVOKE_SOURCE, {"name": name, "now": now}).scalar() is None:
            raise NotFoundError(
                f"There is no working write key named {name!r}.", "`antiphon key list` shows all of them."
            )
        record(connection, now, by, "keys", "write key revoked", f"write key {name}")


def list_sources(database: Database) -> list[Source]:
    """All sources by name, revoked ones too."""
    with database.read() as connection:
        rows = connection.execute(queries.SOURCES).all()
    return [Source(name, prefix, Scope(scope), *rest) for name, prefix, scope, *rest in rows]


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


class Keys:
    """Working keys, read again every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until = 0.0
        self._keys: dict[str, list[tuple[str, Key]]] = {}
        self.region = DEFAULT_REGION

    def key_of(self, shown: str) -> Key | None:
        """The key that somebody has ``shown``, if it is one that works. A new key works at once."""
        return self._find(shown, fresh=False) or self._find(shown, fresh=True)

    def _find(self, shown: str, *, fresh: bool) -> Key | None:
        known = shown[:PREFIX_LENGTH] in self._keys
        if monotonic() >= self._until or (fresh and not known):
            self._read()
        hashed = _hash(shown)
        for sha256_hex, key in self._keys.get(shown[:PREFIX_LENGTH], ()):
            if hmac.compare_digest(sha256_hex, hashed):
                return key
        return None

    def _read(self) -> None:
        keys: dict[str, list[tuple[str, Key]]] = {}
        with self._database.read() as connection:
            for name, prefix, sha256_hex, scope in connection.execute(queries.WORKING_KEYS):
                keys.setdefault(prefix, []).append((sha256_hex, Key(name, Scope(scope))))
            self.region = connection.execute(queries.SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
        self._keys, self._until = keys, monotonic() + CACHE_SECONDS
