"""People who become one while a campaign is on its way: each human gets it once, and nobody is forgotten."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from tests.integration.campaigns.says import EMAIL, SMS, campaign, launched, messages, seen
from tests.integration.campaigns.test_audience import silent
from tests.integration.engine.shop import ShopUnderTest

from antiphon.campaigns import planning
from antiphon.engine.commands import carry_out
from antiphon.kit.buckets import bucket_of

HOUR = timedelta(hours=1)
MAIL = f"{{{EMAIL}}}"
NAMES = [f"p{number}" for number in range(8)]
MEANT, OTHERS = NAMES[1::2], NAMES[::2]
GOLD = "{kind: trait, trait: plan, value: gold}"


def person(shop: ShopUnderTest, name: str) -> int:
    return int(shop.one("SELECT person FROM identifier WHERE kind = 'customer_id' AND value = :name", name=name))


def become_one(shop: ShopUnderTest, first: str, second: str) -> dict[str, Any]:
    both = {"person": person(shop, first), "other": person(shop, second), "why": "they said so"}
    return carry_out(shop.db, "people.merge", both, "test", shop.now)


def half_of_them_are_meant(shop: ShopUnderTest) -> None:
    for name in NAMES:
        shop.reachable(name, email=f"{name}@shop.example")
        shop.knows(name, plan="gold" if name in MEANT else "basic")
    shop.settle()


def one_of_each(shop: ShopUnderTest, done: str) -> tuple[str, str]:
    """Somebody who is meant in a bucket that is not done, and somebody who is not in one that is."""
    ready = {row.bucket for row in shop.rows(done)}
    waits = [name for name in MEANT if bucket_of(person(shop, name)) not in ready]
    return next(pair for pair in product(waits, (name for name in OTHERS if bucket_of(person(shop, name)) in ready)))


def everybody_has_one(shop: ShopUnderTest) -> None:
    shop.settle()
    told = seen(shop)
    assert (told.state, told.audience, told.planned, told.email) == ("sending", 4, 4, 4)
    assert shop.one("SELECT count(*) FROM outbox") == shop.one("SELECT count(DISTINCT person) FROM outbox") == 4
    assert shop.one("SELECT count(*) FROM campaign_bucket WHERE planned_at IS NULL") == 0


def test_who_moves_into_a_bucket_that_is_planned_already_is_planned_too(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PORTION", 1)
    half_of_them_are_meant(shop)
    launched(shop, campaign(audience=GOLD, content=MAIL))
    while not seen(shop).email:
        shop.engine.planner.carry_on(shop.now)
    moves, stays = one_of_each(shop, "SELECT bucket FROM campaign_bucket WHERE planned_at IS NOT NULL")
    become_one(shop, stays, moves)
    everybody_has_one(shop)


def test_who_moves_into_a_bucket_whose_people_are_picked_already_is_picked_too(shop: ShopUnderTest) -> None:
    half_of_them_are_meant(shop)
    launched(shop, campaign(audience=GOLD, content=MAIL))
    shop.engine.planner._size = 128
    shop.engine.planner.carry_on(shop.now)
    moves, stays = one_of_each(shop, "SELECT bucket FROM campaign_bucket")
    become_one(shop, stays, moves)
    everybody_has_one(shop)


def test_of_two_messages_to_one_human_one_leaves(shop: ShopUnderTest) -> None:
    for name in ("ann", "bob"):
        shop.reachable(name, email=f"{name}@shop.example")
    shop.settle()
    opens = (shop.now + HOUR).isoformat()
    launched(shop, campaign(content=MAIL, window=f"{{from: '{opens}'}}"))
    shop.settle()
    become_one(shop, "ann", "bob")
    shop.passes(25 * HOUR, HOUR)
    assert sorted(state for _, state in messages(shop)) == ["accepted", "cancelled"]
    assert seen(shop).stopped == {"campaign.merged": 1}
    told = "SELECT from_state, to_state FROM message_log WHERE rule = 'campaign.merged'"
    assert [tuple(row) for row in shop.rows(told)] == [("planned", "cancelled")]


def test_one_address_gets_one_message_whatever_way_two_people_were_decided_by(shop: ShopUnderTest) -> None:
    shop.reachable("ann", email="both@shop.example", phone="+12125550101")
    shop.reachable("bob", email="both@shop.example")
    shop.settle()
    silent(shop, "sms", who="ann")  # so that she is asked by email alone
    launched(shop, campaign(content=f"{{{EMAIL}, {SMS}}}"))
    shop.passes(25 * HOUR, HOUR)
    assert {row.step for row in shop.rows("SELECT step FROM decision")} == {"email", "message"}
    assert messages(shop) == [("both@shop.example", "accepted")]
