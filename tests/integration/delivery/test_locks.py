"""Whoever updates messages holds their abuckets' locks first: a merge updates the same rows in an order of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, SIGNER, Shop, content_of, dispatcher

from antiphon.delivery.dispatch import Dispatcher
from antiphon.delivery.release import release
from antiphon.delivery.sweep import sweep
from antiphon.kit.buckets import BUCKETS, abucket_of
from antiphon.store.db import Database
from antiphon.store.locks import ABUCKET_LOCKS, lock_abuckets

MAIL, OTHER = "ann@example.com", "bob@example.com"
LATER = NOON + timedelta(hours=1)
CLAIM = UUID(int=1)


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=1))
    shop.subscribe(MAIL, OTHER)
    return shop


def waits_for_the_lock(shop: Shop, message: int, work: Callable[[], object]) -> None:
    """Holds the abucket as a merge does, changes the row while ``work`` waits, and lets it finish."""
    with ThreadPoolExecutor(1) as pool:
        with shop.db.begin("test") as merge:
            lock_abuckets(merge, [abucket_of(MAIL)])
            done = pool.submit(work)
            wait_for_a_waiter(shop)
            assert not done.done()
            merge.execute(text("SET LOCAL lock_timeout = '5s'"))
            merge.execute(text("UPDATE outbox SET person = person + 1 WHERE id = :id"), {"id": message})
        done.result(timeout=30)


def wait_for_a_waiter(shop: Shop) -> None:
    until = time.monotonic() + 10
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = :space")
    while time.monotonic() < until:
        with shop.db.read() as connection:
            if connection.execute(waiting, {"space": ABUCKET_LOCKS}).scalar_one():
                return
        time.sleep(0.01)
    pytest.fail("it took no lock of the abucket")


@pytest.mark.parametrize("point", ["rendered", "sent"])
def test_a_hand_over_waits_for_the_abucket(shop: Shop, point: str) -> None:
    message = shop.plan(MAIL)
    reached, go = Event(), Event()

    class Halting(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == point:
                reached.set()
                assert go.wait(30)

    with Halting(shop.db, content_of, "w", SIGNER, BASE_URL) as worker, ThreadPoolExecutor(1) as pool:
        done = pool.submit(worker.run_once, NOON)
        assert reached.wait(30)

        def go_on() -> None:
            go.set()
            done.result(timeout=30)

        waits_for_the_lock(shop, message, go_on)
    assert shop.states() == {message: "accepted"}


@pytest.mark.parametrize(("state", "swept"), [("claimed", "due"), ("handing", "unknown")])
def test_a_sweep_waits_for_the_abucket(shop: Shop, state: str, swept: str) -> None:
    message = shop.plan(MAIL, state=state, claim=CLAIM, lease_until=NOON)
    waits_for_the_lock(shop, message, lambda: sweep(shop.db, LATER))
    assert shop.states() == {message: swept}


def test_a_release_waits_for_the_abucket(shop: Shop) -> None:
    message = shop.plan(MAIL, state="held")
    waits_for_the_lock(shop, message, lambda: release(shop.db, NOON, [(abucket_of(MAIL), message)], "ann"))
    assert shop.states() == {message: "due"}


def test_a_sweep_asks_only_for_abuckets_with_a_dead_lease(shop: Shop) -> None:
    dead = shop.plan(MAIL, state="claimed", claim=CLAIM, lease_until=NOON)
    alive = shop.plan(OTHER, state="claimed", claim=CLAIM, lease_until=LATER)
    with shop.db.begin("test") as others:
        lock_abuckets(others, [key for key in BUCKETS if key != abucket_of(MAIL)])
        assert dispatcher(shop.db).sweep(LATER).returned == 1
    assert shop.states() == {dead: "due", alive: "claimed"}
