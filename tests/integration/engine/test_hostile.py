"""What strangers may send: numbers without end, keys without end. It is nobody's journey that stands still for it."""

import random
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.segments import apply
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.sources import create_source
from antiphon.journeys.source import JourneyError, read_journey
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor
from antiphon.store.db import Database

HOUR = timedelta(hours=1)

#: Too long for an index, and nothing can make it shorter.
LONG = "".join(chr(random.Random(1).randrange(0x10000, 0x10FFFF)) for _ in range(3_000))

KEYED = """\
journey: test
name: Test
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}
steps: [{id: rest, type: wait, for: 10d}]
"""


def held(shop: ShopUnderTest) -> list[Any]:
    return shop.rows("SELECT held_error FROM journey_version WHERE held_at IS NOT NULL")


@pytest.mark.parametrize(("price", "quantity"), [(-1e20, 1), (1e300, 1e300), (1e300, -1e300)])
def test_a_price_without_end_stops_no_journey(shop: ShopUnderTest, price: float, quantity: float) -> None:
    shop.playbook("abandoned-cart")
    for who in ("ann", "bob"):
        shop.consents(who, "email", f"{who}@example.com")
    shop.does("ann", "Product Added", product_id="p", price=price, quantity=quantity, cart_id="c1")
    shop.leaves_cart("bob", "c2")
    shop.passes(HOUR)
    assert held(shop) == []
    assert len(shop.rows("SELECT 1 FROM outbox WHERE state = 'accepted'")) == 2


def test_what_was_bought_for_less_than_nothing_stops_no_tick(shop: ShopUnderTest) -> None:
    shop.publish(KEYED)
    refund = [{"product_id": "p", "price": -999_999_999, "quantity": 1_000_000} for _ in range(40)]
    shop.does("ann", "Order Completed", order_id="o1", products=refund)
    shop.passes(HOUR)
    shop.does("ann", "Order Completed", order_id="o2", products=refund)
    shop.passes(HOUR)
    assert held(shop) == []
    assert {row.value for row in shop.rows("SELECT value FROM person_product")} == {-9999999999999999}
    assert len(shop.rows("SELECT 1 FROM run")) == 2


@pytest.mark.parametrize("cart", [LONG, ""])
def test_a_cart_id_that_is_no_key_stops_no_text(shop: ShopUnderTest, cart: str) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", phone="+12125550101")
    shop.reachable("bob", phone="+12125550102")
    shop.leaves_cart("ann", cart)
    shop.leaves_cart("bob", "c2")
    shop.passes(HOUR)
    assert len(shop.rows("SELECT 1 FROM outbox WHERE state = 'accepted' AND channel = 'sms'")) == 2
    assert shop.one("SELECT count(*) FROM text_key WHERE occasion_key = ''") == 0


def test_a_run_key_without_end_is_no_key(shop: ShopUnderTest) -> None:
    shop.publish(KEYED)
    shop.does("ann", "Order Completed", order_id=LONG)
    shop.does("bob", "Order Completed", order_id="1")
    shop.passes(HOUR)
    assert held(shop) == []
    assert [row.run_key for row in shop.rows("SELECT run_key FROM entry")] == ["1"]


def test_a_machine_that_fills_and_empties_its_cart_all_day_holds_up_nobody(shop: ShopUnderTest) -> None:
    body: dict[str, Any] = {"anonymousId": "machine", "properties": {"price": 1.0}}
    arrivals = [
        Arrival(
            "test", f"a{n}", "track", shop.now + timedelta(milliseconds=n), False,
            {**body, "event": "Product Removed" if n % 2 else "Product Added", "properties": {"product_id": f"p{n}"}},
        )
        for n in range(6_000)
    ]  # fmt: skip
    shop.now += HOUR
    store_arrivals(shop.db, arrivals, shop.now)
    began = monotonic()
    shop.settle()
    assert monotonic() - began < 20  # counted anew for each removal, it took minutes
    assert shop.one("SELECT count(*) FROM fresh") == 0


