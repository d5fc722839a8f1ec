"""What a tick costs with nothing to do, and moves through single types of steps."""

from datetime import timedelta

from sqlalchemy import Connection, text

from antiphon.bench.floors import update_floor
from antiphon.bench.models import Measured
from antiphon.bench.moving import carry_forward, prepare, ticker
from antiphon.bench.world import World, timer
from antiphon.engine.tick import Ticker
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.publish import publish
from antiphon.journeys.registry import Registry
from antiphon.journeys.source import JourneyError

_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)
_HEAD = """
journey: bench-{name}
name: Bench {name}
trigger: {{event: Order Completed, key: order_id, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
  - {{id: pause, type: wait, for: 1h}}
  - {step}
  - {{id: rest, type: wait, for: 30d}}
"""
_SPLIT = (
    "{id: arms, type: split, holdout: 10, paths: [{name: A, share: 40, next: rest}, {name: B, share: 50, next: rest}]}"
)
_ENTER = "{id: over, type: enter, journey: nowhere}"
#: How many ticks with nothing to do are timed.
_IDLE = 200


def idle(world: World) -> Measured:
    """Ticks a second that find nothing to do, all playbooks on; beside it transactions that lock all buckets and end."""
    world.populate()
    prepare(world)
    world.execute("TRUNCATE event, fresh")
    with world.database.begin("commands") as connection:
        on = sum(_published(connection, world, source) for source in playbooks().values())
    ours = Ticker(world.database, Registry(world.database))
    carry_forward(ours, world.now)
    with timer() as took:
        for number in range(_IDLE):
            ours.tick(world.now + number * _SECOND)
    with timer() as bare:
        for _ in range(_IDLE):
            with world.database.begin("bench", durable=False) as connection:
                connection.execute(text("SELECT pg_try_advisory_xact_lock(g) FROM generate_series(1, 256) g")).all()
    return Measured(
        took.rate(_IDLE), bare.rate(_IDLE), "idle ticks", f"empty transactions that lock as much; {on} playbooks on"
    )


def _published(connection: Connection, world: World, source: str) -> bool:
    """Whether a playbook could be switched on in a shop without offers and segments of its own."""
    try:
        publish(connection, source, "bench", world.now)
    except JourneyError:
        return False
    return True


def split(world: World) -> Measured:
    """Moves a second out of a wait and by chance into others, some held out."""
    return _through(world, "split", _SPLIT)


def enter(world: World) -> Measured:
    """Moves a second out of a wait and through a step that asks another journey to let people in."""
    return _through(world, "enter", _ENTER)


def _through(world: World, name: str, step: str) -> Measured:
    number = prepare(world)
    ours = ticker(world, _HEAD.format(name=name, step=step))
    carry_forward(ours, world.now + _SECOND)
    world.analyze("run", "move", "entry")
    with timer() as took:
        moved = carry_forward(ours, world.now + _HOUR + _SECOND)
    if moved != 2 * number:
        raise RuntimeError(f"{number} runs were due for two moves each, {moved} moves were made")
    return Measured(took.rate(moved), update_floor(world, number), "moves", "rows of runs by bare UPDATE")
