"""Two engines on the same buckets: together they do everything once."""

import threading
from datetime import timedelta

import pytest
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.engine import Engine
from antiphon.engine.parts import PARTS
from antiphon.engine.tick import SOON, Ticker
from antiphon.journeys.registry import Registry
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.signing import Signer
from antiphon.store.locks import try_lock_buckets

PEOPLE = 40
ORDERS = 120
SOME = 20

WRITES = """\
journey: writes
name: Writes
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}
steps:
  - {id: pause, type: wait, for: 1h}
  - {id: way, type: branch, paths: [{name: Gold, if: {kind: trait, trait: plan, value: gold}, next: rest}], otherwise: rest}
  - {id: rest, type: wait, for: 30d}
"""


def test_two_engines_on_one_database_do_everything_once(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    for number in range(PEOPLE):
        shop.consents(f"u{number}", "email", f"u{number}@example.com")
        shop.leaves_cart(f"u{number}", f"c{number}")
    moments = [shop.now + timedelta(minutes=minutes) for minutes in (5, 31, 35, 40, *range(260, 420, 20))]
    failures: list[BaseException] = []
    together = threading.Barrier(2)

    def run(name: str) -> None:
        engine = Engine(shop.db, Signer(b"x" * 32), base_url="https://shop.example", worker=name)
        try:
            for moment in moments:
                together.wait(60)  # one clock for both
                engine.settle(moment)
        except BaseException as error:  # noqa: BLE001  # a thread's error must reach the test
            failures.append(error)
            together.abort()
        finally:
            engine.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    shop.engine.settle(moments[-1])  # what one held while the other looked
    assert shop.one("SELECT count(*) FROM entry") == PEOPLE
    sent = shop.rows("SELECT address, step, count(*) AS n FROM outbox WHERE state = 'accepted' GROUP BY address, step")
    assert len(sent) == 2 * PEOPLE
    assert {row.n for row in sent} == {1}
    assert shop.one("SELECT count(*) FROM sandbox_message") == 2 * PEOPLE
    twice = "SELECT count(*) FROM (SELECT run, seq FROM move GROUP BY run, seq HAVING count(*) > 1) t"
    assert shop.one(twice) == 0


def _backlog(shop: ShopUnderTest) -> None:
    """Runs of as many people that fell due while nobody was at work."""
    shop.publish(WRITES)
    for number in range(ORDERS):
        shop.does(f"u{number}", "Order Completed", order_id=str(number))
    shop.settle()
    shop.now += timedelta(hours=2)


def _once(shop: ShopUnderTest) -> None:
    assert [tuple(row) for row in shop.rows("SELECT step, count(*) FROM run GROUP BY step")] == [("rest", ORDERS)]
    assert shop.one("SELECT count(*) FROM move") == 2 * ORDERS
    assert shop.one("SELECT count(DISTINCT (run, seq)) FROM move") == 2 * ORDERS
    assert shop.one("SELECT sum(n) FROM step_flow WHERE from_step <> ''") == 2 * ORDERS
    assert shop.one("SELECT min(floor) FROM bucket_state") >= shop.now - timedelta(minutes=1)


def test_a_backlog_is_shared_by_two_tickers(shop: ShopUnderTest) -> None:
    _backlog(shop)
    moved = [0, 0]
    failures: list[BaseException] = []

    def run(place: int) -> None:
        ticker = Ticker(shop.db, Registry(shop.db))
        together.wait(60)
        try:
            while (report := ticker.tick(shop.now, limit=SOME)).more or report.buckets < len(BUCKETS):
                moved[place] += report.moved
                if not report.more:  # another one holds some of them
                    threading.Event().wait(SOON.total_seconds() / 10)
        except BaseException as error:  # noqa: BLE001  # a thread's error must reach the test
            failures.append(error)

    together = threading.Barrier(2)
    threads = [threading.Thread(target=run, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(moved) == 2 * ORDERS
    assert min(moved) > ORDERS / 4, "each carried its share forward"
    _once(shop)


def test_one_ticker_goes_through_a_backlog_part_by_part(shop: ShopUnderTest) -> None:
    _backlog(shop)
    ticker = shop.engine.ticker
    reports = [ticker.tick(shop.now, limit=SOME)]
    while reports[-1].more:
        reports.append(ticker.tick(shop.now, limit=SOME))
    taken = [report.buckets for report in reports]
    part = len(BUCKETS) // PARTS
    assert (taken[0], taken[-1]) == (len(BUCKETS), len(BUCKETS))
    assert set(taken[1:-1]) == {part}
    assert len(taken) > PARTS
    _once(shop)


def test_parts_that_somebody_else_holds_are_left_to_them(shop: ShopUnderTest) -> None:
    _backlog(shop)
    ticker = shop.engine.ticker
    ticker.tick(shop.now, limit=SOME)
    with shop.db.begin("test") as other:
        try_lock_buckets(other, [bucket for bucket in BUCKETS if bucket not in BUCKETS[2::PARTS]])
        for _ in range(2 * ORDERS):  # the only part that is free comes to its end, whatever the others do
            report = ticker.tick(shop.now, limit=SOME)
            assert report.buckets == len(BUCKETS) // PARTS
            if not report.more:
                break
        assert not report.more
        assert report.next_due == shop.now + SOON, "the others may leave more than they can do"
        left = shop.rows("SELECT DISTINCT bucket FROM run WHERE wake_at <= :now", now=shop.now)
        assert left
        assert not {row.bucket for row in left} & set(BUCKETS[2::PARTS])
    while ticker.tick(shop.now, limit=SOME).more:
        pass
    _once(shop)


def test_what_a_failed_tick_took_is_taken_again(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _backlog(shop)
    ticker = shop.engine.ticker
    ticker.tick(shop.now, limit=SOME)
    with monkeypatch.context() as broken:
        broken.setattr(ticker, "_settle", None)
        for _ in range(2 * PARTS):
            with pytest.raises(TypeError):
                ticker.tick(shop.now, limit=SOME)
    taken = 1
    while ticker.tick(shop.now, limit=SOME).more:
        taken += 1
    assert taken > PARTS
    _once(shop)
