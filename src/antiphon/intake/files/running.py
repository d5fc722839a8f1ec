"""The stage ``import``: a file's rows become arrivals, some at a time, and how far it has come commits with them."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.facts import UnreadableError
from antiphon.intake.files import queries
from antiphon.intake.files.forgotten import REASON, addresses_in, addresses_of, erased_since
from antiphon.intake.files.handed import carry, raw_of
from antiphon.intake.files.keeping import kept
from antiphon.intake.files.managing import import_from
from antiphon.intake.files.models import Import, Incoming
from antiphon.intake.files.place import Place, place_of
from antiphon.intake.files.records import MAX_ROW, Record, records
from antiphon.intake.files.rows import Reading, arrivals_of, read_row
from antiphon.intake.files.tables import file_import_fault
from antiphon.intake.files.tally import WHOLE, Tally, of_row
from antiphon.intake.items import Posting
from antiphon.intake.models import Arrival
from antiphon.intake.queries import CLOCK
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database, copy_rows

#: Rows of one transaction: about half a second, of which the arrivals' lock is held for the last part.
ROWS = 2_000
#: Arrivals that may wait for the resolver before imports pause: what people do now comes behind them.
BACKLOG = 20_000
#: Rows that are refused in a row: then it is not the rows that are wrong but how they are read.
_HOPELESS = 10_000

#: Part, line, number within the line, whether the rest came in, why, the row.
Fault = tuple[int, int, int, bool, str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that comes in: where it stands, what it says, and that as arrivals."""

    part: int
    line: int
    raw: str
    found: Incoming
    arrivals: list[Arrival]


@dataclass(slots=True)
class Chunk:
    """What one transaction brings: rows, faults, and where the next one begins."""

    position: int
    rows: int = 0
    taken: list[Taken] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def run_imports(database: Database, now: datetime | None = None) -> bool:
    """Carry each running import on by one transaction; returns whether there is more to do now.

    ``now`` is the instant of reception on a virtual clock; ``None`` reads the database's. Safe beside other workers,
    and after a crash: what was committed is not read again, what was not is.
    """
    with database.read() as connection:
        running = connection.execute(queries.RUNNING).scalars().all()
        if not running:
            return False
        if connection.execute(queries.WAITING, {"limit": BACKLOG + 1}).scalar_one() > BACKLOG:
            return True
    more = False
    for number in running:
        more = carry_on(database, number, now) or more
    return more


def carry_on(database: Database, number: int, now: datetime | None = None) -> bool:
    """One transaction of one import; returns whether it is still running and this worker had it."""
    return carry(
        database,
        "import",
        number,
        lambda connection: _carry(connection, number, now),
        lambda connection, why: _fail(connection, number, why, now),
    )


def _carry(connection: Connection, number: int, now: datetime | None) -> bool:
    lock = {"space": queries.LOCK_SPACE, "id": number % 2**31}
    if not connection.execute(queries.TRY_LOCK, lock).scalar_one():
        return False
    found = import_from(connection.execute(queries.ONE, {"id": number}).one())
    if found.state != "running":
        return False
    at: datetime = now or connection.execute(CLOCK).scalar_one()
    place = place_of(connection)
    text = kept(connection, number, found.size)
    chunk = read_chunk(found, text, at, place, ROWS)
    over = chunk.position >= found.size
    _forget(connection, chunk, found, place.region)
    arrivals = _brought(chunk)
    if over and found.rows > 0 and found.rows + chunk.rows <= WHOLE:
        told = _recount(connection, found, text, at, place)
    else:
        told = _told(connection, chunk, found, at)
    copy_rows(connection, file_import_fault, queries.FAULT_COLUMNS, ((number, *fault) for fault in chunk.faults))
    values: dict[str, Any] = {"id": number, "now": at, "position": chunk.position, "rows": found.rows + chunk.rows}
    counts = orjson.dumps(told + chunk.counts).decode()
    connection.execute(queries.MOVE, values | {"counts": counts})
    if over:
        connection.execute(queries.END, {"id": number, "now": at, "state": "done", "error": None})
        connection.execute(queries.DROP_CHUNKS, {"id": number})
    if arrivals:
        write_arrivals(connection, arrivals, now)  # last: what it locks is held shortly
    return not over


def _told(connection: Connection, chunk: Chunk, found: Import, now: datetime) -> Counter[str]:
    """What the addresses of a chunk come to, with what came in before; people are counted where a chunk is the file."""
    tally = Tally(now)
    for row in chunk.taken:
        tally.note(row.found)
    told = found.counts + tally.outcome(connection)
    if found.rows or chunk.position < found.size:
        del told["persons"]
    return told


