"""Timers as time goes by: how late each was, whatever else a worker has to do meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep

from sqlalchemy import text

from antiphon.bench.world import World
from antiphon.engine.tick import Ticker, TickReport

_MOVED = text("SELECT at FROM move WHERE from_step = :step")


def watch(world: World, ours: Ticker, step: str, ended: Callable[[timedelta, TickReport], bool]) -> list[float]:
    """Tick until ``ended``, which is told how long it has gone on; returns by how many seconds each run was late that left
    ``step``: seen once the tick that moved it had committed.

    The clock begins at the world's instant and goes as fast as the real one. Moves are forgotten on the way.
    """
    late: list[float] = []
    began = monotonic()
    while True:
        gone = timedelta(seconds=monotonic() - began)
        report = ours.tick(world.now + gone)
        if report.moved:
            seen = world.now + timedelta(seconds=monotonic() - began)
            with world.database.read() as connection:
                moved = connection.execute(_MOVED, {"step": step}).scalars()
                late += [(seen - at).total_seconds() for at in moved]
            world.execute("TRUNCATE move")
        if ended(gone, report):
            return sorted(late)
        if not report.more:
            sleep(0.05)


def spread(world: World, span: timedelta) -> None:
    """Let all runs fall due evenly over ``span`` from the world's instant on, in no order."""
    world.execute(
        "UPDATE run SET wake_at = due.at FROM (SELECT bucket, id, to_timestamp(:began + abs(hashint8(id)::bigint) "
        "% (:span * 1000) / 1000.0) AS at FROM run) due WHERE run.bucket = due.bucket AND run.id = due.id",
        began=world.now.timestamp(),
        span=max(1, int(span.total_seconds())),
    )
    world.execute("UPDATE bucket_state SET floor = :now", now=world.now)
    world.analyze("run")


def within(late: list[float], seconds: float = 1.0) -> float:
    """The share of timers that were no later than this."""
    return sum(one <= seconds for one in late) / max(1, len(late))


def at_most(late: list[float], share: float) -> float:
    """By how many seconds at most this share of timers was late; 0 where none was watched."""
    return late[min(len(late) - 1, int(len(late) * share))] if late else 0.0