@pytest.mark.parametrize("together", [True, False])
def test_a_cart_is_emptied_by_what_takes_the_last_product_out(shop: ShopUnderTest, together: bool) -> None:
    told = ["+a", "+b", "-a", "-b", "+a", "-b", "+a", "-a", "-a", "+c", "-c"]
    if together:
        shop.now += HOUR
    for minute, said in enumerate(told):
        event = "Product Added" if said[0] == "+" else "Product Removed"
        at = NOON + timedelta(minutes=minute)
        shop.now = shop.now if together else at
        shop.does("ann", event, at, product_id=said[1], cart_id="c1")
        if not together:
            shop.settle()
    shop.settle()
    emptied = shop.rows("SELECT at FROM event WHERE name = 'Cart Emptied' ORDER BY at")
    assert [int((row.at - NOON).total_seconds() // 60) for row in emptied] == [3, 8, 10]


@pytest.mark.parametrize("revenue", [1e300, -1e300, 1e17])
def test_an_order_beyond_all_numbers_stops_nobody(shop: ShopUnderTest, revenue: float) -> None:
    shop.does("ann", "Order Completed", order_id="o1", revenue=revenue)
    shop.does("ann", "Order Completed", order_id="o2", revenue=40.0)
    shop.settle()
    assert shop.one("SELECT value FROM event_total WHERE name = 'Order Completed'") == 40


@pytest.mark.parametrize(
    ("trigger", "event", "props"),
    [
        ("event: Order Completed", "Journey Requested", {"journey": "test"}),
        ("segment: gold", "Segment Entered", {"segment": "gold"}),
    ],
)
def test_what_the_engine_tells_lets_nobody_in_when_a_page_tells_it(
    shop: ShopUnderTest, trigger: str, event: str, props: dict[str, Any]
) -> None:
    apply(
        shop.db, "segment: gold\ntitle: Gold\nwho: {kind: trait, trait: plan, value: gold}\n", Actor("test"), shop.now
    )
    shop.publish(f"journey: test\nname: Test\ntrigger: {{{trigger}}}\nsteps: [{{id: rest, type: wait, for: 10d}}]\n")
    shop.does("eve", event, **props)
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == 0


def test_who_lost_an_entry_to_a_split_enters_again(shop: ShopUnderTest) -> None:
    """Entries were counted: behind a number that is gone the next one was there already, for ever."""
    reentry = "reentry: {mode: after, gap: 30m}"
    shop.publish(
        f"journey: test\nname: Test\ntrigger: {{event: A}}\n{reentry}\nsteps: [{{id: rest, type: wait, for: 1m}}]\n"
    )
    for number in range(3):
        shop.does("ann", "A")
        shop.passes(HOUR)
        if number == 1:
            with shop.db.begin("test") as connection:  # as a split does with what is another person's
                connection.execute(text("DELETE FROM entry WHERE n = 1"))
    assert [row.n for row in shop.rows("SELECT n FROM entry ORDER BY n")] == [2, 3]


def test_a_number_that_comes_again_is_another_run(shop: ShopUnderTest) -> None:
    """The last entry went with a split: the next one has its number, and its run must not have that one's id."""
    shop.publish(
        "journey: test\nname: Test\ntrigger: {event: A}\nreentry: {mode: after, gap: 30m}\n"
        "steps: [{id: rest, type: wait, for: 1m}]\n"
    )
    for _ in range(2):
        shop.does("ann", "A")
        shop.passes(HOUR)
        with shop.db.begin("test") as connection:
            connection.execute(text("DELETE FROM entry"))
    assert shop.one("SELECT count(DISTINCT id) FROM run_done WHERE n = 1") == 2


def test_nobody_sends_under_the_name_of_what_antiphon_tells(db: Database) -> None:
    with pytest.raises(AntiphonError, match="how Antiphon itself signs"):
        create_source(db, " Antiphon", NOON)


def test_what_a_trigger_asks_of_an_event_is_bounded() -> None:
    where = ", ".join("{prop: total, op: gt, value: 1}" for _ in range(21))
    source = f"journey: test\nname: Test\ntrigger: {{event: A, where: [{where}]}}\nsteps: [{{id: rest, type: wait, for: 1m}}]\n"
    with pytest.raises(JourneyError, match="20"):
        read_journey(source)
