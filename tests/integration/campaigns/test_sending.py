"""A whole campaign: reviewed, launched, planned, sent, on the virtual clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.integration.campaigns.says import campaign, does, launched, messages, reviewed, seen
from tests.integration.engine.shop import ShopUnderTest

from antiphon.campaigns import review
from antiphon.kit.errors import AntiphonError

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


def test_two_who_launch_at_once_launch_once(shop: ShopUnderTest) -> None:
    two_people(shop)
    reviewed(shop, campaign())
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: does(shop, "launch"), range(2)))
    assert sorted(one["launched"] for one in done) == [False, True]
    shop.settle()
    assert shop.one("SELECT count(*) FROM outbox") == 2


def test_of_many_people_some_are_decided_and_the_rest_told_with_its_interval(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        shop.reachable(f"p{number}", email=f"p{number}@shop.example" if number % 2 else None)
    shop.settle()
    monkeypatch.setattr(review, "EVERYBODY", 10)
    monkeypatch.setattr(review, "SAMPLE", 15)
    found = reviewed(shop, campaign())
    assert (found["audience"], found["to_decide"], found["exact"]) == (40, 40, False)
    assert found["decided"] < 40
    email = found["channels"]["email"]
    assert email["low"] <= 20 <= email["high"]
    assert email["low"] <= email["n"] <= email["high"]
    assert {why["outcome"] for why in found["whys"]} == {"email", "unwritten"}
    assert shop.one("SELECT count(*) FROM decision") == 0


def test_somebody_who_becomes_one_with_another_before_it_is_planned_is_written_to_once(shop: ShopUnderTest) -> None:
    shop.reachable("ann", email="ann@shop.example")
    shop.arrive("identify", {"anonymousId": "device-1", "traits": {"plan": "gold"}})
    shop.settle()
    opens = (shop.now + 24 * HOUR).isoformat()
    launched(shop, campaign(window=f"{{from: '{opens}'}}"))
    shop.settle()
    assert seen(shop).audience == 2
    shop.arrive("identify", {"anonymousId": "device-1", "userId": "ann"})
    shop.passes(23 * HOUR, HOUR)
    assert shop.one("SELECT count(*) FROM person") == 1
    assert shop.one("SELECT count(*) FROM campaign_member") == 1
    assert messages(shop) == [("ann@shop.example", "planned")]


def test_an_audience_that_takes_too_long_is_a_review_that_failed_and_not_an_error_of_ours(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_people(shop)
    monkeypatch.setattr(review, "_PATIENCE", text("SELECT set_config('statement_timeout', '1ms', true)"))
    monkeypatch.setattr(review, "_count", lambda connection, _: connection.execute(text("SELECT pg_sleep(1)")))
    with pytest.raises(AntiphonError, match="takes longer than a minute"):
        reviewed(shop, campaign())
    assert "takes longer than a minute" in shop.one("SELECT review_error FROM campaign")
