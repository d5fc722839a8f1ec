"""Turning arrivals into people, events and consents: one resolver at a time, in bulk, each batch one transaction."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import psycopg.errors
import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from antiphon.audiences import touches
from antiphon.intake import (
    answering,
    consenting,
    counting,
    holding,
    merging,
    partitions,
    profiles,
    promised,
    queries,
    stranger_rows,
    strangers,
)
from antiphon.intake.arrivals import as_json
from antiphon.intake.derived import derive
from antiphon.intake.facts import Fact, StoredArrival, UnreadableError
from antiphon.intake.facts import read as facts_of
from antiphon.intake.graph import Known, load_identifiers
from antiphon.intake.homes import Match
from antiphon.intake.matching import match
from antiphon.intake.models import ResolveReport
from antiphon.intake.tables import seen_message
from antiphon.kit.buckets import bucket_of
from antiphon.people.identifiers import EMAIL, PHONE, Key
from antiphon.people.tables import event, fresh
from antiphon.store.db import Copying, Database, copy_rows
from antiphon.store.keys import Ids
from antiphon.store.packing import row_of, string
from antiphon.store.planner import by_keys

log = structlog.get_logger(__name__)

DEFAULT_REGION = "US"
#: Bodies that are read into memory at once: a batch is bounded by its bytes as well as by its number of arrivals.
MOST_BYTES = 32 * 1024 * 1024
#: Arrivals that are read while the next come.
_PIECE = 2_500
_LATER = text("SET LOCAL synchronous_commit = off")
_SEEN = row_of(2)
#: How long a message id is remembered at least; the generation before lasts as long again.
GENERATION = timedelta(days=7)

#: What the data of an arrival can do to a statement. Anything else (a lost connection, a full disk) is nobody's fault.
_DATA_ERRORS = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError)
#: What a body of an unforeseen shape can do to the reader.
_SHAPE_ERRORS = (UnreadableError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError)

#: Partitions that this process has seen, by database.
_partitions: dict[str, set[str]] = {}


@dataclass(slots=True)
class _State:
    batch: int
    generation: int
    generation_at: datetime | None
    next_person: int
    next_event: int


@dataclass(slots=True)
class _Read:
    """What a batch takes in: arrivals, what they say or why they say nothing, and who is known of it."""

    rows: list[StoredArrival] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    known: dict[Key, Known] = field(default_factory=dict)
    more: bool = False
    once: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _EventRow:
    person: int
    at: datetime
    name: str
    props: dict[str, Any]
    fact: Fact
    via: str


def resolve(database: Database, now: datetime | None = None, limit: int = 10_000) -> ResolveReport:
    """Turn up to ``limit`` of the oldest arrivals, or ``MOST_BYTES`` of them, into events of people.

    ``now`` is the horizon on a virtual clock; ``None`` finds it on the database's. An arrival that cannot be read is
    set aside in ``rejected_arrival`` with the reason; one that breaks what follows is found by halving the batch, so
    that nothing that anybody sends stops what others sent.
    """
    size = limit
    while True:
        try:
            with _undisturbed():
                return _batch(database, now, size)
        except (*_DATA_ERRORS, *_SHAPE_ERRORS) as error:
            if size == 1:
                if not isinstance(error, _DATA_ERRORS):
                    log.warning("an arrival broke the resolver and was set aside", error=repr(error))
                return _set_aside_oldest(database, now, str(getattr(error, "orig", error)).strip())
            size //= 2


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Meanwhile nobody looks for circles among hundreds of thousands of values of which none stands in one."""
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()


