"""Intake and resolve: from a shop's requests to events of people."""

import http.client
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from typing import Any

import orjson

from antiphon.bench.floors import copy_floor
from antiphon.bench.models import Measured
from antiphon.bench.sink import child
from antiphon.bench.world import World, timer
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.intake.sources import create_source

#: Items of a request; Segment's own libraries send as many.
_BATCH = 100
_COPIED = "rows of events by COPY"


def _item(number: int, at: str) -> dict[str, Any]:
    properties = {
        "product_id": f"sku-{number % 4000}",
        "name": "A lamp of brass with a shade of linen",
        "price": 49.0,
        "quantity": 1,
        "category": "home",
        "url": f"https://shop.example/products/{number % 4000}",
    }
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": f"c{number % 20_000}",
        "messageId": f"bench-{number}",
        "timestamp": at,
        "properties": properties,
        "context": {"ip": "203.0.113.7", "library": {"name": "bench", "version": "1"}},
    }


def ingest(world: World) -> Measured:
    """Events a second that the API answers for, posted in batches of 100 over several connections, durable."""
    number = world.sizes.events // _BATCH * _BATCH
    key = create_source(world.database, "bench", world.now)
    at = world.now.isoformat()
    bodies = [
        orjson.dumps({"batch": [_item(n, at) for n in range(start, start + _BATCH)], "sentAt": at})
        for start in range(0, number, _BATCH)
    ]
    authorization = "Basic " + b64encode(f"{key}:".encode()).decode()
    shares = [bodies[each :: world.sizes.processes] for each in range(world.sizes.processes)]
    with child("antiphon.bench.server", world.database.url) as port:
        _post(port, bodies[:1], authorization)  # the first request pays for imports and connections
        world.execute("TRUNCATE arrival")
        with timer() as took, ThreadPoolExecutor(world.sizes.processes) as pool:
            list(pool.map(lambda share: _post(port, share, authorization), shares))
    stored = _count(world, "arrival")
    world.execute("TRUNCATE arrival")
    if stored != number:
        raise RuntimeError(f"{number} events were posted, {stored} are there")
    return Measured(took.rate(number), copy_floor(world, number), "events", _COPIED)


def _post(port: int, bodies: Sequence[bytes], authorization: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/v1/batch", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content.decode()[:300]}")
    connection.close()


def _count(world: World, table: str) -> int:
    with world.database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def resolving(world: World) -> Measured:
    """Arrivals a second that become events of people: an identify for one in five, half of the people new."""
    number = world.sizes.events
    seconds = _resolved(world, _arrivals(world, 0, number))
    return Measured(number / seconds, copy_floor(world, number), "arrivals", _COPIED)


def identifying(world: World) -> Measured:
    """Identifiers a second that become people: a customer id, a device, an email and a phone in each arrival, all new."""
    number = world.sizes.identifiers // 4
    seconds = _resolved(world, _strangers(world, number))
    return Measured(4 * number / seconds, copy_floor(world, number), "identifiers", _COPIED)


def _resolved(world: World, arrivals: Iterator[Arrival]) -> float:
    """Seconds that it takes to resolve arrivals that are stored already."""
    stored = done = 0
    while portion := list(islice(arrivals, 10_000)):
        store_arrivals(world.database, portion, world.now)
        stored += len(portion)
    world.analyze("arrival")
    with timer() as took:
        while True:
            report = resolve(world.database, world.now + timedelta(seconds=1))
            done += report.arrivals
            if not report.more:
                break
        # batches with more behind them commit lazily: this waits until everything before it is on the disk
        world.execute("UPDATE resolve_state SET batch = batch WHERE id = 1")
    world.execute("TRUNCATE fresh")
    if done != stored:
        raise RuntimeError(f"{stored} arrivals were stored, {done} were resolved")
    return took.seconds


def _strangers(world: World, number: int) -> Iterator[Arrival]:
    for n in range(number):
        traits = {"email": f"stranger{n}@shop.example", "phone": f"+1212{2_000_000 + n}", "first_name": "Ada"}
        body = {"type": "identify", "userId": f"stranger-{n}", "anonymousId": f"device-{n}", "traits": traits}
        yield Arrival("bench", f"identify-{n}", "identify", world.now, backfill=False, body=body)


def _arrivals(world: World, start: int, end: int) -> Iterator[Arrival]:
    at = world.now.isoformat()
    for number in range(start, end):
        message = f"resolve-{number}"
        if number % 5:
            item = _item(number, at) | {"messageId": message}
            yield Arrival("bench", message, "track", world.now, backfill=False, body=item)
        else:
            who = number // 5 % 10_000
            traits = {"email": f"c{who}@shop.example", "first_name": "Ada", "plan": "gold"}
            body = {"type": "identify", "userId": f"c{who}", "traits": traits, "messageId": message, "timestamp": at}
            yield Arrival("bench", message, "identify", world.now, backfill=False, body=body)
