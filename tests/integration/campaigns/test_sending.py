"""A whole campaign: reviewed, launched, planned, sent, on the virtual clock."""

from datetime import timedelta

from tests.integration.campaigns.says import campaign, does, launched, messages, reviewed, seen
from tests.integration.engine.shop import ShopUnderTest

HOUR = timedelta(hours=1)


def two_people(shop: ShopUnderTest) -> None:
    shop.reachable("ann", email="ann@shop.example")
    shop.reachable("bob", phone="+12125550101")
    shop.settle()


def test_a_campaign_goes_to_each_on_their_channel_inside_its_window_and_is_done(shop: ShopUnderTest) -> None:
    two_people(shop)
    found = reviewed(shop, campaign())
    assert found["channels"]["email"]["n"] == 1
    assert found["channels"]["sms"]["n"] == 1
    assert found["exact"]
    assert does(shop, "launch")["launched"]
    shop.passes(25 * HOUR, HOUR)
    assert messages(shop) == [("+12125550101", "accepted"), ("ann@shop.example", "accepted")]
    told = seen(shop)
    assert (told.state, told.email, told.sms, told.planned) == ("done", 1, 1, 2)
    assert told.messages == {"email": {"sent": 1}, "sms": {"sent": 1}}


def test_launched_again_it_is_sent_once(shop: ShopUnderTest) -> None:
    two_people(shop)
    assert launched(shop, campaign())["launched"]
    assert not does(shop, "launch")["launched"]
    shop.passes(25 * HOUR, HOUR)
    assert not does(shop, "launch")["launched"]
    shop.passes(HOUR, HOUR)
    assert shop.one("SELECT count(*) FROM outbox") == 2
    assert shop.one("SELECT count(*) FROM audit WHERE what = 'campaign launched'") == 1
