"""Drafts of journeys: what an account has changed and not published yet. One for each account and journey."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from antiphon.kit.documents import MAX_BYTES
from antiphon.kit.errors import AntiphonError

_FIND = text("SELECT slug, base, source, changed_at FROM journey_draft WHERE account = :account AND slug = :slug")
_ALL = text(
    "SELECT slug, base, source, changed_at FROM journey_draft WHERE account = :account ORDER BY changed_at DESC"
)
_SAVE = text("""
INSERT INTO journey_draft (account, slug, base, source, changed_at) VALUES (:account, :slug, :base, :source, :now)
    ON CONFLICT (account, slug) DO UPDATE
    SET base = excluded.base, source = excluded.source, changed_at = excluded.changed_at
""")
_DROP = text("DELETE FROM journey_draft WHERE account = :account AND slug = :slug")


@dataclass(frozen=True, slots=True)
class Draft:
    """``base``: the number of the version that it began from, 0 where there was none."""

    slug: str
    base: int
    source: str
    changed_at: datetime


def find(connection: Connection, account: int, slug: str) -> Draft | None:
    row = connection.execute(_FIND, {"account": account, "slug": slug}).one_or_none()
    return Draft(row.slug, row.base, row.source, row.changed_at) if row else None


def drafts(connection: Connection, account: int) -> list[Draft]:
    """An account's drafts, the newest first."""
    return [
        Draft(row.slug, row.base, row.source, row.changed_at) for row in connection.execute(_ALL, {"account": account})
    ]


def save(connection: Connection, account: int, draft: Draft) -> None:
    """Keep a draft in the place of the account's former one. Raises ``AntiphonError`` for what no file may hold."""
    if len(draft.source.encode(errors="replace")) > MAX_BYTES:
        raise AntiphonError("This journey is larger than 1 MB.", "Put long emails into the library.")
    if "\0" in draft.source:
        raise AntiphonError("A text of this journey holds a NUL character.", "Write it without.")
    values = {"slug": draft.slug, "base": draft.base, "source": draft.source, "now": draft.changed_at}
    connection.execute(_SAVE, values | {"account": account})


def drop(connection: Connection, account: int, slug: str) -> bool:
    return bool(connection.execute(_DROP, {"account": account, "slug": slug}).rowcount)
