"""Whom a campaign is meant for: conditions, segments, who is left out, who is followed up."""

from datetime import timedelta

import pytest
from tests.integration.campaigns.says import EMAIL, SMS, campaign, does, launched, messages, reviewed, seen
from tests.integration.engine.shop import ShopUnderTest

from antiphon.audiences.segments.managing import define
from antiphon.audiences.segments.models import Segment
from antiphon.campaigns.source import CampaignError, read_campaign
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.engine.segments import archive
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def silent(shop: ShopUnderTest, *channels: str, who: str) -> None:
    """Somebody who got much and answered nothing for a year on these channels."""
    with shop.db.begin("test") as connection:
        for channel in channels:
            connection.exec_driver_sql(
                "INSERT INTO engagement (bucket, person, channel, delivered, first_delivered_at, last_delivered_at) "
                "SELECT bucket, person, %s, 9, %s, %s FROM identifier WHERE kind = 'customer_id' AND value = %s",
                (channel, shop.now - 400 * DAY, shop.now - 300 * DAY, who),
            )


def test_conditions_and_exclusions_pick_people(shop: ShopUnderTest) -> None:
    for name, plan in (("ann", "gold"), ("bob", "basic"), ("cid", "gold")):
        shop.reachable(name, email=f"{name}@shop.example")
        shop.knows(name, plan=plan)
    shop.knows("cid", staff=True)
    shop.settle()
    gold = "{kind: trait, trait: plan, value: gold}"
    found = reviewed(shop, campaign(audience=gold, exclude="{kind: trait, trait: staff, value: true}"))
    assert (found["audience"], found["left_out"]["excluded"], found["to_decide"]) == (2, 1, 1)
    does(shop, "launch")
    shop.settle()
    assert [address for address, _ in messages(shop)] == ["ann@shop.example"]
    assert (seen(shop).audience, seen(shop).excluded) == (2, 1)


def test_who_does_not_answer_any_more_is_left_out_or_written_to_where_they_do(shop: ShopUnderTest) -> None:
    numbers = {"ann": "+12125550101", "bob": "+12125550102", "cid": "+12125550103"}
    for name, phone in numbers.items():
        shop.reachable(name, email=f"{name}@shop.example", phone=phone)
    shop.settle()
    silent(shop, "email", "sms", who="ann")
    silent(shop, "email", who="bob")
    silent(shop, "sms", who="cid")
    launched(shop, campaign())
    shop.settle()
    assert [address for address, _ in messages(shop)] == [numbers["bob"], "cid@shop.example"]
    assert seen(shop).unengaged == 1


def test_who_does_not_answer_any_more_needs_an_offer_made_for_them() -> None:
    with pytest.raises(CampaignError, match="only with an offer made for them"):
        read_campaign(campaign(unengaged="{sms: {text: Come back}}"))
    read_campaign(campaign(unengaged="{sms: {text: 'Come back {{ offer.back.code }}'}}"))


def test_those_who_did_not_answer_are_followed_up_on_the_other_channel(shop: ShopUnderTest) -> None:
    phones = {"ann": "+12125550101", "bob": "+12125550102"}
    for name, phone in phones.items():
        shop.reachable(name, email=f"{name}@shop.example", phone=phone)
    shop.settle()
    launched(shop, campaign(content=f"{{{EMAIL}}}", window=f"{{to: '{(shop.now + 4 * HOUR).isoformat()}'}}"))
    shop.passes(5 * HOUR, HOUR)
    assert [state for _, state in messages(shop)] == ["accepted", "accepted"]
    shop.does("ann", "Email Clicked")
    follow = campaign("again", content=f"{{{SMS}}}", audience="", retarget="{campaign: sale, on: sms, after: 24h}")
    launched(shop, follow)
    shop.passes(2 * DAY, HOUR)
    assert messages(shop, "again") == [(phones["bob"], "accepted")]


