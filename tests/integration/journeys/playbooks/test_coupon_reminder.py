"""The reminder of a code: once, before it ends, with its true last day; nobody who used it or ordered."""

from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.journeys.playbooks.walk import DAY, act, got, signs_up, steps, switch_on, walk


def test_a_code_that_ends_is_told_of_once(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", "static", code="HELLO", title="10 % off", valid_days=10, remind_days=3)
    switch_on(shop, "welcome", "coupon-reminder")
    signs_up(shop, "ann", "email")
    signs_up(shop, "bob", "sms")
    signs_up(shop, "cem", "email")
    walk(shop, 12 * DAY, [act(2, "cem", "Order Completed", order_id="o1", coupon="HELLO")])
    (email,) = [one for one in got(shop, "ann") if one.step == "remind"]
    assert email.words == "10 % off ends on 13 March"
    assert 7 * DAY <= email.at <= 9 * DAY
    (sms,) = [one for one in got(shop, "bob") if one.step == "remind"]
    assert "Your code HELLO (10 % off) ends 13 Mar." in " ".join(sms.words.split())
    assert "remind" not in steps(shop, "cem")


def test_an_order_while_the_reminder_waits_stops_it(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", "static", code="HELLO", title="10 % off", valid_days=4, remind_days=3)
    switch_on(shop, "welcome", "coupon-reminder")
    signs_up(shop, "ann", "sms")
    walk(shop, 6 * DAY, [act(1.5, "ann", "Order Completed", order_id="o1")])
    assert "remind" not in steps(shop, "ann")
