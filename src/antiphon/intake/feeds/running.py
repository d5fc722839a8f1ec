"""The stage ``feed``: a file's rows become products, some at a time, and how far it has come commits with them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

import orjson
from sqlalchemy import Connection

from antiphon.catalogue.tables import feed_fault
from antiphon.catalogue.writing import write_words
from antiphon.intake.feeds import queries
from antiphon.intake.feeds.keeping import feed_of, kept
from antiphon.intake.feeds.models import Feed
from antiphon.intake.feeds.noting import note
from antiphon.intake.feeds.rows import Said, said
from antiphon.intake.feeds.sweeping import sweep
from antiphon.intake.files.handed import carry, raw_of
from antiphon.intake.files.records import records
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database, copy_rows

#: Rows of one transaction, about; the rows of one product are never parted.
ROWS = 1_000
_HOPELESS = 10_000


@dataclass(slots=True)
class Chunk:
    """What one transaction reads, and where the next one begins."""

    position: int
    line: int
    rows: int = 0
    said: list[Said] = field(default_factory=list)


def run_feeds(database: Database, now: datetime) -> bool:
    """Carry each running feed on by one transaction; returns whether anything was done, so that more may be left."""
    with database.read() as connection:
        running = connection.execute(queries.RUNNING).scalars().all()
    more = False
    for number in running:
        more = carry_on(database, number, now) or more
    return more


def carry_on(database: Database, number: int, now: datetime) -> bool:
    """One transaction of one feed; returns whether this worker had it."""
    failed = {"id": number, "now": now, "state": "failed"}
    return carry(
        database,
        "feed",
        number,
        lambda connection: _carry(connection, number, now),
        lambda connection, why: connection.execute(queries.END, failed | {"error": why}),
    )


def _carry(connection: Connection, number: int, now: datetime) -> bool:
    row = connection.execute(queries.TAKE, {"id": number}).one_or_none()
    if row is None:
        return False
    found = feed_of(row)
    at = min(found.started_at or now, now)
    if found.position >= found.size:
        return _sweep(connection, found, at, now)
    chunk = read_chunk(kept(connection, number, found.size), found, at)
    counts = found.counts + _take(connection, found, chunk, now)
    refused = counts["refused"]
    if refused >= _HOPELESS and refused == counts["rows"]:
        raise AntiphonError(
            f"The first {refused:,} rows were all refused, so it was stopped.", "Look at its columns again."
        )
    values = {"id": number, "position": chunk.position, "line": chunk.line, "counts": orjson.dumps(counts).decode()}
    connection.execute(queries.MOVE, values)
    if chunk.position >= found.size and not found.mapping.complete:
        _end(connection, number, now)
    return True


def _sweep(connection: Connection, found: Feed, at: datetime, now: datetime) -> bool:
    """One portion of the products that a complete feed lacks, once all that it has came in."""
    gone = sweep(connection, found, at, now) if found.mapping.complete else 0
    if not gone:
        _end(connection, found.id, now)
        return True
    counts = orjson.dumps(found.counts + Counter(gone=gone)).decode()
    connection.execute(queries.MOVE, {"id": found.id, "position": found.position, "line": found.line, "counts": counts})
    return True


def _end(connection: Connection, number: int, now: datetime) -> None:
    connection.execute(queries.END, {"id": number, "now": now, "state": "done", "error": None})
    connection.execute(queries.DROP_CHUNKS, {"id": number})
    connection.execute(queries.FORGET_PRODUCTS, {"id": number})


def _take(connection: Connection, found: Feed, chunk: Chunk, now: datetime) -> Counter[str]:
    good = [(each, each.word) for each in chunk.said if each.word is not None]
    report = write_words(connection, [word for _, word in good], now, found.mapping.currency)
    bad = [(each, each.error) for each in chunk.said if each.word is None]
    passed = 0
    for place, _, why in report.refused:
        one, word = good[place]
        if word.deleted:  # never known, and not for sale
            passed += 1
        else:
            bad.append((one, why))
    rows = {each.line: (found.id, each.line, each.id[:200], why, raw_of(each.raw)) for each, why in bad}
    again = note(connection, found.id, chunk.said, {each.line for each, _ in bad})
    twice = {one.line: (found.id, one.line, one.id[:200], one.why, raw_of(one.raw)) for one in again}
    copy_rows(connection, feed_fault, queries.FAULT_COLUMNS, sorted({**twice, **rows}.values()))
    counts = {"rows": chunk.rows, "added": report.added, "changed": report.changed, "unchanged": report.unchanged}
    return Counter(
        counts | {"refused": len(rows), "passed": passed, "occasions": report.occasions, "again": len(twice)}
    )


def read_chunk(text: IO[bytes], found: Feed, at: datetime, rows: int = ROWS) -> Chunk:
    """Rows of a feed from where it stands, about ``rows`` of them, whole products. Reads ``text``, changes nothing."""
    head, chunk = found.head, Chunk(found.size, found.line)
    lines = records(text, found.position, found.size, found.line, head.delimiter)
    for told, record in said(lines, head.columns, found.mapping.columns, at):
        finished = told is not None and told.line != record.line
        if told is not None:
            chunk.said.append(told)
        if finished and chunk.rows >= rows and record.stop:  # the next product begins here
            chunk.position, chunk.line = record.start, record.line
            return chunk
        if record.stop:
            chunk.rows += 1
            chunk.line = record.line + record.lines
    return chunk
