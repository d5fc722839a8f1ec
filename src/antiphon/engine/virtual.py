"""Carrying the real engine along a virtual clock: for the demo, for tests, for rehearsals."""

from collections.abc import Callable
from datetime import datetime, timedelta

from antiphon.engine.engine import CycleReport, Engine

#: Stages look at least this often, as a worker does on the real clock: what falls due later they need not announce.
LONGEST = timedelta(minutes=30)


def carry(
    engine: Engine,
    since: datetime,
    until: datetime,
    step: timedelta,
    on_step: Callable[[datetime], bool | None] | None = None,
    after_step: Callable[[datetime, list[CycleReport]], None] | None = None,
    longest: timedelta = LONGEST,
) -> None:
    """Bring the engine from ``since`` to ``until`` in steps.

    ``on_step(at)`` runs before the engine comes to each instant and may bring in what arrived until then; when it
    returns ``False``, nothing came, and a step at which nothing is due either is passed over. Moves and decisions keep
    their own instants, whatever the step; only dispatch waits for its end. After ``longest`` the stages look again, whatever
    they said: the dispatcher tells only of what falls due within its ``horizon``.
    """
    at = since
    due = since
    while at < until:
        at = min(at + step, until)
        came = on_step(at) if on_step is not None else False
        if came is False and due > at and at < until:
            continue
        reports = engine.settle(at)
        due = min(reports[-1].next_due or at + longest, at + longest)
        if after_step is not None:
            after_step(at, reports)
