"""Due runs that go on together through several steps of one tick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Executable, Row

from antiphon.decisions.columns import INTENT
from antiphon.decisions.decide import decide
from antiphon.delivery.plan import hand_over
from antiphon.engine.apply import apply_moves, next_tick
from antiphon.engine.failures import blaming
from antiphon.engine.work import Advanced, Work
from antiphon.journeys import queries
from antiphon.journeys.errands.asking import PARK as ERRANDS
from antiphon.journeys.steps.base import Statements
from antiphon.journeys.steps.offer import PARK as CODES

#: How often a run moves in a tick, about; and the least share of a version.
_HOPS, _LEAST = 2, 50


class Cohort:
    """Due runs that go on together, as far as they can within the tick, and are written down once.

    A pass makes a move of each; where it leads to a step at which the run is due again, the next pass starts from the move
    (``LANDED``), not from ``run``. Who comes to a message waits until all others rest: what one person is asked for at once is
    decided together. Where somebody comes to a step that a further pass cannot leave, that is in the next cohort.
    """

    def __init__(self, connection: Connection, work: Work, done: Advanced) -> None:
        self._connection = connection
        self._work = work
        self._done = done
        self._ticks: list[int] = []
        self._behind = False  # somebody is due again at a step that the next cohort begins from

    def carry(self, due: Sequence[Row[Any]]) -> None:
        """``due``: version, step and how many of them."""
        tick, asking = self._start(due)
        while tick is not None or asking:
            asking += self._go_on(tick)
            if self._behind and not self._done.full(self._work):
                break  # who asks for a message is written down as due, and asks again beside them
            tick, asking = self._decide(asking), []
            if self._done.full(self._work):
                break
        if self._ticks:
            apply_moves(self._connection, self._work.buckets, *self._ticks)

    def _start(self, due: Sequence[Row[Any]]) -> tuple[int | None, list["_Asking"]]:
        """The first pass, from ``run``: each due step's SELECT, an equal share for each version. Returns its number if anybody
        moved, and the messages that are asked for."""
        work, tick = self._work, next_tick(self._connection)
        # the moves of a tick are bounded, and most runs move more than once
        share = max(_LEAST, work.limit // _HOPS // len({row.version for row in due}))
        left = dict.fromkeys((row.version for row in due), share)
        moved, asking, pass_ = 0, [], _Pass()
        for row in due:
            allowed = min(row.n, left[row.version])
            if allowed <= 0:
                continue
            left[row.version] -= allowed
            step = work.live[row.version].version.steps[row.step]
            moved += self._step(row, step, pass_, work.values(tick=tick, limit=allowed))
            if step.intents is not None:
                asking.append(_Asking(row.version, row.step, step, {"limit": allowed, "behind": tick}))
        for park in pass_.parks.values():
            self._connection.execute(park, {"buckets": work.buckets, "tick": tick})
        for statement in pass_.tells:
            self._connection.execute(statement, work.values(tick=tick, batch=work.batch))
        self._done.told = self._done.told or bool(pass_.tells)
        return self._moved(tick, moved), asking

    def _step(self, row: Row[Any], step: Statements, pass_: "_Pass", values: Mapping[str, Any]) -> int:
        moved = 0
        with blaming(row.version, f"step {row.step}"):
            if step.moves is not None:
                moved = self._connection.execute(step.moves, values).rowcount
                pass_.tells += step.tells
            if step.asking is not None:
                rest = self._connection.execute(step.asking.asks, values).rowcount
                self._done.errands |= rest > 0 and step.asking.park is ERRANDS
                self._done.codes |= rest > 0 and step.asking.park is CODES
                self._done.asked += rest
                pass_.parks[id(step.asking.park)] = step.asking.park
        return moved

    def _go_on(self, tick: int | None) -> list["_Asking"]:
        """Further passes behind ``tick``, until all rest or come to a message, or the tick has done its share; returns these
        messages."""
        asking: list[_Asking] = []
        while tick is not None and not self._done.full(self._work):
            at = {"buckets": self._work.buckets, "tick": tick, "now": self._work.now}
            landed = self._connection.execute(queries.LANDED_STEPS, at).all()
            behind, moved = tick, 0
            tick = next_tick(self._connection) if landed else tick
            for row in landed:
                onward = self._onward(row)
                if onward is None:
                    self._behind = True
                    continue
                values = {"limit": row.n, "behind": behind}
                if onward.intents is not None:
                    asking.append(_Asking(row.version, row.step, onward, values))
                if onward.moves is not None:
                    with blaming(row.version, f"step {row.step}, onward"):
                        result = self._connection.execute(onward.moves, self._work.values(tick=tick, **values))
                    moved += result.rowcount
            tick = self._moved(tick, moved)
        return asking

    def _onward(self, row: Row[Any]) -> Statements | None:
        live = self._work.live.get(row.version)
        return live.version.steps[row.step].onward if live is not None and live.moving else None

    def _decide(self, asking: Sequence["_Asking"]) -> int | None:
        """Decide what is asked for, have those runs move on from the decided moment, hand the messages over."""
        connection, work = self._connection, self._work
        asked: list[Row[Any]] = []
        for one in asking:
            assert one.step.intents is not None
            with blaming(one.version, f"step {one.name}: intent"):
                asked += connection.execute(one.step.intents, work.values(**one.values)).all()
        if not asked:
            return None
        tick = next_tick(connection)
        columns = dict(zip(INTENT, zip(*asked, strict=True), strict=True))
        report = decide(connection, work.now, columns, tick, work.policies, work.settings)
        moved = 0
        for one in asking:
            assert one.step.after is not None
            with blaming(one.version, f"step {one.name}: after the decision"):
                moved += connection.execute(one.step.after, work.values(tick=tick, **one.values)).rowcount
        self._done.decided += report.decided
        self._done.planned += hand_over(connection, work.now, work.buckets, tick)
        return self._moved(tick, moved)

    def _moved(self, tick: int, number: int) -> int | None:
        if not number:
            return None
        self._ticks.append(tick)
        self._done.moved += number
        self._done.passes += 1
        return tick


@dataclass(frozen=True, slots=True)
class _Asking:
    """A step that asks for messages, with what its statements are to know besides what all do: where its runs are found."""

    version: int
    name: str
    step: Statements
    values: Mapping[str, Any]


@dataclass(slots=True)
class _Pass:
    """What is to be done behind the moves of a pass."""

    parks: dict[int, Executable] = field(default_factory=dict)
    tells: list[Executable] = field(default_factory=list)
