"""The SQL that all steps share which have something done: asking, and going on with what came of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, Text, and_, case, cast, literal, null, select

from antiphon.audiences.compiler import FOREVER
from antiphon.journeys.asking import ask, forget, park, wake
from antiphon.journeys.errands.tables import errand
from antiphon.journeys.steps.base import (
    END,
    LIMIT,
    TICK,
    Asking,
    Compilation,
    Statements,
    due,
    into_move,
    moves_of_runs,
)
from antiphon.journeys.tables import run
from antiphon.store.schema import Instant

_ANSWERED = errand.c.state.in_(("done", "failed"))
#: What the tick runs for all steps of these kinds.
PARK, WAKE, FORGET = park(errand), wake(errand, _ANSWERED), forget(errand, _ANSWERED)
COLUMNS = ("bucket", "run", "step", "entered_at", "person", "version", "kind", "at", "until", "try_at", "tick")


def statements(
    compilation: Compilation, step: str, kind: str, done: str, failed: str, timeout: timedelta | None = None
) -> Statements:
    """Ask for an errand of ``kind``, and go to ``done`` or ``failed`` once it is answered."""
    asks = ask(errand, COLUMNS, _asks(compilation, step, kind, timeout), ("open", "sent"))
    return Statements(into_move(_moves(compilation, step, done, failed)), asking=Asking(asks, PARK))


def _asks(compilation: Compilation, step: str, kind: str, timeout: timedelta | None) -> Select[Any]:
    until = run.c.wake_at + literal(timeout) if timeout is not None else null()
    return (
        select(
            run.c.bucket,
            run.c.id.label("run"),
            run.c.step,
            run.c.entered_at,
            run.c.person,
            literal(compilation.version, Integer).label("version"),
            literal(kind, Text).label("kind"),
            run.c.wake_at.label("at"),
            cast(until, Instant).label("until"),
            run.c.wake_at.label("try_at"),
            TICK.label("tick"),
        )
        .where(due(compilation.version, step))
        .limit(LIMIT)
    )


def _moves(compilation: Compilation, step: str, done: str, failed: str) -> Select[Any]:
    """The moves of due runs that were answered."""
    then, otherwise = compilation.target(done), compilation.target(failed)
    well = errand.c.state == "done"
    at = run.c.wake_at
    answered = and_(
        errand.c.bucket == run.c.bucket,
        errand.c.run == run.c.id,
        errand.c.step == run.c.step,
        errand.c.entered_at == run.c.entered_at,
        _ANSWERED,
    )
    moves = moves_of_runs(
        at=at,
        to_step=case((well, literal(then.step)), else_=literal(otherwise.step)),
        wake_at=case(
            (well, then.wake(at) if then.step != END else FOREVER),
            else_=otherwise.wake(at) if otherwise.step != END else FOREVER,
        ),
        outcome=case((well, literal(then.outcome)), else_=literal(otherwise.outcome)),
        why=errand.c.why,
    )
    return moves.join(errand, answered).where(due(compilation.version, step)).limit(LIMIT)