def _recount(connection: Connection, found: Import, text: Any, now: datetime, place: Place) -> Counter[str]:
    """People and addresses of a whole file, each once; what is counted by rows as it was."""
    tally = Tally(now)
    rows: list[Incoming] = []
    for part in found.parts:
        reading = Reading(found.mapping, part.name, part.header, place.region, place.zone, found.started_at or now)
        for record in records(text, part.body, part.stop, part.line, part.delimiter):
            with suppress(UnreadableError, TypeError, ValueError):
                rows.append(read_row(record, reading))
    gone = erased_since(connection, set().union(*map(addresses_of, rows)), found.created_at)
    for each in rows:
        if gone.isdisjoint(addresses_of(each)):
            tally.note(each)
    by_row = {name: n for name, n in found.counts.items() if not name.startswith(("email ", "sms "))}
    return Counter(by_row) + tally.outcome(connection)


def _fail(connection: Connection, number: int, why: str, now: datetime | None) -> None:
    at = now or connection.execute(CLOCK).scalar_one()
    connection.execute(queries.END, {"id": number, "now": at, "state": "failed", "error": why})


def read_chunk(found: Import, text: Any, now: datetime, place: Place, rows: int) -> Chunk:
    """Up to ``rows`` rows of an import from its position on, in one part of it. Reads ``text``, changes nothing."""
    index = next((i for i, part in enumerate(found.parts) if found.position < part.stop), None)
    if index is None:
        return Chunk(found.size)
    part = found.parts[index]
    reading = Reading(found.mapping, part.name, part.header, place.region, place.zone, found.started_at or now)
    # the instant of the whole import: a row that names none says the same whenever it is read
    posting = Posting(found.mapping.source, min(found.started_at or now, now), place.region, max_item=MAX_ROW)
    name = found.name if len(found.parts) == 1 else f"{found.name}, {part.name}"
    origin = {"file": name, "import": found.id}
    start = max(found.position, part.body)
    chunk = Chunk(start)
    line = part.line if start == part.body else found.counts[f"line:{index}"]
    for record in records(text, start, part.stop, line, part.delimiter):
        chunk.rows += 1
        _take(chunk, index, record, reading, posting, origin)
        chunk.position, line = record.stop, record.line + record.lines
        if chunk.rows >= rows:
            break
    else:
        chunk.position = part.stop
    chunk.counts[f"line:{index}"] += line - found.counts[f"line:{index}"]
    refused = found.counts["rejected"] + chunk.counts["rejected"]
    if refused >= _HOPELESS and refused == found.rows + chunk.rows:
        raise AntiphonError(
            f"The first {refused:,} rows were all refused, so it was stopped.", "Look at the report, and map it again."
        )
    return chunk


def _take(chunk: Chunk, part: int, record: Record, reading: Reading, posting: Posting, origin: dict[str, Any]) -> None:
    raw = raw_of(record.raw)
    try:
        found = read_row(record, reading)
        arrivals = arrivals_of(found, posting, record, origin)
    except (UnreadableError, TypeError, ValueError) as error:
        chunk.counts["rejected"] += 1
        chunk.faults.append((part, record.line, 0, False, str(error), raw))
        return
    chunk.taken.append(Taken(part, record.line, raw, found, arrivals))


def _forget(connection: Connection, chunk: Chunk, found: Import, region: str) -> None:
    """Take out the rows of whoever was erased since the file was taken in, and what the report would keep of them."""
    of_row = [addresses_of(row.found) for row in chunk.taken]
    of_fault = [addresses_in(fault[-1], region) for fault in chunk.faults]
    gone = erased_since(connection, set().union(*of_row, *of_fault), found.created_at)
    if not gone:
        return
    refused = [row for row, whose in zip(chunk.taken, of_row, strict=True) if not gone.isdisjoint(whose)]
    chunk.taken = [row for row, whose in zip(chunk.taken, of_row, strict=True) if gone.isdisjoint(whose)]
    chunk.faults = [
        fault if gone.isdisjoint(whose) else (*fault[:4], REASON, "")
        for fault, whose in zip(chunk.faults, of_fault, strict=True)
    ]
    chunk.faults += [(row.part, row.line, 0, False, REASON, "") for row in refused]
    chunk.counts["rejected"] += len(refused)


def _brought(chunk: Chunk) -> list[Arrival]:
    """The arrivals of a chunk; counts its rows, and notes what is wrong with parts of them."""
    for row in chunk.taken:
        chunk.counts.update(of_row(row.found))
        chunk.faults += [
            (row.part, row.line, n, True, problem, row.raw) for n, problem in enumerate(row.found.problems)
        ]
    return [each for row in chunk.taken for each in row.arrivals]
