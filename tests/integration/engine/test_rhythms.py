"""At which hours people are about: what the tick counts of it, against the same written out slowly, and after a merge."""

from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest

from antiphon.decisions.timing.counting import counts
from antiphon.engine.commands import carry_out
from antiphon.people.engagement import EPOCH

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEIGHTS = {"Product Viewed": 1, "Email Clicked": 2, "SMS Replied": 2, "Order Completed": 3}
BRAND_ZONE = "America/New_York"


def rhythm(shop: ShopUnderTest, who: str = "ann") -> tuple[list[float], float, datetime]:
    person = shop.one("SELECT person FROM identifier WHERE value = :who", who=who)
    row = shop.rows("SELECT hours, acts, last_at FROM person_rhythm WHERE person = :person", person=person)[0]
    return row.hours, row.acts, row.last_at


def slowly(acts: list[tuple[datetime, str]]) -> tuple[list[float], float]:
    """Acts in order of time: bursts joined, each worth its heaviest, doubling every 365 days."""
    hours, whole, bursts = [0.0] * 48, 0.0, list[tuple[datetime, float]]()
    before = None
    for at, name in sorted(acts):
        if before is None or at - before >= HOUR:
            bursts.append((at, WEIGHTS[name]))
        else:
            bursts[-1] = (bursts[-1][0], max(bursts[-1][1], WEIGHTS[name]))
        before = at
    for at, weight in bursts:
        local = at.astimezone(ZoneInfo(BRAND_ZONE))
        worth = 2 ** ((at - EPOCH) / (365 * DAY))
        hours[local.hour + (24 if local.weekday() >= 5 else 0)] += weight * worth
        whole += worth
    return hours, whole


def zone(shop: ShopUnderTest) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text("UPDATE brand SET zone = (SELECT id FROM zone WHERE name = :name)"), {"name": BRAND_ZONE}
        )


def test_acts_are_counted_as_one_does_by_hand(shop: ShopUnderTest) -> None:
    zone(shop)
    random = Random(8)
    acts = [(shop.now - 90 * DAY + random.random() * 80 * DAY, random.choice(list(WEIGHTS))) for _ in range(60)]
    acts += [(at + 20 * MINUTE, "Order Completed") for at, _ in acts[:20]]
    for at, name in acts:
        shop.does("ann", name, at)
    shop.settle()
    hours, whole = slowly(acts)
    found = rhythm(shop)
    assert found[0] == pytest.approx(hours, rel=1e-5)
    assert found[1] == pytest.approx(whole, rel=1e-5)
    assert found[2] == max(at for at, _ in acts)
    decayed = read(shop)
    # what was done lately is worth about what was done
    assert 0.8 * len(acts) > decayed.sum() > 0.3 * len(acts)
    assert decayed[0].reshape(-1) / decayed.sum() == pytest.approx(np.array(hours) / sum(hours), rel=1e-4)


def read(shop: ShopUnderTest) -> Any:
    rows = shop.rows("SELECT array_send(hours) AS hours, acts FROM person_rhythm")
    return counts([(bytes(row.hours), row.acts) for row in rows], shop.now.timestamp())


def test_machines_and_opens_count_for_nothing_and_what_follows_later_is_the_same_act(shop: ShopUnderTest) -> None:
    at = shop.now - 10 * DAY
    shop.does("ann", "Email Clicked", at, machine=True, score=20)
    shop.does("ann", "Email Opened", at + 5 * HOUR)
    shop.settle()
    assert shop.rows("SELECT 1 FROM person_rhythm") == []
    shop.does("ann", "Product Viewed", at + 10 * HOUR)
    shop.settle()
    first = rhythm(shop)
    shop.does("ann", "Order Completed", at + 10 * HOUR + 59 * MINUTE)
    shop.settle()
    assert rhythm(shop) == (*first[:2], at + 10 * HOUR + 59 * MINUTE)
    shop.does("ann", "Product Viewed", at + 12 * HOUR)
    shop.settle()
    assert rhythm(shop)[1] == pytest.approx(2 * first[1], rel=1e-3)


def test_a_clock_far_in_the_future_weighs_as_much_as_one_of_now(shop: ShopUnderTest) -> None:
    shop.does("ann", "Product Viewed", shop.now + 4000 * DAY)
    shop.does("bob", "Product Viewed", shop.now - 20_000 * DAY)
    shop.settle()
    assert read(shop).sum() == pytest.approx(1, abs=0.01)


def test_a_merge_adds_up_and_an_undo_counts_anew(shop: ShopUnderTest) -> None:
    random = Random(3)
    for who in ("ann", "bob"):
        for _ in range(12):
            shop.does(who, random.choice(list(WEIGHTS)), shop.now - 60 * DAY + random.random() * 50 * DAY)
    shop.settle()
    before = {who: rhythm(shop, who) for who in ("ann", "bob")}
    persons = [shop.one("SELECT person FROM identifier WHERE value = :v", v=value) for value in ("ann", "bob")]
    done = carry_out(shop.db, "people.merge", {"person": persons[0], "other": persons[1]}, "robin", shop.now)
    both = rhythm(shop)
    assert both[1] == pytest.approx(before["ann"][1] + before["bob"][1], rel=1e-5)
    assert both[0] == pytest.approx(np.add(before["ann"][0], before["bob"][0]), rel=1e-5)
    assert shop.one("SELECT count(*) FROM person_rhythm") == 1
    carry_out(shop.db, "people.undo", {"act": done["act"]}, "robin", shop.now)
    for who, was in before.items():
        now = rhythm(shop, who)
        assert now[0] == pytest.approx(was[0], rel=1e-5)
        assert now[1] == pytest.approx(was[1], rel=1e-5)
        assert now[2] == was[2]


def test_an_installation_that_is_upgraded_knows_what_happened_before(shop: ShopUnderTest) -> None:
    random = Random(5)
    for who in ("ann", "bob"):
        for _ in range(25):
            name = random.choice(list(WEIGHTS))
            machine: dict[str, Any] = (
                {"machine": True, "score": 20} if name == "Email Clicked" and random.random() < 0.3 else {}
            )
            shop.does(who, name, shop.now - random.random() * 20 * DAY, **machine)
    shop.settle()
    counted = {who: rhythm(shop, who) for who in ("ann", "bob")}
    with shop.db.begin("test") as connection:
        connection.execute(text("DELETE FROM person_rhythm"))
        connection.exec_driver_sql(import_module("antiphon.store.migrations.versions.0030_rhythms")._FILL)
    for who, was in counted.items():
        now = rhythm(shop, who)
        assert now[0] == pytest.approx(was[0], rel=1e-5)
        assert now[1] == pytest.approx(was[1], rel=1e-5)
        assert now[2] == was[2]
