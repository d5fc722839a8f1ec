"""Steps that ask a stage for something and rest until it has answered.

The tick writes the ask and parks the run; a stage of its own answers; the next tick wakes the run as of the instant of the
answer, and forgets the ask once the run has gone on. Asks have the columns bucket, run, step, entered_at, tick, answered_at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from antiphon.audiences.compiler import FOREVER
from antiphon.journeys.steps.base import BUCKETS, FLOOR, LIMIT, TICK, Compilation, moves_of_runs
from antiphon.journeys.tables import run
from antiphon.store.schema import Instant


@dataclass(frozen=True, slots=True)
class Ways:
    """Where an answer leads: to the step ``then`` when it went ``well``, else to ``otherwise``."""

    well: ColumnElement[bool]
    then: str
    otherwise: str


def ask(asks: Table, columns: Sequence[str], rows: Select[Any], waiting: Sequence[str]) -> Executable:
    """Whoever asks again while nobody has answered (``waiting``: states) is parked again; who was answered moves in this
    very pass."""
    asking = insert(asks).from_select(columns, rows)
    # written out: behind ON CONFLICT a cluster hands on no parameter of a statement whose rows come from a query
    states: BindParameter[Any] = bindparam("waiting", list(waiting), expanding=True, literal_execute=True)
    return asking.on_conflict_do_update(
        index_elements=["bucket", "run", "step", "entered_at"],
        set_={"tick": asking.excluded.tick},
        where=asks.c.state.in_(states),
    )


def park(asks: Table) -> Executable:
    """Runs that asked in the pass ``tick`` rest."""
    asked = and_(asks.c.bucket == func.any(BUCKETS), asks.c.tick == TICK)
    return update(run).values(wake_at=FOREVER).where(asked, _asker(asks))


def wake(asks: Table, answered: ColumnElement[bool]) -> Executable:
    """Who was answered goes on, from the instant of the answer; below the floor nobody would look."""
    return (
        update(run)
        .values(wake_at=func.greatest(asks.c.answered_at, cast(FLOOR, Instant)))
        .where(asks.c.bucket == func.any(BUCKETS), answered, _asker(asks), run.c.wake_at == FOREVER)
    )


def answered_moves(
    asks: Table, answered: ColumnElement[bool], compilation: Compilation, step: str, ways: Ways, why: ColumnElement[Any]
) -> Select[Any]:
    """The moves of due runs that were answered, each by the first of the two ways when it went well, else by the other."""
    then, otherwise = compilation.target(ways.then), compilation.target(ways.otherwise)
    well, at = ways.well, run.c.wake_at
    moves = moves_of_runs(
        at=at,
        to_step=case((well, literal(then.step)), else_=literal(otherwise.step)),
        wake_at=case((well, then.wake(at)), else_=otherwise.wake(at)),
        outcome=case((well, literal(then.outcome)), else_=literal(otherwise.outcome)),
        why=why,
    )
    return moves.join(asks, and_(_asker(asks), answered)).where(compilation.due(step)).limit(LIMIT)


def forget(asks: Table, answered: ColumnElement[bool]) -> Executable:
    """Answered asks of which the run has gone on."""
    return delete(asks).where(asks.c.bucket == func.any(BUCKETS), answered, ~exists().where(_asker(asks)))


def _asker(asks: Table) -> ColumnElement[bool]:
    return and_(
        run.c.bucket == asks.c.bucket,
        run.c.id == asks.c.run,
        run.c.step == asks.c.step,
        run.c.entered_at == asks.c.entered_at,
    )
