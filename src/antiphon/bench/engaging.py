"""What counting engagement takes of a tick: its own statements against all that the tick does, in the same run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import event as listen
from sqlalchemy import func, select

from antiphon.bench.models import Measured
from antiphon.bench.moving import carry_forward, ticker
from antiphon.bench.world import World, timer
from antiphon.engine.counting import ENGAGEMENT
from antiphon.intake import partitions
from antiphon.kit.buckets import bucket_of
from antiphon.people.tables import delivered, engagement, event, fresh

#: Ten events of somebody in the shop, in order: every fifth came by a link of an email, every tenth by one of a text.
_DAY = (
    "Email Opened",
    "Page Viewed",
    *("Product Viewed",) * 5,
    "Page Viewed",
    "Product Added",
    "Order Completed",
)
_JOURNEY = """
journey: bench-thanks
name: Bench thanks
trigger: {event: Order Completed, key: order_id, max_lateness: 2d}
reentry: {mode: each_key}
steps:
  - id: pause
    type: wait
    for: 1m
  - id: bought
    type: branch
    paths:
      - {name: Bought twice, if: {kind: event, event: Order Completed, at_least: 2, within: 30d}, next: rest}
    otherwise: write
  - id: write
    type: message
    channels: [email, sms]
    window: 3d
    content:
      email: {subject: Thanks, mjml: <mj-section><mj-column><mj-text>Thanks!</mj-text></mj-column></mj-section>}
      sms: {text: Thanks!}
  - id: rest
    type: wait
    for: 1d
"""
_PROPS = {
    "Email Opened": {"class": "machine", "machine": True, "human": 0.25, "message": "1"},
    "Email Clicked": {"class": "human", "human": 0.62, "score": 0, "message": "1", "link": 0},
    "SMS Clicked": {"class": "human", "human": 0.62, "score": 0, "message": "2", "link": 0},
}
_LINE = {"product_id": "sku-1", "name": "A lamp of brass", "price": 80.0, "quantity": 1, "category": "home"}
#: Events of one batch of the resolver.
_AT_ONCE = 2_000


def engage(world: World) -> Measured:
    """Events a second that ticks react to, deliveries counted along; the floor is the same of counting engagement alone, so
    that the ratio is its share of the tick."""
    number = _prepare(world)
    ours = ticker(world, _JOURNEY)
    spent = [0.0]
    with timer() as took, _timing(world, spent):
        carry_forward(ours, world.now + timedelta(minutes=2))
    with world.database.read() as connection:
        counted = connection.execute(select(func.sum(engagement.c.delivered))).scalar_one()
    if counted != number // len(_DAY):
        raise RuntimeError(f"{number // len(_DAY)} messages were delivered, {counted} counted")
    return Measured(took.rate(number), number / spent[0], "events", "of counting engagement alone")


def _prepare(world: World) -> int:
    """Days of people that the engine has not reacted to yet; returns how many events they are."""
    world.populate()
    for table in (
        *("event", "fresh", "entry", "run", "run_done", "move", "watch", "event_total", "engagement", "delivered"),
        *("person_product", "person_rhythm", "decision", "outbox"),
    ):
        world.execute(f"TRUNCATE {table}")
    partitions.ensure(world.database, partitions.months_of([world.now], world.now), set())
    people = list(islice(world.people(), max(20, world.sizes.runs // len(_DAY))))
    columns = ("bucket", "person", "at", "id", "name", "props", "received_at")
    told = ((*key, at, n, name, Jsonb(_props(name, n)), world.now) for key, at, n, name in _acts(world, people))
    world.copy(event, columns, told)
    waiting = ("bucket", "event", "batch", "person", "at", "name", "received_at", "backfill")
    rows = (
        (bucket, n, 1 + place // _AT_ONCE, person, at, name, world.now, False)
        for place, ((bucket, person), at, n, name) in enumerate(_acts(world, people))
    )
    world.copy(fresh, waiting, rows)
    handed = ((bucket_of(p), (1 << 41) + n, p, "email", world.now) for n, p in enumerate(people))
    world.copy(delivered, ("bucket", "message", "person", "channel", "at"), handed)
    world.execute("UPDATE resolve_state SET batch = :last, horizon = :now", last=1 + len(people), now=world.now)
    world.analyze("event", "fresh", "person", "delivered")
    return len(people) * len(_DAY)


def _acts(world: World, people: list[int]) -> Iterator[tuple[tuple[int, int], datetime, int, str]]:
    """Key of the person, instant, number and name of each event."""
    number = 1 << 42
    for place, person in enumerate(people):
        click = {0: "Email Clicked", 5: "SMS Clicked"}.get(place % 10)
        for minute, usual in enumerate(_DAY):
            name = click if click and minute == 1 else usual
            number += 1
            yield (bucket_of(person), person), world.now - timedelta(minutes=20 - minute), number, name


def _props(name: str, number: int) -> dict[str, Any]:
    if name == "Order Completed":
        return {"order_id": f"o{number}", "total": 80.0, "currency": "USD", "products": [_LINE]}
    return _PROPS.get(name, _LINE)


@contextmanager
def _timing(world: World, spent: list[float]) -> Iterator[None]:
    """Adds up how long the statements that count engagement take."""
    began = [0.0]
    ours = {id(statement) for statement in ENGAGEMENT}

    def before(_: Any, element: Any, *__: Any) -> None:
        if id(element) in ours:
            began[0] = perf_counter()

    def after(_: Any, element: Any, *__: Any) -> None:
        if id(element) in ours:
            spent[0] += perf_counter() - began[0]

    listen.listen(world.database.engine, "before_execute", before)
    listen.listen(world.database.engine, "after_execute", after)
    try:
        yield
    finally:
        listen.remove(world.database.engine, "before_execute", before)
        listen.remove(world.database.engine, "after_execute", after)
