"""Carrying what belongs to one person over to another: by INSERT and DELETE, under both buckets' locks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.audiences import touches
from antiphon.audiences.segments.carrying import counted
from antiphon.catalogue.offers.carrying import merge_codes
from antiphon.delivery.recall import call_off_doubles
from antiphon.intake import merge_queries
from antiphon.intake.homes import Match, Revived
from antiphon.intake.splitting import carry_splits
from antiphon.kit.buckets import bucket_of
from antiphon.people.identifiers import Key
from antiphon.store.locks import lock_abuckets, lock_buckets


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way, as far as a merge must know it."""

    bucket: int
    id: int
    person: int
    journey: int
    run_key: str
    moves: int
    started_at: datetime


def carry_over(connection: Connection, result: Match, now: datetime) -> None:
    """Carry out the splits and merges of ``result``. Events keep their ``fresh`` row when they still have one.

    All locks are taken here, in order, before anything moves: whoever took some of them later would wait for somebody who
    waits for the others.

    No ``fresh`` row is made for what moves: history gained by a merge may end runs, never start them.
    """
    if not result.merges and not result.splits:
        return
    people = {p for pair in result.merges.items() for p in pair}
    people |= {p for split in result.splits for p in (split.from_person, split.to_person)}
    buckets = sorted({bucket_of(person) for person in people})
    lock_buckets(connection, buckets)
    where = {"buckets": [bucket_of(person) for person in people], "people": list(people)}
    lock_abuckets(connection, connection.execute(merge_queries.POINTED_AT, where).scalars().all())
    least = connection.execute(merge_queries.LEAST_FAR, {"buckets": buckets}).one()
    connection.execute(merge_queries.HOLD_BACK, {"buckets": buckets, "through": least.through, "floor": least.floor})
    if result.splits:
        _revive(connection, result.revived)
        carry_splits(connection, result.splits)
    if result.merges:
        with counted(connection, result.merges.keys() | set(result.merges.values())):
            _merge(connection, result.merges, result.strongest, now)
    touches.note(connection, ((person, touches.MOVED, True) for person in people - result.merges.keys()))


def _arrays(pairs: Iterable[tuple[int, int]]) -> dict[str, list[int]]:
    pairs = list(pairs)
    return {
        "from_buckets": [bucket_of(a) for a, _ in pairs],
        "from_people": [a for a, _ in pairs],
        "to_buckets": [bucket_of(b) for _, b in pairs],
        "to_people": [b for _, b in pairs],
    }


def _revive(connection: Connection, revived: Mapping[int, Revived]) -> None:
    """Who was an alias is a person again; who had been merged into them before is their alias again."""
    if not revived:
        return
    people = list(revived)
    connection.execute(merge_queries.REVIVED, {"buckets": [bucket_of(p) for p in people], "people": people})
    follow = [(follower, person) for person, found in revived.items() for follower in found.followers]
    if follow:
        pairs = _arrays(follow)
        renamed = {"buckets": pairs["from_buckets"], "people": pairs["from_people"]}
        connection.execute(merge_queries.POINT_ALIASES, pairs | renamed)


def _merge(connection: Connection, merges: Mapping[int, int], strongest: Mapping[int, Key], now: datetime) -> None:
    given = _arrays(merges.items())
    _end_colliding_runs(connection, merges, now)
    for table in merge_queries.BY_PERSON:
        connection.execute(merge_queries.insert(table), given)
        connection.execute(merge_queries.delete(table.name), given)
    for table in merge_queries.BY_ID:
        connection.execute(merge_queries.insert(table, only_between_buckets=True), given)
        connection.execute(merge_queries.delete(table.name, only_between_buckets=True), given)
        connection.execute(merge_queries.stay(table.name), given)
    merge_codes(connection, merges)
    for name, statement in merge_queries.SUMMED:
        connection.execute(statement, given)
        connection.execute(merge_queries.delete(name), given)
    connection.execute(merge_queries.REPOINT, given)
    call_off_doubles(connection, now, sorted(set(merges.values())))
    connection.execute(merge_queries.REPOINT_ALIASES, given)
    ends = {
        "kinds": [strongest[loser][0] for loser in merges],
        "values": [strongest[loser][1] for loser in merges],
        "other_kinds": [strongest[winner][0] for winner in merges.values()],
        "other_values": [strongest[winner][1] for winner in merges.values()],
    }
    connection.execute(merge_queries.ALIASES, {**given, **ends, "now": now})
    connection.execute(merge_queries.GONE, given)


def colliding_runs(connection: Connection, merges: Mapping[int, int]) -> list[Run]:
    """The runs that a merge ends: of those under one journey and run key the furthest lives."""
    people = sorted({p for pair in merges.items() for p in pair})
    rows = connection.execute(merge_queries.RUNS, {"buckets": [bucket_of(p) for p in people], "people": people})
    colliding: defaultdict[tuple[int, int, str], list[Run]] = defaultdict(list)
    for found in (Run(*row) for row in rows):
        colliding[merges.get(found.person, found.person), found.journey, found.run_key].append(found)
    return [
        late for runs in colliding.values() for late in sorted(runs, key=lambda r: (-r.moves, r.started_at, r.id))[1:]
    ]


def _end_colliding_runs(connection: Connection, merges: Mapping[int, int], now: datetime) -> None:
    if ended := colliding_runs(connection, merges):
        given: dict[str, Any] = {"buckets": [r.bucket for r in ended], "runs": [r.id for r in ended]}
        connection.execute(merge_queries.END_RUNS, {**given, "now": now})
        connection.execute(merge_queries.DROP_RUNS, given)
