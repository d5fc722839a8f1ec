"""Everything that is held of one person, as JSON in a zip: read in portions, each in a short transaction of its own."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import orjson
from sqlalchemy import text

from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.privacy.models import Subject
from antiphon.privacy.subject import subject_of
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

#: Rows that one short transaction reads.
PORTION = 1_000

_README = """Everything that this installation holds of one person, as person.json (UTF-8).

Instants are UTC. "events" is what they did, "messages" what was written to them and what became of it, "decisions" why it
was written or not, "ledger" what they agreed to, when and in which words.
"""


@dataclass(frozen=True, slots=True)
class _Section:
    """Rows of one table; ``key`` orders them within the person or the address."""

    name: str
    table: str
    key: tuple[str, ...]
    where: str = "t.bucket = :bucket AND t.person = :person"

    def statement(self, *, first: bool) -> str:
        columns = ", ".join(f"t.{name}" for name in self.key)
        after = "" if first else f" AND ({columns}) > ({', '.join(f':k{n}' for n in range(len(self.key)))})"
        return (
            f"SELECT {columns}, row_to_json(t)::text AS row FROM {self.table} t WHERE {self.where}{after} "
            f"ORDER BY {columns} LIMIT :limit"
        )


_OF_ADDRESS = "t.abucket = :abucket AND t.address = :address AND t.channel = :channel"
_PERSON = _Section("person", "person", ("id",), "t.bucket = :bucket AND t.id = :person")
_OF_PERSON = (
    _Section("identifiers", "identifier", ("kind", "value")),
    _Section("addresses", "person_address", ("channel", "address")),
    _Section("places", "person_place", ("place", "via")),
    _Section("events", "event", ("at", "id")),
    _Section("totals", "event_total", ("name",)),
    _Section("engagement", "engagement", ("channel",)),
    _Section("products", "person_product", ("product", "relation")),
    _Section("rhythm", "person_rhythm", ("person",)),
    _Section("recommendations", "recommendation", ("kind",)),
    _Section("segments", "segment_member", ("segment",)),
    _Section("coupons", "coupon_given", ("offer", "n")),
    _Section("entries", "entry", ("journey", "run_key", "n")),
    _Section("runs", "run", ("id",)),
    _Section("finished_runs", "run_done", ("id",)),
    _Section("moves", "move", ("tick", "run")),
    _Section("campaigns", "campaign_member", ("campaign",)),
    _Section("decisions", "decision", ("id",)),
    _Section("messages", "outbox", ("abucket", "id")),
)
_OF_ADDRESSES = (
    _Section("ledger", "consent_fact", ("id",), _OF_ADDRESS),
    _Section("consents", "consent", ("brand", "purpose"), _OF_ADDRESS),
    _Section("suppressions", "suppression", ("at",), _OF_ADDRESS),
)
_LOG = _Section("message_log", "message_log", ("seq",), "t.abucket = :abucket AND t.message = :message")


def export(database: Database, person: int, file: IO[bytes], by: Actor, now: datetime) -> Subject:
    """Write the zip into ``file`` and say so in the audit log; returns whose it is.

    Raises ``NotFoundError`` when there is no such person.
    """
    with database.read() as connection:
        subject = subject_of(connection, person)
    if subject is None:
        raise NotFoundError("There is no such person.", "They may have been erased.")
    with database.begin("accounts") as connection:
        record(connection, now, by, "privacy", "person exported", f"person {subject.person}")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", _README)
        with packed.open("person.json", "w", force_zip64=True) as out:
            for piece in pieces(database, subject, now):
                out.write(piece)
    return subject


def pieces(database: Database, subject: Subject, now: datetime) -> Iterator[bytes]:
    """The JSON document in pieces, one object with a list per kind."""
    head = orjson.dumps({"exported_at": now.astimezone(UTC), "id": str(subject.person)})
    yield head[:-1]
    messages: list[tuple[int, int]] = []
    for section in (_PERSON, *_OF_PERSON):
        yield _opened(section.name)
        first = True
        for rows in _portions(database, section, subject.where):
            if section.name == "messages":
                messages += [(row.abucket, row.id) for row in rows]
            yield _joined([row.row for row in rows], first=first)
            first = False
        yield b"]"
    for section in _OF_ADDRESSES:
        places = [
            {"abucket": abucket_of(value), "address": value, "channel": channel} for channel, value in subject.addresses
        ]
        yield from _listed(database, section, places)
    yield from _listed(database, _LOG, [{"abucket": abucket, "message": message} for abucket, message in messages])
    yield b"}\n"


def _listed(database: Database, section: _Section, places: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    yield _opened(section.name)
    first = True
    for place in places:
        for rows in _portions(database, section, place):
            yield _joined([row.row for row in rows], first=first)
            first = False
    yield b"]"


def _portions(database: Database, section: _Section, where: dict[str, Any]) -> Iterator[Sequence[Any]]:
    given = {**where, "limit": PORTION}
    first = True
    while True:
        with database.read() as connection:
            rows = connection.execute(text(section.statement(first=first)), given).all()
        if rows:
            yield rows
        if len(rows) < PORTION:
            return
        first = False
        given |= {f"k{n}": rows[-1][n] for n in range(len(section.key))}


def _opened(name: str) -> bytes:
    return f',\n"{name}":['.encode()


def _joined(rows: Sequence[str], *, first: bool) -> bytes:
    return (("\n" if first else ",\n") + ",\n".join(rows)).encode()
