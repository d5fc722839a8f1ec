"""Carrying the real engine along a virtual clock: for the demo, for tests, for rehearsals."""

from collections.abc import Callable
from datetime import datetime, timedelta

from antiphon.engine.engine import CycleReport, Engine


def carry(
    engine: Engine,
    since: datetime,
    until: datetime,
    step: timedelta,
    on_step: Callable[[datetime], None] | None = None,
    after_step: Callable[[datetime, list[CycleReport]], None] | None = None,
) -> None:
    """Bring the engine from ``since`` to ``until`` in steps.

    ``on_step(at)`` runs before the engine comes to each instant and may bring in what arrived until then. Moves and
    decisions keep their own instants, whatever the step; only dispatch waits for its end.
    """
    at = since
    while at < until:
        at = min(at + step, until)
        if on_step is not None:
            on_step(at)
        reports = engine.settle(at)
        if after_step is not None:
            after_step(at, reports)
