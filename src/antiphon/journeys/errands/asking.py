"""The SQL that all steps share which have something done: asking, and going on with what came of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, Text, cast, literal, null, select

from antiphon.journeys.asking import Ways, answered_moves, ask, forget, park, wake
from antiphon.journeys.errands.tables import errand
from antiphon.journeys.steps.base import (
    LIMIT,
    TICK,
    Asking,
    Compilation,
    Statements,
    into_move,
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
    ways = Ways(errand.c.state == "done", done, failed)
    moves = answered_moves(errand, _ANSWERED, compilation, step, ways, errand.c.why)
    return Statements(into_move(moves), asking=Asking(asks, PARK))


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
        .where(compilation.due(step))
        .limit(LIMIT)
    )
