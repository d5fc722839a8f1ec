"""What the tick counts of people's engagement and products, and what merges and splits leave of it."""

from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any

import pytest
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.people.engagement import grown

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
JOURNEY = """\
journey: told
name: Told
trigger: {event: Asked, key: key}
reentry: {mode: each_key}
steps:
  - {id: write, type: message, channels: [email], content: {email: {subject: Hi,
     mjml: "<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>"}}}
"""
_COLUMNS = "channel, responses, clicks, replies, opens, visits, orders, machine, delivered"


def _engagement(shop: ShopUnderTest, who: str = "ann") -> dict[str, dict[str, Any]]:
    person = shop.one("SELECT person FROM identifier WHERE value = :who", who=who)
    rows = shop.rows("SELECT * FROM engagement WHERE person = :person", person=person)
    return {row.channel: dict(row._mapping) for row in rows}


def _as_upgraded(shop: ShopUnderTest) -> dict[str, dict[str, Any]]:
    """What an upgrade counts of what was there before it."""
    with shop.db.begin("test") as connection:
        connection.exec_driver_sql("UPDATE engagement SET sends = 0, answers = 0")
        connection.exec_driver_sql(import_module("antiphon.store.migrations.versions.0034_affinity")._FILL)
    return _engagement(shop)


def _counts(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in _COLUMNS.split(", ")[1:] if row[name]}


def test_only_what_people_do_counts(shop: ShopUnderTest) -> None:
    at = shop.now - 10 * DAY
    shop.does("ann", "Email Opened", at)
    shop.does("ann", "Email Opened", at + MINUTE, machine=True, score=3)
    shop.does("ann", "Email Clicked", at + 2 * MINUTE)
    shop.does("ann", "Email Clicked", at + 3 * MINUTE, machine=True, score=20)
    shop.does("ann", "SMS Replied", at + DAY)
    shop.does("ann", "SMS Opened", at + 2 * DAY)  # there is no such thing
    shop.settle()
    found = _engagement(shop)
    assert {channel: _counts(row) for channel, row in found.items()} == {
        "email": {"responses": 1, "clicks": 1, "opens": 1, "machine": 2},
        "sms": {"responses": 1, "replies": 1},
    }
    email = found["email"]
    assert (email["opened_at"], email["last_at"]) == (at, at + 2 * MINUTE)
    assert email["weight"] == pytest.approx(grown("open", at) + grown("click", at + 2 * MINUTE))
    assert found["sms"]["weight"] == pytest.approx(grown("reply", at + DAY))
    assert (email["answers"], found["sms"]["answers"]) == pytest.approx(
        (grown("click", at + 2 * MINUTE), grown("click", at + DAY))
    )


def test_visits_and_orders_belong_to_the_newest_click_before_them(shop: ShopUnderTest) -> None:
    at = shop.now - 40 * DAY
    shop.does("ann", "Email Clicked", at)
    shop.does("ann", "Product Viewed", at + MINUTE, product_id="p")
    shop.does("ann", "Product Viewed", at + 2 * MINUTE, product_id="q")  # the same visit
    shop.does("ann", "SMS Clicked", at + DAY)
    shop.does("ann", "Order Completed", at + DAY + MINUTE, revenue=5)
    shop.does("ann", "Product Viewed", at + 2 * DAY, product_id="p")  # no visit of a click's any more
    shop.does("ann", "Order Completed", at + 6 * DAY - MINUTE, revenue=5)  # not quite five days after the click
    shop.does("ann", "Order Completed", at + 6 * DAY + MINUTE, revenue=5)  # later than that
    shop.settle()
    found = {channel: _counts(row) for channel, row in _engagement(shop).items()}
    assert found == {
        "email": {"responses": 1, "clicks": 1, "visits": 1},
        "sms": {"responses": 1, "clicks": 1, "orders": 2},
    }


@pytest.mark.parametrize(("score", "visits", "orders"), [(4, 1, 1), (7, 0, 1), (9, 0, 0)])
def test_what_follows_can_outweigh_that_a_click_looked_like_a_machines(
    shop: ShopUnderTest, score: int, visits: int, orders: int
) -> None:
    at = shop.now - 2 * DAY
    shop.does("ann", "Email Clicked", at, machine=True, score=score)
    shop.does("ann", "Product Viewed", at + MINUTE, product_id="p")
    shop.does("ann", "Order Completed", at + 5 * MINUTE, revenue=5)
    shop.settle()
    row = _engagement(shop)["email"]
    assert (row["machine"], row["clicks"], row["visits"], row["orders"]) == (1, 0, visits, orders)


