"""What the people do: in order, repeatable, mostly well-formed, and consistent about carts."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from tests.unit.demo.days import period

from antiphon.demo.behaviour import day
from antiphon.demo.models import Planned, Shop
from antiphon.demo.shop import make_shop
from antiphon.kit.zones import local, zone_id

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 5


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop(1, 1500)


@pytest.fixture(scope="module")
def plans(shop: Shop) -> list[Planned]:
    return period(shop, START, DAYS)


def named(plans: list[Planned], event: str) -> list[Planned]:
    return [p for p in plans if p.arrival.body.get("event") == event]


def test_same_seed_same_arrivals(shop: Shop, plans: list[Planned]) -> None:
    assert period(make_shop(1, 1500), START, DAYS) == plans
    assert period(make_shop(2, 1500), START, DAYS) != plans


def test_arrivals_come_in_order_and_never_before_they_happen(plans: list[Planned]) -> None:
    assert [p.due for p in plans] == sorted(p.due for p in plans)
    assert all(p.due >= p.arrival.at for p in plans)
    assert not any(p.arrival.backfill for p in plans)


def test_some_are_late_some_twice_some_out_of_order_some_broken(plans: list[Planned]) -> None:
    late = [p for p in plans if p.due > p.arrival.at + timedelta(seconds=1)]
    assert 0.01 < len(late) / len(plans) < 0.06
    assert any(b.arrival.at < a.arrival.at for a, b in pairwise(plans))
    twice = [n for n in Counter(p.arrival.message_id for p in plans).values() if n > 1]
    assert 0.002 < len(twice) / len(plans) < 0.02
    broken = [p for p in plans if p.arrival.type == "track" and not p.arrival.body.get("event")]
    nobody = [p for p in plans if p.arrival.type == "track" and not p.arrival.body.keys() & {"userId", "anonymousId"}]
    assert broken
    assert nobody
    assert len(broken) + len(nobody) < 0.005 * len(plans)


def test_every_order_has_what_the_product_reads(plans: list[Planned]) -> None:
    orders = named(plans, "Order Completed")
    assert orders
    for planned in orders:
        details = planned.arrival.body["properties"]
        assert {"order_id", "cart_id", "products", "revenue", "currency", "total"} <= details.keys()
        assert details["revenue"] == pytest.approx(sum(p["price"] * p["quantity"] for p in details["products"]))


def test_most_carts_are_left(plans: list[Planned]) -> None:
    carts = {p.arrival.body["properties"]["cart_id"] for p in named(plans, "Product Added")}
    ordered = {p.arrival.body["properties"]["cart_id"] for p in named(plans, "Order Completed")}
    assert ordered <= carts
    assert 0.15 < len(ordered) / len(carts) < 0.45


def test_visitors_become_known_in_the_period(shop: Shop, plans: list[Planned]) -> None:
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for planned in plans:
        if planned.arrival.type == "consent":
            continue
        body = planned.arrival.body
        seen[body.get("anonymousId", "")].append("named" if body.get("traits") else "not")
    assert any("named" in marks[1:] and marks[0] == "not" for marks in seen.values())
    newcomers = [s for s in shop.shoppers if s.newcomer and s.reach != "none"]
    told = {p.arrival.body["address"] for p in plans if p.arrival.type == "consent"}
    assert all({s.email, s.phone} & told for s in newcomers)


def test_people_come_by_in_their_own_day_hours(shop: Shop, plans: list[Planned]) -> None:
    hours: Counter[int] = Counter()
    for planned in plans:
        if planned.shopper:
            zone = zone_id(shop.shoppers[planned.shopper - 1].place.zone)
            assert zone is not None
            hours[local(zone, planned.arrival.at).hour] += 1
    night, evening = sum(hours[h] for h in (2, 3, 4, 5)), sum(hours[h] for h in (18, 19, 20, 21))
    assert night * 4 < evening


def test_a_day_can_be_made_alone_and_paced(shop: Shop) -> None:
    once, more = day(shop, START, 3, DAYS), day(shop, START, 3, DAYS, pace=4)
    assert len(more) > 2.5 * len(once)