def _batch(database: Database, now: datetime | None, limit: int) -> ResolveReport:
    with database.begin("resolve") as connection:
        if not connection.execute(queries.TRY_RESOLVE).scalar_one():
            return ResolveReport(skipped=True)
        horizon = now or _find_horizon(database)
        with by_keys(connection), Copying(connection) as turns:
            read = _read_ahead(turns, connection, horizon, limit)
        rows, facts, reasons, known, more = read.rows, read.facts, read.reasons, read.known, read.more
        if not rows:
            if horizon is not None:
                # losing this commit only means looking again
                connection.execute(_LATER)
                connection.execute(queries.MOVE_HORIZON, {"horizon": horizon})
            return ResolveReport(horizon=horizon)
        clock = now or connection.execute(queries.CLOCK).scalar_one()
        state = _State(*_state_row(connection))
        months = partitions.months_of([f.consent.effective_at if f.consent else f.at for f in facts], clock)
        partitions.ensure(database, months, _partitions.setdefault(database.url, set()))
        with Copying(connection) as turns:
            _remember(turns, connection, rows, state, clock)
            _clear(turns, connection, read, clock)
            parted = strangers.part(facts, known.keys())
            next_person = strangers.number(parted.strangers, state.next_person)
            person_of = {key: who.person for who in parted.strangers for key in who.keys.values()}
            stranger_rows.write(turns, connection, parted.strangers)
        touches.note(
            connection,
            ((who.person, touches.NEW, all(f.backfill for f in who.facts)) for who in parted.strangers),
        )
        found = Match(next_person)
        turned: list[_EventRow] = []
        if parted.rest:
            found = match(connection, parted.rest, known, next_person, clock)
            turned = _write(connection, parted.rest, found, clock)
            person_of |= found.person_of
        events = [
            _EventRow(person_of[f.keys[0]], f.at, f.name, f.props or {}, f, ":".join(f.keys[0]))
            for f in facts
            if f.name is not None
        ]
        events += turned
        _write_events(connection, events, state)
        derive(connection, facts, person_of, known, clock)
        if more:  # losing it means resolving the same arrivals again; the last batch makes all before it durable
            connection.execute(_LATER)
        reached = None if more else horizon
        _move_state(connection, state, found.next_person, len(events), reached)
        return ResolveReport(
            arrivals=len(rows),
            events=len(events),
            people_new=len(parted.strangers) + len(found.new_people),
            merged=len(found.merges),
            rejected=len(reasons),
            horizon=reached,
            more=more,
        )


def _find_horizon(database: Database) -> datetime | None:
    """An instant of which every arrival received until then is visible; ``None`` while a long intake is under way."""
    try:
        with database.begin("read") as connection:
            connection.execute(queries.WAIT_BRIEFLY)
            connection.execute(queries.ALONE_WITH_INTAKE)
            found: datetime = connection.execute(queries.CLOCK).scalar_one()
            return found
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            return None
        raise


