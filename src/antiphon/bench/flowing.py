"""Timers that fall due, from the branch to the message's row: throughput, lateness, bursts, and what an old database costs.

Only the tick works here: dispatch has its own scenario.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from antiphon.bench.models import Measured
from antiphon.bench.moving import carry_forward, prepare, ticker
from antiphon.bench.together import side_by_side
from antiphon.bench.watching import at_most, spread, watch, within
from antiphon.bench.world import World, timer
from antiphon.engine.tick import Ticker

_JOURNEY = """
journey: bench-flow
name: Bench flow
trigger: {event: Order Completed, key: order_id, max_lateness: 2d}
reentry: {mode: each_key}
steps:
  - {id: pause, type: wait, for: 1h}
  - id: plan
    type: branch
    paths:
      - {name: Gold, if: {kind: trait, trait: plan, value: gold}, next: rest}
    otherwise: write
  - id: write
    type: message
    channels: [email]
    window: 3d
    content: {email: {subject: Thanks, mjml: <mj-section><mj-column><mj-text>Thanks!</mj-text></mj-column></mj-section>}}
  - {id: rest, type: wait, for: 30d}
"""
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
#: How long timers are watched on the real clock.
_WATCHED = timedelta(seconds=20)
#: Fewer timers than these are watched for a tenth of it.
_MANY = 10_000
#: Rows of finished runs for each run that is due, as after years.
_AGED = 100


def flow(world: World) -> Measured:
    """Due timers a second, each through a branch to a decision and the message's row; two workers beside two processes of
    the set-based floor."""
    _, number = _armed(world)
    rate = _drained_by_two(world, number)
    return Measured(rate, _floor(world, number), "timers", "rows claimed, looked at and sent by two bare processes")


def aged(world: World) -> Measured:
    """The same behind a hundred times as many finished runs, beside the same behind none."""
    ours, number = _armed(world)
    fresh = _drain(world, ours, number)
    ours, number = _armed(world)
    _finished(world, number * _AGED)
    return Measured(_drain(world, ours, number), fresh, "timers", "the same without finished runs")


def snapshot(world: World) -> Measured:
    """The same while another connection holds a snapshot from before, so that nothing that died can be taken away."""
    ours, number = _armed(world)
    fresh = _drain(world, ours, number)
    with _held(world):
        ours, number = _armed(world)
        rate = _drain(world, ours, number)
    return Measured(rate, fresh, "timers", "the same without an old snapshot")


def lateness(world: World) -> Measured:
    """Timers that were moved within a second of their instant, beside all that fell due: spread over a day, as time goes by,
    with as many armed as there are people."""
    ours, number = _armed(world, every=True)
    spread(world, timedelta(seconds=min(86_400, number // 10)))  # over less where there are few
    watched = _WATCHED if number >= _MANY else _WATCHED / 10
    late = watch(world, ours, "pause", lambda gone, _: gone >= watched)
    if not late:
        raise RuntimeError(f"no timer of {number} fell due in {watched}")
    return Measured(
        within(late) * len(late) / watched.total_seconds(),
        len(late) / watched.total_seconds(),
        "timers within a second",
        f"all that fell due; the 99th per cent came after {at_most(late, 0.99):.2f} s",
    )


def burst(world: World) -> Measured:
    """Due timers a second to the message's row, by two workers, where everybody's are due at once."""
    _, number = _armed(world)
    usual = _drained_by_two(world, number)
    _, everybody = _armed(world, every=True)
    rate = _drained_by_two(world, everybody)
    return Measured(rate, usual, "timers", f"the same of {number}; {everybody} were due at once")


def _armed(world: World, *, every: bool = False) -> tuple[Ticker, int]:
    """Runs that rest at the first step, all due in an hour."""
    number = prepare(world, every=every)
    ours = ticker(world, _JOURNEY)
    carry_forward(ours, world.now + _SECOND)
    world.analyze("run", "move", "entry")
    return ours, number


def _drain(world: World, ours: Ticker, number: int) -> float:
    with timer() as took:
        carry_forward(ours, world.now + _HOUR + _SECOND)
    _all_moved(world, number)
    return took.rate(number)


def _all_moved(world: World, number: int) -> None:
    found = world.number("SELECT count(*) FROM run WHERE step = 'rest'")
    if found != number:
        raise RuntimeError(f"{number} timers were due, {found} runs came to their end")


def _drained_by_two(world: World, number: int) -> float:
    due = (world.now + _HOUR + _SECOND).isoformat()
    rate = side_by_side(world, "flow_process", due).rate(number)
    _all_moved(world, number)
    return rate


def _finished(world: World, rows: int) -> None:
    world.execute(
        "INSERT INTO run_done (bucket, id, person, journey, version, run_key, n, step, outcome, moves, occasion_at, "
        "occasion_event, started_at, ended_at) SELECT g % 256, -g, g, 1, 1, 'k' || g, 1, 'rest', 'finished', 3, "
        "cast(:now AS timestamptz), g, cast(:now AS timestamptz), cast(:now AS timestamptz) FROM generate_series(1, :rows) g",
        now=world.now - timedelta(days=400),
        rows=rows,
    )
    world.analyze("run_done")


@contextmanager
def _held(world: World) -> Iterator[None]:
    with world.database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SELECT 1"))  # of no table, or it could not be emptied
        yield
        connection.rollback()


def _floor(world: World, number: int) -> float:
    """Two processes that do nothing else: claim a thousand due rows, read an attribute, branch, insert rows that are sent
    with a unique key, commit (``bench.floor_process``)."""
    world.execute("DROP TABLE IF EXISTS bench_timer, bench_attribute, bench_sent")
    world.execute("CREATE TABLE bench_attribute (person bigint PRIMARY KEY, plan text)")
    world.execute("INSERT INTO bench_attribute SELECT g, 'p' || g % 7 FROM generate_series(1, :rows) g", rows=number)
    world.execute("CREATE TABLE bench_timer (id bigint PRIMARY KEY, person bigint, due timestamptz)")
    world.execute("CREATE INDEX ON bench_timer (due)")
    world.execute(
        "INSERT INTO bench_timer SELECT g, g, :now FROM generate_series(1, :rows) g", now=world.now, rows=number
    )
    world.execute("CREATE TABLE bench_sent (key text PRIMARY KEY, person bigint, at timestamptz)")
    world.analyze("bench_timer", "bench_attribute", "bench_sent")
    took = side_by_side(world, "floor_process")
    if left := world.number("SELECT count(*) FROM bench_timer"):
        raise RuntimeError(f"the floor left {left} timers")
    world.execute("DROP TABLE bench_timer, bench_attribute, bench_sent")
    return took.rate(number)