def test_deliveries_arrive_once_each(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.reachable("ann", email="ann@x.com")
    for n in range(3):
        shop.does("ann", "Asked", key=f"k{n}")
        shop.passes(2 * DAY, 6 * 60 * MINUTE)
    sent = shop.rows("SELECT accepted_at FROM outbox WHERE purpose = 'marketing' AND state = 'accepted' ORDER BY 1")
    row = _engagement(shop)["email"]
    assert row["delivered"] == len(sent) == 3
    assert (row["first_delivered_at"], row["last_delivered_at"]) == (sent[0].accepted_at, sent[-1].accepted_at)
    assert shop.rows("SELECT 1 FROM delivered") == []
    assert row["sends"] == pytest.approx(sum(grown("click", one.accepted_at) for one in sent))
    assert _as_upgraded(shop)["email"]["sends"] == pytest.approx(row["sends"])


def test_a_message_is_answered_once_in_whatever_order_its_clicks_arrive(shop: ShopUnderTest) -> None:
    at = shop.now - 20 * DAY
    clicks = [("1", at), ("1", at + MINUTE), ("2", at + DAY), ("1", at + 2 * MINUTE), ("2", at + DAY - MINUTE)]
    for who, order in (("ann", clicks), ("bob", clicks[::-1])):
        for message, when in order:
            shop.does(who, "Email Clicked", when, message=message)
            shop.settle()
        shop.does(who, "SMS Replied", at)
        shop.does(who, "SMS Replied", at + MINUTE)
        shop.does(who, "Email Delivered", at, backfill=True)
        shop.settle()
    ann, bob = _engagement(shop), _engagement(shop, "bob")
    assert ann["email"]["answers"] == pytest.approx(grown("click", at) + grown("click", at + DAY), rel=1e-3)
    assert bob["email"]["answers"] == pytest.approx(ann["email"]["answers"], rel=1e-3)
    assert ann["sms"]["answers"] == bob["sms"]["answers"] == pytest.approx(grown("click", at), rel=1e-3)
    assert ann["email"]["sends"] == pytest.approx(grown("click", at))
    assert (ann["email"]["clicks"], ann["sms"]["replies"]) == (5, 2)
    upgraded = _as_upgraded(shop)
    for channel, name in (("email", "answers"), ("email", "sends"), ("sms", "answers")):
        assert upgraded[channel][name] == pytest.approx(ann[channel][name], rel=1e-3)


def _random_life(shop: ShopUnderTest, chance: Random, who: list[str]) -> None:
    names = ["Email Clicked", "SMS Clicked", "SMS Replied", "Email Opened", "Product Viewed", "Order Completed"]
    for _ in range(80):
        at = shop.now - chance.random() * 30 * DAY
        name = chance.choice(names)
        props: dict[str, Any] = {"machine": True, "score": chance.choice((2, 7, 12))} if chance.random() < 0.3 else {}
        if name == "Product Viewed":
            props = {"product_id": chance.choice("pqr")}
        elif name == "Order Completed":
            props = {"products": [{"product_id": chance.choice("pqr"), "quantity": 2, "price": 3.5}], "revenue": 7}
        shop.does(chance.choice(who), name, at, **props)


def _state(shop: ShopUnderTest) -> list[Any]:
    engagement = shop.rows(f"SELECT {_COLUMNS}, last_at, opened_at, person FROM engagement ORDER BY person, channel")
    weights = [
        round(worth / 1e3, 3)
        for row in shop.rows("SELECT weight, sends, answers FROM engagement ORDER BY person, channel")
        for worth in row
    ]
    products = shop.rows(
        "SELECT person, product, relation, n, value, first_at, last_at FROM person_product ORDER BY 1, 2, 3"
    )
    return [engagement, weights, products]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_merge_taken_back_leaves_everybody_what_they_had(shop: ShopUnderTest, seed: int) -> None:
    _random_life(shop, Random(seed), ["ann", "bob"])
    shop.settle()
    before = _state(shop)
    assert before[2]
    persons = [shop.one("SELECT person FROM identifier WHERE value = :v", v=value) for value in ("ann", "bob")]
    done = carry_out(shop.db, "people.merge", {"person": persons[0], "other": persons[1]}, "robin", shop.now)
    merged = shop.one("SELECT sum(n) FROM person_product")
    assert merged == sum(row.n for row in before[2])
    total = shop.one("SELECT sum(responses) FROM engagement")
    assert total == sum(row.responses for row in before[0])
    carry_out(shop.db, "people.undo", {"act": done["act"]}, "robin", shop.now)
    assert _state(shop) == before


def test_deliveries_go_back_with_their_runs(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    for who in ("ann", "bob"):
        shop.reachable(who, email=f"{who}@x.com")
        shop.does(who, "Asked", key=who)
    shop.passes(DAY, 6 * 60 * MINUTE)
    shop.does("bob", "Asked", key="second")
    shop.passes(2 * DAY, 6 * 60 * MINUTE)
    before = _state(shop)
    assert sorted(row.delivered for row in before[0]) == [1, 2]
    persons = [shop.one("SELECT person FROM identifier WHERE value = :v", v=value) for value in ("ann", "bob")]
    done = carry_out(shop.db, "people.merge", {"person": persons[0], "other": persons[1]}, "robin", shop.now)
    assert shop.one("SELECT sum(delivered) FROM engagement") == 3
    carry_out(shop.db, "people.undo", {"act": done["act"]}, "robin", shop.now)
    assert _state(shop) == before


def test_hostile_lines_cost_nothing(shop: ShopUnderTest) -> None:
    lines: list[Any] = [
        {"product_id": "p", "quantity": 1e300, "price": 1e300},
        {"product_id": "p", "quantity": "two", "price": "cheap"},
        {"product_id": "x" * 300, "price": 1},
        {"product_id": 17, "price": 2.5, "quantity": 2},
        {"price": 5},
        "nothing",
    ]
    shop.does("ann", "Order Completed", products=lines)
    shop.does("ann", "Product Viewed", product_id=None)
    shop.settle()
    found = shop.rows("SELECT product, relation, n, value::float FROM person_product ORDER BY 1")
    assert [tuple(row) for row in found] == [("17", "bought", 2, 5.0), ("p", "bought", 1_000_001, 0.0)]


def test_an_instant_told_wrong_weighs_no_more_than_now(shop: ShopUnderTest) -> None:
    shop.does("ann", "Email Clicked", datetime(1970, 1, 1, tzinfo=shop.now.tzinfo), backfill=True)
    shop.settle()
    assert 0 < _engagement(shop)["email"]["weight"] < 1e-40
