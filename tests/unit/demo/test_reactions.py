"""Answers to messages: of the seed and the message, at the rates of the truth, consistent with the carts."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.demo.days import period

from antiphon.demo import truth
from antiphon.demo.market import Market
from antiphon.demo.models import OneClick, Planned, Reply, Sent, Shop, Shopper
from antiphon.demo.reactions import Crowd, OpenCart
from antiphon.demo.shop import make_shop

NOON = datetime(2026, 6, 3, 16, tzinfo=UTC)
CART = OpenCart("cart-1-2-0", (("P001", 2), ("P009", 1)), NOON - timedelta(hours=1))


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop(1, 800)


def reader(shop: Shop, reach: str, channel: str, engaged: bool) -> Shopper:
    return next(s for s in shop.shoppers if s.reach == reach and s.latent.engaged[channel] == engaged)


def sent(shopper: Shopper, channel: str, number: int, journey: str = "abandoned-cart") -> Sent:
    address = shopper.email if channel == "email" else shopper.phone
    assert address
    return Sent(number, channel, address, NOON, journey, "first", link="/c/abc")


def clicks(crowd: Crowd, shopper: Shopper, channel: str, n: int) -> float:
    word = "Email Clicked" if channel == "email" else "SMS Clicked"
    found = 0
    for number in range(n):
        answers = crowd.answers(sent(shopper, channel, number), CART)
        found += any(isinstance(a, Planned) and a.arrival.body.get("event") == word for a in answers)
    return found / n


@pytest.mark.parametrize(("channel", "engaged"), [("email", True), ("email", False), ("sms", True), ("sms", False)])
def test_click_rates_are_those_of_the_truth(shop: Shop, channel: str, engaged: bool) -> None:
    rate = clicks(Crowd(shop), reader(shop, channel, channel, engaged), channel, 3000)
    assert rate == pytest.approx(truth.CLICKS[channel, engaged], abs=0.025)


def test_the_order_of_calls_changes_nothing(shop: Shop) -> None:
    people = [s for s in shop.shoppers if s.reach == "both"][:20]
    messages = [sent(s, channel, n) for n, s in enumerate(people) for channel in ("email", "sms")]
    forward = {m: Crowd(shop).answers(m, CART) for m in messages}
    crowd = Crowd(shop)
    assert {m: crowd.answers(m, CART) for m in reversed(messages)} == forward


def test_nobody_answers_before_the_message_or_in_the_night(shop: Shop) -> None:
    crowd, shopper = Crowd(shop), reader(shop, "both", "sms", engaged=True)
    for number in range(300):
        for channel in ("email", "sms"):
            assert all(answer.due > NOON for answer in crowd.answers(sent(shopper, channel, number), CART))


def test_a_click_can_end_in_the_order_of_the_cart(shop: Shop) -> None:
    crowd, shopper = Crowd(shop), reader(shop, "sms", "sms", engaged=True)
    orders: Counter[str] = Counter()
    for number in range(600):
        for answer in crowd.answers(sent(shopper, "sms", number), CART):
            if isinstance(answer, Planned) and answer.arrival.body.get("event") == "Order Completed":
                orders[answer.arrival.body["properties"]["cart_id"]] += 1
    assert orders.keys() == {CART.id}
    assert 600 * 0.3 * truth.RECOVERED * 0.6 < orders[CART.id] < 600 * 0.3 * truth.RECOVERED * 1.5


def test_some_people_have_enough(shop: Shop) -> None:
    crowd, shopper = Crowd(shop), reader(shop, "both", "sms", engaged=False)
    answers = [a for n in range(2000) for c in ("sms", "email") for a in crowd.answers(sent(shopper, c, n), None)]
    texts = [a for a in answers if isinstance(a, Reply)]
    presses = [a for a in answers if isinstance(a, OneClick)]
    assert {a.words.lower() for a in texts} & {"stop", "unsubscribe", "quit"}
    assert 0.015 < len(texts) / 2000 < 0.04
    assert 0.002 < len(presses) / 2000 < 0.012


def test_nobody_clicks_where_there_is_no_link(shop: Shop) -> None:
    crowd, shopper = Crowd(shop), reader(shop, "sms", "sms", engaged=True)
    messages = [replace(sent(shopper, "sms", number), link=None) for number in range(200)]
    assert all(isinstance(answer, Reply) for m in messages for answer in crowd.answers(m, CART))


def test_an_address_of_nobody_is_silent(shop: Shop) -> None:
    assert Crowd(shop).answers(Sent(1, "email", "who@example.com", NOON, "abandoned-cart", "first"), None) == []


def test_a_cart_is_ordered_once(shop: Shop) -> None:
    """Two messages that both bring the person back to one cart: the second return finds it ordered."""
    crowd, shopper, market = Crowd(shop), reader(shop, "sms", "sms", engaged=True), Market()
    for number in range(600):
        market.add(crowd.answers(sent(shopper, "sms", number), CART))
    arrivals, replies, _ = market.take(NOON + timedelta(days=9))
    orders = [a for a in arrivals if a.arrival.body.get("event") == "Order Completed"]
    assert len(orders) == 1
    assert replies
    assert market.cart_of(shopper.number) is None


def test_the_market_knows_the_open_cart(shop: Shop) -> None:
    market = Market()
    market.add(period(shop, datetime(2026, 6, 1, tzinfo=UTC), 3))
    first, _, _ = market.take(datetime(2026, 6, 2, tzinfo=UTC))
    then, _, _ = market.take(datetime(2026, 6, 9, tzinfo=UTC))
    assert first
    assert then
    assert market.next_due() is None
    open_carts = [cart for s in shop.shoppers if (cart := market.cart_of(s.number))]
    ordered = {
        a.arrival.body["properties"]["cart_id"]
        for a in first + then
        if a.arrival.body.get("event") == "Order Completed"
    }
    assert open_carts
    assert not ordered & {cart.id for cart in open_carts}
