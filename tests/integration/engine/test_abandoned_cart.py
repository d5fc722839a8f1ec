"""The main way, on the virtual clock: a cart is left, a message goes out, an order ends it."""

from datetime import timedelta

import pytest
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

SENT = "SELECT channel, address, accepted_at, subject FROM outbox WHERE state = 'accepted' ORDER BY accepted_at"


def test_a_left_cart_gets_a_text_within_the_hour_and_emails_after_it(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(4 * 24 * HOUR)
    sent = shop.rows(SENT)
    assert [row.channel for row in sent] == ["sms", "email", "email", "email"]
    assert sent[0].accepted_at - NOON <= HOUR
    gaps = [row.accepted_at - sent[0].accepted_at for row in sent[1:]]
    for gap, hours in zip(gaps, (4, 24, 48), strict=True):
        assert hours * HOUR <= gap <= (hours + 6) * HOUR
    assert shop.one("SELECT count(*) FROM run") == 0
    assert shop.one("SELECT outcome FROM run_done") == "finished"


def test_the_text_names_the_cart_and_the_way_out(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", None, "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(2 * HOUR)
    words = shop.one("SELECT body FROM sandbox_message")
    assert "Lamps" in words
    assert "Lamp" in words
    assert "STOP" in words


def test_last_engaged_on_email_gets_email_first(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.does("ann", "SMS Clicked", NOON - 9 * 24 * HOUR)
    shop.does("ann", "Email Clicked", NOON - 2 * 24 * HOUR)
    shop.leaves_cart("ann", "c1")
    shop.passes(2 * HOUR)
    assert [row.channel for row in shop.rows(SENT)] == ["email"]


def test_an_order_of_the_cart_ends_it(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(HOUR)
    assert len(shop.rows(SENT)) == 1
    shop.does("ann", "Order Completed", cart_id="c1", order_id="o1", revenue=40.0)
    shop.passes(3 * 24 * HOUR)
    assert len(shop.rows(SENT)) == 1
    assert shop.one("SELECT outcome FROM run_done") == "exited"


def test_an_order_before_its_cart_arrives_starts_nothing(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.does("ann", "Order Completed", NOON, cart_id="c1", order_id="o1")
    shop.settle()
    shop.leaves_cart("ann", "c1", NOON - 5 * MINUTE)
    shop.passes(24 * HOUR)
    assert shop.one("SELECT count(*) FROM entry") == 0


def test_an_order_with_its_cart_starts_nothing(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.does("ann", "Order Completed", cart_id="c1", order_id="o1")
    shop.passes(24 * HOUR)
    assert shop.one("SELECT count(*) FROM entry") == 0


def test_an_order_an_hour_late_ends_what_it_would_have_prevented(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(65 * MINUTE)
    assert shop.one("SELECT count(*) FROM run") == 1
    shop.does("ann", "Order Completed", NOON + 5 * MINUTE, cart_id="c1", order_id="o1")
    shop.settle()
    assert shop.one("SELECT count(*) FROM run") == 0
    assert shop.one("SELECT open_kind FROM watch") is None


def test_an_order_of_another_cart_does_not(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.passes(HOUR)
    shop.does("ann", "Order Completed", cart_id="c2", order_id="o1")
    shop.settle()
    assert shop.one("SELECT count(*) FROM run") == 1


def test_an_emptied_cart_ends_it(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.passes(HOUR)
    shop.does("ann", "Product Removed", cart_id="c1", product_id="p1", quantity=1)
    shop.settle()
    assert shop.one("SELECT outcome FROM run_done") == "exited"


def test_a_changed_cart_is_no_new_occasion(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.passes(3 * HOUR)
    shop.leaves_cart("ann", "c1")
    shop.passes(24 * HOUR)
    assert shop.one("SELECT count(*) FROM entry") == 1


def test_a_checkout_comes_before_a_cart_and_takes_its_place(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.playbook("abandoned-checkout")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(HOUR)
    shop.does("ann", "Checkout Started", cart_id="c1")
    shop.passes(4 * 24 * HOUR)
    names = shop.rows("SELECT name FROM event WHERE name LIKE '%Abandoned' ORDER BY at")
    assert [row.name for row in names] == ["Cart Abandoned", "Checkout Abandoned"]
    assert sum(row.channel == "sms" for row in shop.rows(SENT)) == 1


def test_a_cart_that_is_used_again_after_its_order_gets_its_text(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", phone="+12125550101")
    for order in range(2):
        shop.leaves_cart("ann", "for-life")
        shop.passes(HOUR)
        assert sum(row.channel == "sms" for row in shop.rows(SENT)) == order + 1
        shop.does("ann", "Order Completed", cart_id="for-life", order_id=f"o{order}")
        shop.passes(3 * 24 * HOUR)


def test_a_cart_left_again_after_a_week_gets_its_text(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", phone="+12125550101")
    shop.leaves_cart("ann", "for-life")
    shop.passes(8 * 24 * HOUR, HOUR)
    shop.leaves_cart("ann", "for-life")
    shop.passes(HOUR)
    shop.does("ann", "Checkout Started", cart_id="for-life")
    shop.passes(3 * 24 * HOUR, HOUR)
    assert sum(row.channel == "sms" for row in shop.rows(SENT)) == 2


def test_two_people_of_one_phone_who_share_a_cart_get_one_text(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    for who in ("ann", "bob"):
        shop.knows(who, phone="+12125550101", email=f"{who}@example.com", timezone="America/New_York")
        shop.consents(who, "sms", "+12125550101", "marketing", "cart")
    shop.leaves_cart("ann", "shared")
    shop.passes(10 * MINUTE)
    shop.leaves_cart("bob", "shared")
    shop.passes(3 * 24 * HOUR, HOUR)
    assert shop.one("SELECT count(DISTINCT person) FROM decision WHERE channel = 'sms'") == 2
    assert sum(row.channel == "sms" for row in shop.rows(SENT)) == 1
    assert shop.one("SELECT count(*) FROM outbox WHERE rule = 'carrier.one_text'") == 1


def test_an_abandonment_lists_the_newest_hundred_lines(shop: ShopUnderTest) -> None:
    listed = [{"product_id": f"old{n}", "price": 1} for n in range(90)]
    shop.does("ann", "Cart Viewed", NOON - HOUR / 4, cart_id="c1", products=listed)
    for n in range(20):
        shop.does("ann", "Product Added", NOON - (20 - n) * MINUTE / 2, cart_id="c1", product_id=f"new{n}", price=1)
    shop.passes(2 * HOUR)
    (row,) = shop.rows(
        "SELECT props->'products' AS products, props->'value' AS value FROM event WHERE name = 'Cart Abandoned'"
    )
    ids = [line["product_id"] for line in row.products]
    assert ids == [f"old{n}" for n in range(10, 90)] + [f"new{n}" for n in range(20)]
    assert row.value == 110


def test_backfilled_events_never_start_anything_but_may_end_it(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.does("ann", "Product Added", backfill=True, cart_id="c0")
    shop.does("ann", "Cart Abandoned", backfill=True, abandonment_id="a0")
    shop.passes(24 * HOUR)
    assert shop.one("SELECT count(*) FROM entry") == 0
    shop.leaves_cart("ann", "c1")
    shop.passes(HOUR)
    assert shop.one("SELECT count(*) FROM run") == 1
    shop.does("ann", "Order Completed", backfill=True, cart_id="c1", order_id="o1")
    shop.settle()
    assert shop.one("SELECT count(*) FROM run") == 0


def test_one_phone_under_two_people_gets_one_text(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    for who in ("ann", "bob"):
        shop.reachable(who, None, "+12125550101")
        shop.leaves_cart(who, f"cart of {who}")
    shop.settle()
    assert shop.one("SELECT count(DISTINCT person) FROM person_address WHERE address = '+12125550101'") == 2
    shop.passes(2 * 24 * HOUR)
    assert [row.channel for row in shop.rows(SENT)] == ["sms"]


def test_at_night_the_text_waits_for_the_morning(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.now = NOON + 11 * HOUR  # 23:00 in New York
    shop.reachable("ann", None, "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(20 * HOUR)
    (text,) = shop.rows(SENT)
    assert text.accepted_at == NOON.replace(day=4, hour=15)  # 10:00 in New York


def test_every_step_has_its_reason(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(4 * 24 * HOUR)
    moves = shop.rows("SELECT from_step, to_step, why FROM move ORDER BY seq")
    assert moves[0].why["path"] == "Email and texts"
    assert moves[-1].to_step == ""
    assert all(row.reasons["sentence"] for row in shop.rows("SELECT reasons FROM decision"))


LAST = """\
journey: last
name: Last
trigger: {event: Left}
exits: [{event: Order Completed, match: cart_id}]
steps:
- id: write
  type: message
  channels: [sms]
  window: 20h
  content: {sms: {text: Come back}}
"""


@pytest.mark.parametrize("cart", ["c1", "c2"])
def test_an_order_stops_the_message_that_its_finished_run_had_planned(shop: ShopUnderTest, cart: str) -> None:
    """The message is the last step, quiet hours hold it until morning, and the run is finished as soon as it is decided."""
    shop.publish(LAST)
    shop.reachable("ann", None, "+12125550101")
    shop.now = NOON + 9 * HOUR
    shop.does("ann", "Left", cart_id="c1")
    shop.passes(HOUR)
    assert shop.rows("SELECT outcome FROM run_done") == [("finished",)]
    assert shop.rows("SELECT state FROM outbox") == [("planned",)]
    shop.does("ann", "Order Completed", cart_id=cart, order_id="o1")
    shop.passes(15 * HOUR)
    state, rule = shop.rows("SELECT state, rule FROM outbox")[0]
    assert (state, rule) == (("cancelled", "exit") if cart == "c1" else ("accepted", None))
