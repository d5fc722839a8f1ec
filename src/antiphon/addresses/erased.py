"""Addresses of people who were erased: kept as a keyed hash, so that they stay barred and nobody can read them.

The hash stands where the address stood, in the address's own abucket. The key belongs to the installation and lies in its
database: every process that sends, receives or restores must come to the same hash (docs/decisions/0017).
"""

import hmac
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, text

from antiphon.addresses import queries
from antiphon.kit.buckets import abucket_of

PREFIX = "erased:"

#: An erasure holds it alone from before it looks for what waits; an import shares it from before it asks who was erased, and
#: so does who judges touches: so either they see the erasure, or the erasure what they brought.
ERASE_LOCK = 0x0A17_0004
ERASE_ALONE = text(f"SELECT pg_advisory_xact_lock({ERASE_LOCK})")
SHARE_ERASURES = text(f"SELECT pg_advisory_xact_lock_shared({ERASE_LOCK})")

_KEY = text("SELECT value #>> '{}' FROM setting WHERE key = 'address_key'")


class Hasher:
    """Hashes addresses with the installation's key: HMAC-SHA256, of which 160 bits are kept."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, address: str) -> str:
        """What stands in the place of a normalised address."""
        if address.startswith(PREFIX):
            return address
        return PREFIX + hmac.digest(self._key, address.encode(), "sha256").hex()[:40]

    def both(self, addresses: Iterable[str]) -> dict[str, str]:
        """Under which an address may stand: itself and its hash, each with the address."""
        found = {}
        for address in addresses:
            found[address] = found[self.of(address)] = address
        return found


def hasher(connection: Connection) -> Hasher:
    """With the key of the installation that ``connection`` leads to."""
    return Hasher(str(connection.execute(_KEY).scalar_one()).encode())


def is_erased(address: str) -> bool:
    return address.startswith(PREFIX)


def suppression_of(connection: Connection, channel: str, address: str) -> Row[Any] | None:
    """The suppression of an address, by itself or by its hash; one that stands goes before one that was lifted.

    A row of ``at``, ``reason``, ``source``, ``lifted_at``, ``hits`` and ``address`` as it is stored.
    """
    given = {"abucket": abucket_of(address), "channel": channel, "address": address}
    rows = connection.execute(queries.SUPPRESSIONS_OF, given | {"hash": hasher(connection).of(address)}).all()
    return min(rows, key=lambda row: (not stands(row), row.address != address), default=None)


def stands(row: Row[Any]) -> bool:
    """Whether a suppression bars: it was never lifted, or came again since."""
    return row.lifted_at is None or row.at > row.lifted_at
