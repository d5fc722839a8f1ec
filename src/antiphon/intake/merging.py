"""Carrying what belongs to one person over to another: by INSERT and DELETE, under both buckets' locks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.intake import merge_queries
from antiphon.intake.matching import Match, Split
from antiphon.kit.buckets import bucket_of
from antiphon.people.identifiers import channel_of
from antiphon.store.locks import lock_abuckets, lock_buckets


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
    buckets = sorted({bucket_of(person) for person in people})
    lock_buckets(connection, buckets)
    least = connection.execute(merge_queries.LEAST_FAR, {"buckets": buckets}).one()
    connection.execute(merge_queries.HOLD_BACK, {"buckets": buckets, "through": least.through, "floor": least.floor})
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
    for table in merge_queries.BY_PERSON:
        connection.execute(merge_queries.insert(table), given)
        connection.execute(merge_queries.delete(table.name), given)
    for table in merge_queries.BY_ID:
        connection.execute(merge_queries.insert(table, only_between_buckets=True), given)
        connection.execute(merge_queries.delete(table.name, only_between_buckets=True), given)
        connection.execute(merge_queries.stay(table.name), given)
    for name, statement in merge_queries.SUMMED:
        connection.execute(statement, given)
        connection.execute(merge_queries.delete(name), given)
    lock_abuckets(connection, connection.execute(merge_queries.POINTED_AT, given).scalars().all())
    connection.execute(merge_queries.REPOINT, given)
    connection.execute(merge_queries.ALIASES, {**given, "now": now})
    connection.execute(merge_queries.GONE, given)


def _end_colliding_runs(connection: Connection, merges: Mapping[int, int], now: datetime) -> None:
    """Of the runs that come together under one journey and run key the furthest lives; the others end as merged."""
    people = sorted({p for pair in merges.items() for p in pair})
    rows = connection.execute(merge_queries.RUNS, {"buckets": [bucket_of(p) for p in people], "people": people})
    colliding: defaultdict[tuple[int, int, str], list[_Run]] = defaultdict(list)
    for found in (_Run(*row) for row in rows):
        colliding[merges.get(found.person, found.person), found.journey, found.run_key].append(found)
    ended = [
        late for runs in colliding.values() for late in sorted(runs, key=lambda r: (-r.moves, r.started_at, r.id))[1:]
    ]
    if ended:
        given: dict[str, Any] = {"buckets": [r.bucket for r in ended], "runs": [r.id for r in ended]}
        connection.execute(merge_queries.END_RUNS, {**given, "now": now})
        connection.execute(merge_queries.DROP_RUNS, given)
        connection.execute(merge_queries.DROP_INTENTS, given)


def _split(connection: Connection, splits: Sequence[Split]) -> None:
    """What came by an identifier goes with it; its address row is made anew for the person it goes to."""
    given: dict[str, Any] = _arrays((s.from_person, s.to_person) for s in splits)
    given["vias"] = [f"{s.key[0]}:{s.key[1]}" for s in splits]
    steps = (
        merge_queries.SPLIT_FRESH_BETWEEN,
        merge_queries.SPLIT_FRESH_GONE,
        merge_queries.SPLIT_FRESH_STAY,
        merge_queries.SPLIT_EVENTS,
        merge_queries.SPLIT_EVENTS_GONE,
    )
    for statement in steps:
        connection.execute(statement, given)
    people = sorted({p for s in splits for p in (s.from_person, s.to_person)})
    counted: dict[str, Any] = {"buckets": [bucket_of(p) for p in people], "people": people}
    connection.execute(merge_queries.FORGET_TOTALS, counted)
    connection.execute(merge_queries.RECOUNT, {**counted, "valued": list(merge_queries.VALUED)})
    held = [(s.from_person, channel, s.key[1]) for s in splits if (channel := channel_of(s.key[0]))]
    if held:
        addresses = {
            "buckets": [bucket_of(p) for p, _, _ in held],
            "people": [p for p, _, _ in held],
            "channels": [c for _, c, _ in held],
            "addresses": [a for _, _, a in held],
        }
        connection.execute(merge_queries.SPLIT_ADDRESSES, addresses)
