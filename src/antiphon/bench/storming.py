"""Bad days: a storm of events for one journey, and a journey that ends with everybody in it. What the others notice."""

from datetime import timedelta

from antiphon.bench.floors import copy_floor, update_floor
from antiphon.bench.models import Measured
from antiphon.bench.moving import carry_forward, prepare, ticker
from antiphon.bench.watching import at_most, watch, within
from antiphon.bench.world import World, timer
from antiphon.journeys.publish import publish

_OTHER = """
journey: bench-other
name: Bench other
trigger: {event: Warranty Registered, key: serial, max_lateness: 2d}
reentry: {mode: each_key}
steps:
  - {id: watched, type: wait, for: 1h}
  - {id: rest, type: wait, for: 30d}
"""
_BATCH = 10_000
#: Timers of the other journey that fall due during the storm, a second.
_A_SECOND, _SPAN = 100, timedelta(seconds=120)
_ENTERED = "SELECT count(*) FROM run WHERE run_key LIKE 'o%'"


def storm(world: World) -> Measured:
    """People a second who enter one journey, an event of everybody waiting at once; the text tells how late another
    journey's timers were meanwhile."""
    number = prepare(world, every=True)
    # as the resolver hands them in
    world.execute("UPDATE fresh SET batch = 1 + (event - 1099511627776) / :size", size=_BATCH)
    world.execute("UPDATE resolve_state SET batch = :last", last=1 + (number - 1) // _BATCH)
    ours = ticker(world)
    _other(world)
    with timer() as took:
        late = watch(world, ours, "watched", lambda _, report: not report.more)
    found = world.number(_ENTERED)
    if found != number:
        raise RuntimeError(f"{number} people ordered, {found} entered")
    return Measured(
        took.rate(number), copy_floor(world, number), "entries", f"rows of events by COPY; {_noticed(late)}"
    )


def ending(world: World) -> Measured:
    """Runs a second that end because their journey is archived, and how late another journey's timers were meanwhile."""
    number = prepare(world)
    ours = ticker(world)
    carry_forward(ours, world.now + timedelta(seconds=1))
    world.analyze("run", "move", "entry")
    world.execute("UPDATE journey SET state = 'archived' WHERE slug = 'bench'")
    _other(world)
    with timer() as took:
        late = watch(world, ours, "watched", lambda _, report: not report.more)
    if left := world.number(_ENTERED):
        raise RuntimeError(f"{left} runs of {number} did not end")
    return Measured(
        took.rate(number), update_floor(world, number), "runs ended", f"rows of runs by bare UPDATE; {_noticed(late)}"
    )


def _other(world: World) -> None:
    """Another journey, with timers of other people's runs that fall due every moment from now on."""
    with world.database.begin("commands") as connection:
        version = publish(connection, _OTHER, "bench", world.now).version
    world.execute(
        "INSERT INTO run (bucket, id, person, journey, version, run_key, n, step, entered_at, wake_at, moves, occasion_at, "
        "occasion_event, started_at) SELECT r.bucket, -r.id, r.id, v.journey, v.id, 'w' || r.id, 1, 'watched', :began, "
        "to_timestamp(:epoch + r.place * 1.0 / :rate), 0, :began, r.id, :began FROM (SELECT bucket, id, "
        "row_number() OVER (ORDER BY die) AS place FROM person) r, journey_version v "
        "WHERE v.id = :version AND r.place <= :timers",
        began=world.now,
        epoch=world.now.timestamp(),
        rate=_A_SECOND,
        version=version,
        timers=int(_A_SECOND * _SPAN.total_seconds()),
    )
    world.analyze("run")


def _noticed(late: list[float]) -> str:
    if not late:
        return "it was over before another journey's timers fell due"
    return (
        f"meanwhile {within(late):.1%} of {len(late)} timers of another journey came within a second, the last "
        f"after {late[-1]:.2f} s, the median after {at_most(late, 0.5):.2f} s"
    )
