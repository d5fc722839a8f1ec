"""Several workers on the same addresses at the same time, over real SMTP."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher
from tests.integration.delivery.test_smtp import smtp
from tests.sink import Sink, running

from antiphon.store.db import Database


def test_two_dispatchers_send_nothing_twice_and_keep_the_spacing(db: Database) -> None:
    shop, sink = Shop(db), Sink()
    shop.react(NOON)
    addresses = [f"p{number}@example.com" for number in range(60)]
    shop.subscribe(*addresses)
    for address in addresses * 2:  # the second to each address must wait for the spacing
        shop.plan(address)

    def work(name: str) -> None:
        with dispatcher(db, name) as worker:
            for _ in range(40):
                worker.run_once(NOON, limit=7)

    with running(sink) as port:
        shop.sender("email", provider="smtp", settings=smtp(port))
        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(work, f"w{number}") for number in range(3)]:
                done.result()
        while any(state == "planned" for state in due_now(shop).values()):
            work("last")
    got = Counter(str(mail["to"]) for mail in sink.taken)
    assert got == Counter(addresses)
    assert Counter(shop.states().values()) == {"accepted": 60, "planned": 60}
    with db.read() as connection:
        rules = connection.execute(text("SELECT DISTINCT rule FROM outbox WHERE state = 'planned'")).scalars().all()
    assert rules == ["spacing.email"]


def due_now(shop: Shop) -> dict[int, str]:
    with shop.db.read() as connection:
        rows = connection.execute(text("SELECT id, state FROM outbox WHERE due_at <= :now"), {"now": NOON})
        return {row.id: row.state for row in rows}