def test_who_never_got_the_earlier_one_is_not_followed_up_whatever_else_they_got(shop: ShopUnderTest) -> None:
    phones = {"ann": "+12125550101", "bob": "+12125550102"}
    for name, phone in phones.items():
        shop.reachable(name, email=f"{name}@shop.example", phone=phone)
    shop.settle()
    mail, (opens, closes) = f"{{{EMAIL}}}", (shop.now + hours * HOUR for hours in (1, 3))
    launched(shop, campaign(content=mail, window=f"{{from: '{opens.isoformat()}', to: '{closes.isoformat()}'}}"))
    shop.settle()
    does(shop, "cancel")
    launched(shop, campaign("other", content=mail, window=f"{{from: '{closes.isoformat()}'}}"))
    shop.passes(30 * HOUR, HOUR)
    assert {state for _, state in messages(shop, "other")} == {"accepted"}
    again = campaign("again", content=f"{{{SMS}}}", audience="", retarget="{campaign: sale, on: sms, after: 1h}")
    assert launched(shop, again)["launched"]
    shop.settle()
    assert (seen(shop, "again").audience, seen(shop, "again").state) == (0, "done")
    assert shop.one("SELECT review FROM campaign WHERE slug = 'again'")["audience"] == 0


def test_a_campaign_that_was_never_launched_has_nobody_to_follow_up(shop: ShopUnderTest) -> None:
    with pytest.raises(CommandFailedError, match="there is no campaign `sale`"):
        reviewed(shop, campaign("again", retarget="{campaign: sale}"))
    carry_out(shop.db, "campaign.save", {"source": campaign()}, "test", shop.now)
    with pytest.raises(AntiphonError, match="was not launched"):
        reviewed(shop, campaign("again", retarget="{campaign: sale}"))


def test_an_audience_of_nobody_comes_to_nothing_and_is_done(shop: ShopUnderTest) -> None:
    found = reviewed(shop, campaign(audience="{kind: any, of: []}"))
    assert (found["audience"], found["to_decide"], found["exact"]) == (0, 0, True)
    does(shop, "launch")
    shop.settle()
    assert seen(shop).state == "done"
    assert seen(shop).audience == 0


def test_a_segment_that_is_gone_is_named_before_anybody_is_written_to(shop: ShopUnderTest) -> None:
    vip = Segment.model_validate({"segment": "vip", "title": "VIP", "who": {"kind": "all", "of": []}})
    with shop.db.begin("segments") as connection:
        define(connection, vip, "", "test", shop.now)
    reviewed(shop, campaign(audience="vip"))
    with shop.db.begin("test") as connection:
        connection.exec_driver_sql("UPDATE segment SET state = 'archived'")
    with pytest.raises(CommandFailedError, match="There is no segment “vip”"):
        does(shop, "launch")
    with pytest.raises(CommandFailedError, match="There is no segment “vip”"):
        reviewed(shop, campaign("other", audience="vip"))


def test_a_segment_that_a_campaign_needs_cannot_be_archived(shop: ShopUnderTest) -> None:
    vip = Segment.model_validate({"segment": "vip", "title": "VIP", "who": {"kind": "all", "of": []}})
    with shop.db.begin("segments") as connection:
        define(connection, vip, "", "test", shop.now)
    reviewed(shop, campaign(audience="vip"))
    with pytest.raises(AntiphonError, match="used by campaign"):
        archive(shop.db, "vip", Actor("test"), shop.now)


def test_a_window_that_is_past_is_refused_at_the_review_and_at_the_launch(shop: ShopUnderTest) -> None:
    closes = (shop.now + 2 * HOUR).isoformat()
    reviewed(shop, campaign(window=f"{{to: '{closes}'}}"))
    shop.now += 3 * HOUR
    with pytest.raises(CommandFailedError, match="closed at 2026-03-03 19:00 UTC"):
        does(shop, "launch")
    with pytest.raises(AntiphonError, match="closed at 2026-03-03 19:00 UTC"):
        reviewed(shop, campaign(window=f"{{to: '{closes}'}}"))


def test_a_changed_campaign_is_to_be_reviewed_again(shop: ShopUnderTest) -> None:
    reviewed(shop, campaign())
    carry_out(shop.db, "campaign.save", {"source": campaign(value="3")}, "test", shop.now)
    with pytest.raises(CommandFailedError, match="was not reviewed as it is now"):
        does(shop, "launch")
    launched(shop, campaign(value="3"))
    with pytest.raises(CommandFailedError, match="does not change any more"):
        carry_out(shop.db, "campaign.save", {"source": campaign()}, "test", shop.now)


def test_one_phone_of_two_people_is_texted_once(shop: ShopUnderTest) -> None:
    for name in ("ann", "bob"):
        shop.reachable(name, email=f"{name}@shop.example", phone="+12125550101")
    shop.settle()
    launched(shop, campaign(content=f"{{{SMS}}}"))
    shop.passes(25 * HOUR, HOUR)
    assert len(messages(shop)) == 1
