"""Messages: rendered, and carried from the outbox over the wire."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from antiphon.bench.models import Measured
from antiphon.bench.sink import sink
from antiphon.bench.world import World, email_of, timer
from antiphon.content.models import MessageContent
from antiphon.delivery.dispatch import Dispatcher
from antiphon.delivery.tables import outbox
from antiphon.intake import partitions
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import read_journey
from antiphon.journeys.steps.message import MessageStep
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.signing import Signer
from antiphon.people.tables import event

_SIGNER = Signer(b"a secret that lives for one run!")
_URL = "https://go.shop.example"
_CONNECTIONS = 10

_COLUMNS = (
    "abucket", "id", "key", "address", "channel", "brand", "purpose", "bucket", "person", "run", "journey",
    "version", "step", "occasion_key", "occasion_at", "occasion_event", "zones", "planned_at", "due_at", "state",
    "state_at",
)  # fmt: skip


def _content() -> MessageContent:
    """The first email of the cart playbook."""
    step = read_journey(playbooks()["abandoned-cart"]).step("first-email")
    assert isinstance(step, MessageStep)
    return step.content


def _cart(number: int) -> dict[str, Any]:
    lines = [
        {"product_id": f"sku-{each}", "name": f"Lamp & shade {each}", "price": 40 + each, "quantity": 1,
         "image_url": f"https://shop.example/images/{each}.jpg"}
        for each in range(3)
    ]  # fmt: skip
    return {"cart_id": f"c{number}", "cart_url": f"https://shop.example/cart/{number}", "products": lines}


def dispatch(world: World) -> Measured:
    """Emails a second from the outbox to an SMTP server: leased, claimed, gated, rendered, committed, handed over, noted.

    Beside it, the same mails written to the same server by a client that does nothing else and pipelines.
    """
    number = _plan(world)
    with sink() as port:
        smtp = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": _CONNECTIONS}
        world.execute(
            "UPDATE sender SET provider = 'smtp', settings = :settings, rate = 1e6, burst = 1e6, tokens = 1e6 "
            "WHERE id = 'email'",
            settings=Jsonb(smtp),
        )
        content = _content()
        dispatcher = Dispatcher(world.database, lambda _version, _step: content, "bench", _SIGNER, _URL)
        with dispatcher, timer() as took:
            while dispatcher.run_once(world.now).more:
                pass
        floor = _alone(_raw(port, number))
    with world.database.read() as connection:
        counted = connection.exec_driver_sql("SELECT state, count(*) FROM outbox GROUP BY state")
        states: dict[str, int] = {row[0]: row[1] for row in counted}
    if states != {"accepted": number}:
        raise RuntimeError(f"{number} messages were planned, now they are {states}")
    return Measured(took.rate(number), floor, "emails", "the same mails by a pipelining client")


def _alone(work: Coroutine[Any, Any, float]) -> float:
    """Run on an event loop of its own thread: whoever calls may have one running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _plan(world: World) -> int:
    """Messages that are due now, to people with consent; returns how many."""
    world.populate()
    for table in ("outbox", "message_key", "text_key", "message_log", "event"):
        world.execute(f"TRUNCATE {table}")
    partitions.ensure(world.database, partitions.months_of([world.now], world.now), set())
    world.execute("UPDATE bucket_state SET reacted_through = :now", now=world.now)
    people = list(islice((p for p in world.people() if p % 4), world.sizes.messages))
    columns = ("bucket", "person", "at", "id", "name", "props", "received_at")
    rows = ((bucket_of(p), p, world.now, n, "Cart Abandoned", Jsonb(_cart(n)), world.now) for n, p in enumerate(people))
    world.copy(event, columns, rows)
    world.copy(outbox, _COLUMNS, _messages(world, people))
    world.analyze("outbox", "event")
    return len(people)


def _messages(world: World, people: list[int]) -> Iterator[tuple[Any, ...]]:
    now = world.now
    for number, p in enumerate(people):
        address = email_of(p)
        key, cart = UUID(int=number), f"c{number}"
        yield (
            abucket_of(address), number, key, address, "email", 1, "cart", bucket_of(p), p, number, 1, 1, "first-email",
            cart, now, number, [], now, now, "planned", now,
        )  # fmt: skip


async def _raw(port: int, number: int) -> float:
    """Mails a second of the size that dispatch sends, over as many connections."""
    mail = b"Subject: floor\r\n\r\n" + b"0123456789abcdef0123456789abcdef0123456789abcdef\r\n" * 360
    with timer() as took:
        await asyncio.gather(*(_client(port, mail, number // _CONNECTIONS) for _ in range(_CONNECTIONS)))
    return took.rate(number // _CONNECTIONS * _CONNECTIONS)


async def _client(port: int, mail: bytes, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO bench\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    for _ in range(number):
        writer.write(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        for _answer in range(3):
            await reader.readline()
        writer.write(mail + b".\r\n")
        await reader.readline()
    writer.write(b"QUIT\r\n")
    await reader.readline()
    writer.close()
