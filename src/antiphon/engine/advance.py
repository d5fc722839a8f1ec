"""The second half of a tick: due runs move in passes, intents are decided, messages are handed to the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, Row

from antiphon.decisions.decide import decide
from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.settings import BrandSettings
from antiphon.delivery.plan import hand_over
from antiphon.engine.apply import apply_moves, next_tick
from antiphon.engine.failures import blaming, passing_over
from antiphon.journeys import queries
from antiphon.journeys.errands.asking import PARK as ERRANDS
from antiphon.journeys.registry import Live
from antiphon.journeys.steps.offer import PARK as CODES

#: How far one pass looks into a backlog; what lies beyond waits for its turn.
LOOK = 200_000
#: A run that moves more often than this in one tick waits for the next: a guard, not a rule.
PASSES = 50


@dataclass(frozen=True, slots=True)
class Work:
    """What one tick may carry forward."""

    now: datetime
    buckets: list[int]
    floor: datetime
    live: Mapping[int, Live]
    policies: Mapping[tuple[int, str], MessagePolicy]
    settings: BrandSettings
    limit: int
    batch: int  # the resolver's last, under which what steps tell becomes fresh
    standing: bool = False  # there are versions whose runs may not move

    def values(self, **more: Any) -> dict[str, Any]:
        return {"now": self.now, "buckets": self.buckets, "floor": self.floor, **more}

    def moving(self) -> list[int]:
        """The versions whose runs may move."""
        return [number for number, one in self.live.items() if one.moving]


@dataclass(slots=True)
class Advanced:
    moved: int = 0
    asked: int = 0
    decided: int = 0
    planned: int = 0
    errands: bool = False  # some were asked for
    codes: bool = False  # some were asked for, perhaps of offers that there are not
    told: bool = False  # there are fresh events of what steps told
    drained: bool = False  # no run that may move is due any more
    standing: bool = False  # due runs of paused or held versions stay behind


def advance(connection: Connection, work: Work) -> Advanced:
    """Carry due runs forward until none is due, or the tick has done its share."""
    done = Advanced()
    versions = work.moving()
    for _ in range(PASSES):
        due = connection.execute(queries.DUE_STEPS, work.values(look=LOOK, versions=versions)).all()
        if due:
            before = done.moved + done.asked
            rest = _pass(connection, work, due, work.limit - done.moved, done)
            if rest and done.moved + done.asked > before and done.moved < work.limit:
                continue
        decided = _decide(connection, work, done)
        if not due and not decided:
            done.drained = True
            break
        if done.moved >= work.limit:
            break
    if done.drained and work.standing:
        done.standing = connection.execute(queries.ANY_STANDING, work.values(versions=versions)).scalar_one()
    return done


def _pass(connection: Connection, work: Work, ready: Sequence[Row[Any]], limit: int, done: Advanced) -> bool:
    """One pass: each due step's SELECT, an equal share for each version, then the moves are applied.

    Returns whether anything may be due behind it. Nothing is where all that was due asked for a message: then it is
    decided at once, and nobody need rest until then.
    """
    tick = next_tick(connection)
    share = max(50, limit // len({row.version for row in ready}))
    left = dict.fromkeys((row.version for row in ready), share)
    moved = asked = others = 0
    parks: dict[int, Executable] = {}
    tells: list[Executable] = []
    for row in ready:
        allowed = min(row.n, left[row.version])
        if allowed <= 0:
            continue
        left[row.version] -= allowed
        step = work.live[row.version].version.steps[row.step]
        values = work.values(tick=tick, limit=allowed)
        with blaming(row.version, f"step {row.step}"):
            if step.moves is not None:
                moved += connection.execute(step.moves, values).rowcount
                tells += step.tells
            if step.intents is not None:
                asked += connection.execute(step.intents, values).rowcount
            if step.asking is not None:
                rest = connection.execute(step.asking.asks, values).rowcount
                done.errands |= rest > 0 and step.asking.park is ERRANDS
                done.codes |= rest > 0 and step.asking.park is CODES
                others += rest
                parks[id(step.asking.park)] = step.asking.park
    for park in parks.values():
        connection.execute(park, {"buckets": work.buckets, "tick": tick})
    for statement in tells:
        connection.execute(statement, work.values(tick=tick, batch=work.batch))
    rest = bool(asked < sum(row.n for row in ready))
    if asked and rest:
        connection.execute(queries.PARK_RUNS, {"buckets": work.buckets, "tick": tick})
    if moved:
        apply_moves(connection, work.buckets, tick)
    done.told = done.told or bool(tells)
    done.moved += moved
    done.asked += asked + others
    return rest


def _decide(connection: Connection, work: Work, done: Advanced) -> int:
    """Decide what was asked for, move those runs on from the decided moment, hand the messages over."""
    tick = next_tick(connection)
    report = decide(connection, work.now, work.buckets, tick, work.policies, work.settings)
    if not report.decided:
        return 0
    for one in work.live.values():
        for step, statements in one.version.steps.items():
            if statements.after is not None:
                with passing_over(connection, one, f"step {step} after its decision"):
                    connection.execute(statements.after, {"buckets": work.buckets, "tick": tick})
    apply_moves(connection, work.buckets, tick)
    done.decided += report.decided
    done.planned += hand_over(connection, work.now, work.buckets, tick)
    return report.decided
