"""What people are asked to agree to, word for word: each wording is a version, and versions are never changed."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from antiphon.addresses import queries

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that asks for consent. ``purposes`` are what it asks for; ``locale`` is a BCP 47 tag."""

    brand: int
    channel: str
    purposes: tuple[str, ...]
    locale: str
    text: str

    @property
    def version(self) -> str:
        """16 hexadecimal digits that only this very wording has."""
        parts = (str(self.brand), self.channel, ",".join(sorted(self.purposes)), self.locale, self.text)
        return sha256("\x1f".join(parts).encode()).hexdigest()[:_DIGITS]


def text_version(text: str) -> str:
    """The version of a wording of which only the text is known: one that came by the API without a version."""
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def keep_wording(connection: Connection, wording: Wording, now: datetime, by: str) -> str:
    """Keep a wording for good; returns its version. Safe to repeat. ``by``: who wrote it, for people to read."""
    values = {
        "version": wording.version,
        "brand": wording.brand,
        "channel": wording.channel,
        "purposes": list(wording.purposes),
        "locale": wording.locale,
        "text": wording.text,
        "now": now,
        "by": by,
    }
    connection.execute(queries.KEEP_WORDING, values)
    return wording.version
