"""Carrying what belongs to one person over to another: by INSERT and DELETE, under both buckets' locks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, TextClause, text

from antiphon.decisions.tables import decision, intent
from antiphon.intake.matching import Match, Split
from antiphon.journeys.tables import entry, move, run, run_done, watch
from antiphon.kit.buckets import bucket_of
from antiphon.people.identifiers import channel_of
from antiphon.people.tables import event, fresh, person_address
from antiphon.store.locks import lock_abuckets, lock_buckets

_PAIRS = (
    "unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[])) m(from_bucket, from_person, to_bucket, to_person)"
)
_FROM = "t.bucket = m.from_bucket AND t.person = m.from_person"

#: Tables whose key has the person in it, and those whose key does not.
_BY_PERSON = (event, entry, person_address)
_BY_ID = (fresh, run, run_done, move, intent, decision)

_TOTALS = text(
    "INSERT INTO event_total (bucket, person, name, n, value, first_at, last_at) "
    "SELECT m.to_bucket, m.to_person, t.name, sum(t.n), sum(t.value), min(t.first_at), max(t.last_at) "
    f"FROM {_PAIRS} JOIN event_total t ON {_FROM} GROUP BY 1, 2, 3 "
    "ON CONFLICT (bucket, person, name) DO UPDATE SET n = event_total.n + excluded.n, "
    "value = event_total.value + excluded.value, first_at = least(event_total.first_at, excluded.first_at), "
    "last_at = greatest(event_total.last_at, excluded.last_at)"
)
_ENGAGEMENT = text(
    "INSERT INTO engagement (bucket, person, channel, last_at, responses) "
    "SELECT m.to_bucket, m.to_person, t.channel, max(t.last_at), sum(t.responses) "
    f"FROM {_PAIRS} JOIN engagement t ON {_FROM} GROUP BY 1, 2, 3 "
    "ON CONFLICT (bucket, person, channel) DO UPDATE SET last_at = greatest(engagement.last_at, excluded.last_at), "
    "responses = engagement.responses + excluded.responses"
)
# Of two open abandonments the newer stays open, whole; several people may come together in one.
_OPEN = tuple(c.name for c in watch.c if c.name.startswith("open_"))
_TIMES = tuple(c.name for c in watch.c if c.name not in {"bucket", "person", "armed", *_OPEN})
_WATCH = text(
    f"INSERT INTO watch (bucket, person, armed, {', '.join(_TIMES + _OPEN)}) "
    "SELECT m.to_bucket, m.to_person, bool_or(t.armed), "
    + ", ".join(f"max(t.{name})" for name in _TIMES)
    + ", "
    + ", ".join(f"(array_agg(t.{name} ORDER BY t.open_at DESC NULLS LAST))[1]" for name in _OPEN)
    + f" FROM {_PAIRS} JOIN watch t ON {_FROM} GROUP BY 1, 2 "
    "ON CONFLICT (bucket, person) DO UPDATE SET armed = watch.armed OR excluded.armed, "
    + ", ".join(f"{name} = greatest(watch.{name}, excluded.{name})" for name in _TIMES)
    + ", "
    + ", ".join(
        f"{name} = CASE WHEN watch.open_at IS NULL OR excluded.open_at > watch.open_at "
        f"THEN excluded.{name} ELSE watch.{name} END"
        for name in _OPEN
    )
)
_SUMMED = (("event_total", _TOTALS), ("engagement", _ENGAGEMENT), ("watch", _WATCH))

_ALIASES = text(
    "INSERT INTO alias (bucket, person, to_bucket, to_person, at, reason) "
    f"SELECT m.from_bucket, m.from_person, m.to_bucket, m.to_person, :now, 'merged' FROM {_PAIRS} "
    "ON CONFLICT DO NOTHING"
)
_GONE = text(f"DELETE FROM person t USING {_PAIRS} WHERE t.bucket = m.from_bucket AND t.id = m.from_person")

_RUNS = text(
    "SELECT t.bucket, t.id, t.person, t.journey, t.run_key, t.moves, t.started_at "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person) "
    "JOIN run t ON t.bucket = k.bucket AND t.person = k.person"
)
_RUN_IDS = "unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[])) k(bucket, run)"
_END_RUNS = text(
    "INSERT INTO run_done (bucket, id, person, journey, version, run_key, n, step, outcome, moves, occasion_at, "
    "occasion_event, started_at, ended_at) "
    "SELECT t.bucket, t.id, t.person, t.journey, t.version, t.run_key, t.n, t.step, 'merged', t.moves, t.occasion_at, "
    f"t.occasion_event, t.started_at, :now FROM {_RUN_IDS} JOIN run t ON t.bucket = k.bucket AND t.id = k.run "
    "ON CONFLICT DO NOTHING"
)
_DROP_RUNS = text(f"DELETE FROM run t USING {_RUN_IDS} WHERE t.bucket = k.bucket AND t.id = k.run")
_DROP_INTENTS = text(f"DELETE FROM intent t USING {_RUN_IDS} WHERE t.bucket = k.bucket AND t.run = k.run")

# The outbox is keyed by address; its pointer to the person is found by an index of its own.
_POINTED_AT = text(
    f"SELECT DISTINCT t.abucket FROM {_PAIRS} JOIN outbox t ON t.bucket = m.from_bucket AND t.person = m.from_person"
)
_REPOINT = text(
    f"UPDATE outbox t SET bucket = m.to_bucket, person = m.to_person FROM {_PAIRS} "
    "WHERE t.bucket = m.from_bucket AND t.person = m.from_person"
)


@dataclass(frozen=True, slots=True)
class _Run:
    bucket: int
    id: int
    person: int
    journey: int
    run_key: str
    moves: int
    started_at: datetime


def carry_over(connection: Connection, result: Match, now: datetime) -> None:
    """Carry out the splits and merges of ``result``. Events keep their ``fresh`` row when they still have one.

    No ``fresh`` row is made for what moves: history gained by a merge may end runs, never start them.
    """
    if not result.merges and not result.splits:
        return
    people = {p for pair in result.merges.items() for p in pair}
    people |= {p for split in result.splits for p in (split.from_person, split.to_person)}
    lock_buckets(connection, [bucket_of(person) for person in people])
    if result.splits:
        _split(connection, result.splits)
    if result.merges:
        _merge(connection, result.merges, now)


def _arrays(pairs: Iterable[tuple[int, int]]) -> dict[str, list[int]]:
    pairs = list(pairs)
    return {
        "from_buckets": [bucket_of(a) for a, _ in pairs],
        "from_people": [a for a, _ in pairs],
        "to_buckets": [bucket_of(b) for _, b in pairs],
        "to_people": [b for _, b in pairs],
    }


def _merge(connection: Connection, merges: Mapping[int, int], now: datetime) -> None:
    given = _arrays(merges.items())
    _end_colliding_runs(connection, merges, now)
    for table in _BY_PERSON:
        connection.execute(_insert(table), given)
        connection.execute(_delete(table.name), given)
    for table in _BY_ID:
        connection.execute(_insert(table, only_between_buckets=True), given)
        connection.execute(_delete(table.name, only_between_buckets=True), given)
        connection.execute(_stay(table.name), given)
    for name, statement in _SUMMED:
        connection.execute(statement, given)
        connection.execute(_delete(name), given)
    lock_abuckets(connection, connection.execute(_POINTED_AT, given).scalars().all())
    connection.execute(_REPOINT, given)
    connection.execute(_ALIASES, {**given, "now": now})
    connection.execute(_GONE, given)


@cache
def _insert(table: Table, *, only_between_buckets: bool = False) -> TextClause:
    others = [c.name for c in table.c if c.name not in {"bucket", "person"}]
    where = " WHERE m.from_bucket <> m.to_bucket" if only_between_buckets else ""
    return text(
        f"INSERT INTO {table.name} (bucket, person, {', '.join(others)}) "
        f"SELECT m.to_bucket, m.to_person, {', '.join('t.' + name for name in others)} "
        f"FROM {_PAIRS} JOIN {table.name} t ON {_FROM}{where} ON CONFLICT DO NOTHING"
    )


@cache
def _delete(name: str, *, only_between_buckets: bool = False) -> TextClause:
    where = " AND m.from_bucket <> m.to_bucket" if only_between_buckets else ""
    return text(f"DELETE FROM {name} t USING {_PAIRS} WHERE {_FROM}{where}")


@cache
def _stay(name: str) -> TextClause:
    """Between two people of one bucket a row that is keyed by its own id stays and changes its person."""
    return text(f"UPDATE {name} t SET person = m.to_person FROM {_PAIRS} WHERE {_FROM} AND m.from_bucket = m.to_bucket")


def _end_colliding_runs(connection: Connection, merges: Mapping[int, int], now: datetime) -> None:
    """Of the runs that come together under one journey and run key the furthest lives; the others end as merged."""
    people = sorted({p for pair in merges.items() for p in pair})
    rows = connection.execute(_RUNS, {"buckets": [bucket_of(p) for p in people], "people": people})
    colliding: defaultdict[tuple[int, int, str], list[_Run]] = defaultdict(list)
    for found in (_Run(*row) for row in rows):
        colliding[merges.get(found.person, found.person), found.journey, found.run_key].append(found)
    ended = [
        late for runs in colliding.values() for late in sorted(runs, key=lambda r: (-r.moves, r.started_at, r.id))[1:]
    ]
    if ended:
        given: dict[str, Any] = {"buckets": [r.bucket for r in ended], "runs": [r.id for r in ended]}
        connection.execute(_END_RUNS, {**given, "now": now})
        connection.execute(_DROP_RUNS, given)
        connection.execute(_DROP_INTENTS, given)


_SPLITS = (
    "unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[]), cast(:vias AS text[])) m(from_bucket, from_person, to_bucket, to_person, via)"
)
_MOVED_EVENTS = f"{_SPLITS} JOIN event e ON e.bucket = m.from_bucket AND e.person = m.from_person AND e.via = m.via"
_SPLIT_FRESH_BETWEEN = text(
    "INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill) "
    "SELECT m.to_bucket, t.event, t.batch, m.to_person, t.at, t.name, t.received_at, t.backfill "
    f"FROM {_MOVED_EVENTS} JOIN fresh t ON t.bucket = e.bucket AND t.event = e.id "
    "WHERE m.from_bucket <> m.to_bucket"
)
_SPLIT_FRESH_GONE = text(
    f"DELETE FROM fresh t USING {_MOVED_EVENTS} WHERE t.bucket = e.bucket AND t.event = e.id "
    "AND m.from_bucket <> m.to_bucket"
)
_SPLIT_FRESH_STAY = text(
    f"UPDATE fresh t SET person = m.to_person FROM {_MOVED_EVENTS} WHERE t.bucket = e.bucket AND t.event = e.id "
    "AND m.from_bucket = m.to_bucket"
)
_EVENT_REST = ", ".join(c.name for c in event.c if c.name not in {"bucket", "person"})
_SPLIT_EVENTS = text(
    f"INSERT INTO event (bucket, person, {_EVENT_REST}) SELECT m.to_bucket, m.to_person, "
    f"{', '.join('e.' + name for name in _EVENT_REST.split(', '))} FROM {_MOVED_EVENTS}"
)
_SPLIT_EVENTS_GONE = text(
    f"DELETE FROM event e USING {_SPLITS} WHERE e.bucket = m.from_bucket AND e.person = m.from_person AND e.via = m.via"
)
_SPLIT_ADDRESSES = text(
    "DELETE FROM person_address t USING unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), "
    "cast(:channels AS text[]), cast(:addresses AS text[])) k(bucket, person, channel, address) "
    "WHERE t.bucket = k.bucket AND t.person = k.person AND t.channel = k.channel AND t.address = k.address"
)

#: Events whose revenue, or total, a person's totals add up; the same as the tick's.
VALUED = ("Order Completed",)
_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"
_FORGET_TOTALS = text(f"DELETE FROM event_total t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
# What still has a fresh row will be counted by the tick.
_RECOUNT = text(
    "INSERT INTO event_total (bucket, person, name, n, value, first_at, last_at) "
    "SELECT e.bucket, e.person, e.name, count(*), coalesce(sum(CASE WHEN e.name <> ALL(:valued) THEN NULL "
    "WHEN jsonb_typeof(e.props->'revenue') = 'number' THEN (e.props->>'revenue')::numeric "
    "WHEN jsonb_typeof(e.props->'total') = 'number' THEN (e.props->>'total')::numeric END), 0), min(e.at), max(e.at) "
    f"FROM {_PEOPLE} JOIN event e ON e.bucket = k.bucket AND e.person = k.person "
    "LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id WHERE f.event IS NULL GROUP BY 1, 2, 3"
)


def _split(connection: Connection, splits: Sequence[Split]) -> None:
    """What came by an identifier goes with it; its address row is made anew for the person it goes to."""
    given: dict[str, Any] = _arrays((s.from_person, s.to_person) for s in splits)
    given["vias"] = [f"{s.key[0]}:{s.key[1]}" for s in splits]
    steps = (_SPLIT_FRESH_BETWEEN, _SPLIT_FRESH_GONE, _SPLIT_FRESH_STAY, _SPLIT_EVENTS, _SPLIT_EVENTS_GONE)
    for statement in steps:
        connection.execute(statement, given)
    people = sorted({p for s in splits for p in (s.from_person, s.to_person)})
    counted: dict[str, Any] = {"buckets": [bucket_of(p) for p in people], "people": people}
    connection.execute(_FORGET_TOTALS, counted)
    connection.execute(_RECOUNT, {**counted, "valued": list(VALUED)})
    held = [(s.from_person, channel, s.key[1]) for s in splits if (channel := channel_of(s.key[0]))]
    if held:
        addresses = {
            "buckets": [bucket_of(p) for p, _, _ in held],
            "people": [p for p, _, _ in held],
            "channels": [c for _, c, _ in held],
            "addresses": [a for _, _, a in held],
        }
        connection.execute(_SPLIT_ADDRESSES, addresses)