def _read_ahead(turns: Copying, connection: Connection, horizon: datetime | None, limit: int) -> _Read:
    """Read the oldest arrivals in pieces: the server brings the next, and looks up identifiers, while one is read."""
    read = _Read()
    region = connection.execute(queries.SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    left, size = limit, MOST_BYTES
    found: list[Future[dict[Key, Known]]] = []
    coming = turns.run(_oldest, connection, horizon, min(left, _PIECE), size, 0)
    while True:
        rows, waiting = coming.result()
        left, size = left - len(rows), size - sum(len(row.body.encode()) for row in rows)
        full = bool(rows) and waiting == len(rows) == min(left + len(rows), _PIECE)
        further = full and left > 0 and size > 0
        if further:
            coming = turns.run(_oldest, connection, horizon, min(left, _PIECE), size, rows[-1].id)
        keys = {key for fact in _read_all(read, rows, region) for key in fact.keys}
        found.append(turns.run(load_identifiers, connection, keys))
        if not further:
            read.more = full or waiting > len(rows)
            break
    for each in found:
        read.known |= each.result()
    return read


def _oldest(
    connection: Connection, horizon: datetime | None, limit: int, size: int, after: int
) -> tuple[list[StoredArrival], int]:
    """The oldest arrivals with numbers above ``after``, and how many there were within the limit."""
    given = {"horizon": horizon, "limit": limit, "bytes": size, "after": after}
    rows = connection.execute(queries.OLDEST, given).all()
    return [StoredArrival._make(row[:-1]) for row in rows], rows[0].waiting if rows else 0


def _state_row(connection: Connection) -> tuple[int, int, datetime | None, int, int]:
    row = connection.execute(queries.STATE).one()
    return row.batch, row.generation, row.generation_at, row.next_person, row.next_event


def _read_all(read: _Read, rows: Sequence[StoredArrival], region: str) -> list[Fact]:
    """Add a piece: its facts, which are returned, each message once, and why the others were set aside."""
    facts: list[Fact] = []
    for row in rows:
        if row.seen or (row.source, row.message_id) in read.once:
            continue
        read.once.add((row.source, row.message_id))
        try:
            facts.append(facts_of(row, region))
        except _SHAPE_ERRORS as error:
            read.reasons[row.id] = str(error) or type(error).__name__
    read.rows += rows
    read.facts += facts
    return facts


def _remember(
    turns: Copying, connection: Connection, rows: Sequence[StoredArrival], state: _State, clock: datetime
) -> None:
    """Remember message ids; after a week the older generation is emptied whole and becomes the newer one."""
    if state.generation_at is None:
        state.generation_at = clock
    elif clock - state.generation_at >= GENERATION:
        state.generation, state.generation_at = 1 - state.generation, clock
        turns.run(connection.execute, text(f"TRUNCATE {seen_message[state.generation].name}"))
    unseen = {(row.source, row.message_id) for row in rows if not row.seen}
    packed = [_SEEN + string(source) + string(message) for source, message in sorted(unseen)]
    turns.rows(seen_message[state.generation], ("source", "message_id"), packed)


def _clear(turns: Copying, connection: Connection, read: _Read, clock: datetime) -> None:
    """Set aside what could not be read, and take all arrivals out."""
    if read.reasons:
        rejected = {"ids": list(read.reasons), "reasons": list(read.reasons.values()), "now": clock}
        turns.run(connection.execute, queries.REJECT, rejected)
    turns.run(connection.execute, queries.DELETE_ARRIVALS, {"ids": Ids([row.id for row in read.rows])})


def _write(connection: Connection, facts: Sequence[Fact], found: Match, clock: datetime) -> list[_EventRow]:
    """Everything but the arrivals' own events; returned are those of consents that turned."""
    ledger = consenting.record(connection, facts, clock)
    profiles.write_people(connection, found, facts)
    merging.carry_over(connection, found, clock)
    holders = holding.write_addresses(connection, found, facts, ledger.changed)
    answering.answer(connection, facts, found.person_of, ledger, clock)
    counting.count_units(connection, facts, ledger)
    promised.note(connection, facts, ledger, clock)
    events = []
    for fact, given, name in ledger.turned:
        about = {found.person_of[fact.keys[0]]}
        if given.state == "unsubscribed":
            about |= {who for who, *held in holders if held == [given.channel, given.address]}
        props = {"channel": given.channel, "address": given.address, "method": given.method}
        via = f"{EMAIL if given.channel == 'email' else PHONE}:{given.address}"
        events += [_EventRow(who, given.effective_at, name, props, fact, via) for who in sorted(about)]
    return events


def _write_events(connection: Connection, events: Iterable[_EventRow], state: _State) -> None:
    rows, news = [], []
    for number, e in enumerate(events, state.next_event):
        bucket, fact = bucket_of(e.person), e.fact
        rest = (fact.received_at, fact.backfill)
        rows.append((bucket, e.person, e.at, number, e.name, as_json(e.props), *rest, e.via, fact.source))
        news.append((bucket, number, state.batch + 1, e.person, e.at, e.name, *rest))
    rows.sort()
    news.sort()
    copy_rows(connection, event, tuple(c.name for c in event.c), rows)
    names = ("bucket", "event", "batch", "person", "at", "name", "received_at", "backfill")
    copy_rows(connection, fresh, names, news)


def _move_state(connection: Connection, state: _State, next_person: int, events: int, horizon: datetime | None) -> None:
    connection.execute(
        queries.MOVE_STATE,
        {
            "batch": state.batch + 1,
            "horizon": horizon,
            "generation": state.generation,
            "generation_at": state.generation_at,
            "next_person": next_person,
            "next_event": state.next_event + events,
        },
    )


def _set_aside_oldest(database: Database, now: datetime | None, reason: str) -> ResolveReport:
    """The one arrival whose data no statement took."""
    with database.begin("resolve") as connection:
        if not connection.execute(queries.TRY_RESOLVE).scalar_one():
            return ResolveReport(skipped=True, more=True)
        rows, _ = _oldest(connection, now, 1, MOST_BYTES, 0)
        clock = now or connection.execute(queries.CLOCK).scalar_one()
        ids = [row.id for row in rows]
        connection.execute(queries.REJECT, {"ids": ids, "reasons": [reason] * len(ids), "now": clock})
        connection.execute(queries.DELETE_ARRIVALS, {"ids": ids})
        return ResolveReport(arrivals=len(ids), rejected=len(ids), more=True)
