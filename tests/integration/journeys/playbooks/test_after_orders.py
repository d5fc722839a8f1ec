"""After an order: thanks at once, the email of the next day, a code later; on its way, arrived, the review a week after it."""

from datetime import timedelta

import pytest
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import PRODUCT, ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    HOUR,
    act,
    got,
    leap,
    left,
    phone,
    shelf,
    signs_up,
    steps,
    switch_on,
    walk,
)

ORDER = {"order_id": "o1", "products": [PRODUCT], "guide_url": "https://lamps.example/care"}


def test_thanks_at_once_then_the_email_then_the_code(shop: ShopUnderTest) -> None:
    made(shop.db, "next_order", "static", code="AGAIN", title="Free delivery")
    switch_on(shop, "post-purchase")
    shelf(shop)
    signs_up(shop, "ann", "email", "sms")
    signs_up(shop, "bob", "email")
    shop.knows("cem", phone=phone("cem"), email="cem@example.com", timezone="America/New_York")
    script = [act(1, who, "Order Completed", **(ORDER | {"order_id": f"o-{who}"})) for who in ("ann", "bob", "cem")]
    walk(shop, 9 * DAY, script)
    assert steps(shop, "ann") == ["thanks", "care", "next-order"]
    thanks, care, _ = got(shop, "ann")
    assert (thanks.channel, thanks.at) == ("sms", DAY)
    assert "Thank you, Ann! We have your order o-ann." in thanks.words
    assert "STOP" not in thanks.words, "it is about the order"
    assert 20 * HOUR <= care.at - thanks.at <= 32 * HOUR
    assert steps(shop, "bob") == ["care", "next-order"]
    assert steps(shop, "cem") == ["thanks"], "nothing else without consent"
    html = shop.one("SELECT html FROM sandbox_message WHERE address = 'ann@example.com' ORDER BY id LIMIT 1")
    assert "How to care for it" in html
    assert "Register your warranty" not in html, "the order says nothing of one"


def test_without_an_offer_there_is_no_word_of_a_code(shop: ShopUnderTest) -> None:
    switch_on(shop, "post-purchase")
    signs_up(shop, "ann", "email")
    walk(shop, 9 * DAY, [act(1, "ann", "Order Completed", **ORDER)])
    assert steps(shop, "ann") == ["care"]
    assert left(shop, "ann") == ("finished", "done")


@pytest.mark.parametrize("reversal", ["Order Cancelled", "Order Refunded"])
def test_a_reversal_ends_it_and_one_of_another_order_does_not(shop: ShopUnderTest, reversal: str) -> None:
    switch_on(shop, "post-purchase")
    for who in ("ann", "bob"):
        signs_up(shop, who, "email", "sms")
    script = [act(1, who, "Order Completed", order_id=f"o-{who}") for who in ("ann", "bob")]
    script += [act(1.2, "ann", reversal, order_id="o-ann"), act(1.2, "bob", reversal, order_id="another")]
    walk(shop, 4 * DAY, script)
    assert steps(shop, "ann") == ["thanks"]
    assert left(shop, "ann")[0] == "exited"
    assert steps(shop, "bob") == ["thanks", "care"]


def test_a_reversal_that_arrives_first_starts_nothing(shop: ShopUnderTest) -> None:
    switch_on(shop, "post-purchase")
    signs_up(shop, "ann", "email", "sms")
    shop.does("ann", "Order Cancelled", order_id="o1")
    shop.settle()
    shop.does("ann", "Order Completed", shop.now - timedelta(minutes=5), order_id="o1")
    shop.settle()
    assert got(shop, "ann", sent=False) == []


def test_each_order_is_thanked_for_and_the_night_is_quiet(shop: ShopUnderTest) -> None:
    switch_on(shop, "post-purchase")
    signs_up(shop, "ann", "sms")
    night = 11 / 24  # 23:00 in New York
    walk(
        shop,
        3 * DAY,
        [act(night, "ann", "Order Completed", order_id="o1"), act(2, "ann", "Order Completed", order_id="o2")],
    )
    first, second = got(shop, "ann")
    assert (first.at, second.at) == (20 * HOUR, 2 * DAY), "at 8 in the morning"


def test_on_its_way_and_arrived_are_told_once_each(shop: ShopUnderTest) -> None:
    switch_on(shop, "order-shipped", "order-delivered")
    shelf(shop)
    signs_up(shop, "ann", "sms")
    signs_up(shop, "bob", "email")
    shop.knows("cem", phone=phone("cem"), timezone="America/New_York")
    days = ((1, "Fulfilled"), (1.1, "Fulfilled"), (3, "Delivered"))
    script = [
        act(day, who, f"Order {what}", **(ORDER | {"order_id": f"o-{who}", "tracking_url": "https://post.example/1"}))
        for who in ("ann", "bob", "cem")
        for day, what in days
    ]
    walk(shop, 14 * DAY, script)
    assert [(one.channel, one.step) for one in got(shop, "ann")] == [
        ("sms", "sent"),
        ("sms", "arrived"),
        ("sms", "review"),
    ]
    assert [(one.channel, one.step) for one in got(shop, "bob")] == [
        ("email", "sent"), ("email", "arrived"), ("email", "review"),
    ]  # fmt: skip
    assert steps(shop, "cem") == ["sent", "arrived"], "a request for a review needs consent"
    sent, arrived, review = got(shop, "ann")
    assert (sent.at, arrived.at) == (DAY, 3 * DAY)
    assert 7 * DAY <= review.at - arrived.at <= 9 * DAY


def test_who_has_reviewed_or_sent_it_back_is_not_asked(shop: ShopUnderTest) -> None:
    switch_on(shop, "order-delivered")
    for who in ("ann", "bob"):
        signs_up(shop, who, "email")
    script = [act(1, who, "Order Delivered", order_id=f"o-{who}") for who in ("ann", "bob")]
    script += [act(4, "ann", "Product Reviewed", product_id="p1"), act(5, "bob", "Order Refunded", order_id="o-bob")]
    walk(shop, 12 * DAY, script)
    assert [steps(shop, who) for who in ("ann", "bob")] == [["arrived"]] * 2
    assert [left(shop, who)[0] for who in ("ann", "bob")] == ["exited"] * 2


def test_a_parcel_that_arrived_is_not_told_of_as_on_its_way(shop: ShopUnderTest) -> None:
    switch_on(shop, "order-shipped")
    signs_up(shop, "ann", "sms")
    shop.now += 12 * HOUR
    shop.does("ann", "Order Fulfilled", order_id="o1")
    leap(shop, shop.now + 2 * HOUR)
    shop.does("ann", "Order Delivered", order_id="o1")
    leap(shop, shop.now + 20 * HOUR)
    assert [(one.state, one.rule) for one in got(shop, "ann", sent=False)] == [("cancelled", "exit")]
