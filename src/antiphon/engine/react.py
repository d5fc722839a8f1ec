"""The first half of a tick: what fresh events do to people and to their runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.audiences.segments.upkeep import Kept
from antiphon.engine import queries
from antiphon.engine.apply import apply_moves, next_tick
from antiphon.engine.counting import count
from antiphon.engine.failures import blaming, passing_over
from antiphon.journeys import abandonment
from antiphon.journeys.abandonment import AbandonmentSettings
from antiphon.journeys.registry import Live
from antiphon.store.planner import by_keys


@dataclass(frozen=True, slots=True)
class Scope:
    """What one tick works on: whose buckets, as of when, which whole batches of fresh events."""

    now: datetime
    buckets: list[int]
    batch: int

    def values(self, **more: Any) -> dict[str, Any]:
        return {"now": self.now, "buckets": self.buckets, "batch": self.batch, **more}


@dataclass(frozen=True, slots=True)
class Reacted:
    events: int
    derived: int
    entered: int
    moved: int
    segments: Kept


def react(
    connection: Connection,
    scope: Scope,
    live: list[Live],
    zone: int,
    settings: AbandonmentSettings,
    fresh: int,
    segments: Callable[[], Kept],
) -> Reacted:
    """React to the fresh events of the scope, and to the silence of those who abandoned something; then forget them.

    ``segments`` brings those up to date once everything is counted that they ask for.
    """
    names: set[str] = set(connection.execute(queries.FRESH_NAMES, scope.values()).scalars()) if fresh else set()
    if fresh:
        names |= abandonment.record(connection, scope.buckets, scope.batch, names)
    derived = abandonment.derive(connection, scope.now, scope.buckets, scope.batch, settings)
    names |= derived
    if names:  # behind what is derived: that has happened as well, and is fresh in no other tick
        with by_keys(connection):
            count(connection, scope.values, names, zone)
    kept = segments()
    names |= kept.names
    moved = entered = 0
    if names:
        with by_keys(connection):
            moved = _end_and_wake(connection, scope, live, names)
            _mark_late_exits(connection, scope, live, names)
            entered = _enter(connection, scope, live, names)
            _note_goals(connection, scope, live, names)
        connection.execute(queries.DELETE_FRESH, scope.values())
    return Reacted(fresh, len(derived), entered, moved, kept)


def _end_and_wake(connection: Connection, scope: Scope, live: list[Live], names: set[str]) -> int:
    """Exits first: of two moves in one pass the first one made counts, and an order outweighs a click."""
    ends = [("exit", one, reaction) for one in live for reaction in one.version.exits]
    ends += [("wake", one, reaction) for one in live if one.moving for reaction in one.version.wakes]
    reactions = [
        (one, f"{kind} on {', '.join(sorted(reaction.events))}", reaction)
        for kind, one, reaction in ends
        if not reaction.events.isdisjoint(names)
    ]
    if not reactions:
        return 0
    tick = next_tick(connection)
    moved = 0
    for one, where, reaction in reactions:
        with passing_over(connection, one, where):
            moved += connection.execute(reaction.statement, scope.values(tick=tick)).rowcount
    if moved:
        apply_moves(connection, scope.buckets, tick)
    return moved


def _mark_late_exits(connection: Connection, scope: Scope, live: list[Live], names: set[str]) -> None:
    """Ends of runs that were finished already: a message of theirs may still wait."""
    for one in live:
        for reaction in one.version.late_exits:
            if not reaction.events.isdisjoint(names):
                with passing_over(connection, one, f"late exit on {', '.join(sorted(reaction.events))}"):
                    connection.execute(reaction.statement, scope.values())


def _note_goals(connection: Connection, scope: Scope, live: list[Live], names: set[str]) -> None:
    """Behind the entries, so that what came together with a trigger and after it counts."""
    for one in live:
        goal = one.version.goal
        if goal is not None and not goal.events.isdisjoint(names):
            with passing_over(connection, one, f"goal on {', '.join(sorted(goal.events))}"):
                connection.execute(goal.statement, scope.values())


def _enter(connection: Connection, scope: Scope, live: list[Live], names: set[str]) -> int:
    entered = 0
    for one in live:
        version = one.version
        if not one.entering or version.enter.events.isdisjoint(names):
            continue
        values = scope.values(tick=next_tick(connection))
        with blaming(version.id, "trigger"):
            made = connection.execute(version.enter.statement, values).rowcount
            if made:
                connection.execute(version.start, values)
        entered += made
    return entered
