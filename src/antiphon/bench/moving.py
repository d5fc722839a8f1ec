"""Journeys: people enter, and runs that are due move on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from psycopg.types.json import Jsonb

from antiphon.bench.floors import copy_floor, update_floor
from antiphon.bench.models import Measured
from antiphon.bench.world import World, timer
from antiphon.engine.tick import Ticker
from antiphon.intake import partitions
from antiphon.journeys.publish import publish
from antiphon.journeys.registry import Registry
from antiphon.kit.buckets import bucket_of
from antiphon.people.tables import event, fresh

_PAUSE = timedelta(hours=1)
_FILLED = (
    *("event", "fresh", "entry", "run", "run_done", "move", "watch", "event_total"),
    *("decision", "outbox", "person_product", "person_rhythm", "engagement", "step_flow"),
)

#: A wait, a branch that looks events up, a wait.
_JOURNEY = """
journey: bench
name: Bench
trigger:
  event: Order Completed
  key: order_id
  max_lateness: 2d
reentry:
  mode: each_key
steps:
  - id: pause
    type: wait
    for: 1h
  - id: bought
    type: branch
    paths:
      - name: Bought twice
        if: {kind: event, event: Order Completed, at_least: 2, within: 30d}
        next: rest
    otherwise: rest
  - id: rest
    type: wait
    for: 1d
"""


def _orders(world: World, number: int) -> Iterator[tuple[int, int]]:
    """Person and event of each order."""
    return ((p, (1 << 40) + place) for place, p in enumerate(islice(world.people(), number)))


def ticker(world: World, journey: str = _JOURNEY) -> Ticker:
    """A ticker with one live journey."""
    with world.database.begin("commands") as connection:
        publish(connection, journey, "bench", world.now)
    return Ticker(world.database, Registry(world.database))


def prepare(world: World, *, every: bool = False) -> int:
    """Orders that the engine has not reacted to yet, of ``every`` person or of as many as there are runs; returns how many."""
    world.populate()
    number = min(world.sizes.people if every else world.sizes.runs, world.sizes.people)
    for table in _FILLED:
        world.execute(f"TRUNCATE {table}")
    world.execute("UPDATE journey SET state = 'archived'")
    world.execute("UPDATE bucket_state SET floor = :now", now=world.now - timedelta(days=1))
    partitions.ensure(world.database, partitions.months_of([world.now], world.now), set())
    props = {"total": 80.0, "currency": "USD", "products": [{"product_id": "sku-1", "price": 80.0, "quantity": 1}]}
    columns = ("bucket", "person", "at", "id", "name", "props", "received_at")
    world.copy(event, columns, (_event(world, p, place, props) for p, place in _orders(world, number)))
    waiting = ("bucket", "event", "batch", "person", "at", "name", "received_at", "backfill")
    rows = ((bucket_of(p), n, 1, p, world.now, "Order Completed", world.now, False) for p, n in _orders(world, number))
    world.copy(fresh, waiting, rows)
    world.execute("UPDATE resolve_state SET batch = 1, horizon = :now", now=world.now)
    world.analyze("event", "fresh", "person", "run")
    return number


def _event(world: World, p: int, number: int, props: dict[str, Any]) -> tuple[Any, ...]:
    told = Jsonb({**props, "order_id": f"o{number}"})
    return bucket_of(p), p, world.now, number, "Order Completed", told, world.now


def carry_forward(ours: Ticker, now: datetime) -> int:
    """Tick until nothing more is due at ``now``; returns how many moves were made."""
    moved, more = 0, True
    while more:
        report = ours.tick(now)
        moved, more = moved + report.moved, report.more
    return moved


def enrol(world: World) -> Measured:
    """People a second who enter a journey: reacting to their orders with all that it takes (totals, exits, entries)."""
    number = prepare(world)
    ours = ticker(world)
    entered = 0
    with timer() as took:
        while True:
            report = ours.tick(world.now + timedelta(seconds=1))
            entered += report.entered
            if not report.more:
                break
    if entered != number:
        raise RuntimeError(f"{number} people ordered, {entered} entered")
    return Measured(took.rate(number), copy_floor(world, number), "entries", "rows of events by COPY")


def advance(world: World) -> Measured:
    """Moves a second of runs that are due: out of a wait, through a branch that looks events up, into a wait."""
    number = prepare(world)
    ours = ticker(world)
    carry_forward(ours, world.now + timedelta(seconds=1))
    world.analyze("run", "move", "entry")
    with timer() as took:
        moved = carry_forward(ours, world.now + _PAUSE + timedelta(seconds=1))
    if moved != 2 * number:
        raise RuntimeError(f"{number} runs were due for two moves each, {moved} moves were made")
    return Measured(took.rate(moved), update_floor(world, number), "moves", "rows of runs by bare UPDATE")
