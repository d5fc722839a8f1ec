"""Another series of a day is other visits: nothing of it may be taken for something that happened already."""

from datetime import UTC, datetime

from antiphon.demo.behaviour import day
from antiphon.demo.models import Planned
from antiphon.demo.shop import make_shop

START = datetime(2026, 6, 1, tzinfo=UTC)


def ids(plans: list[Planned]) -> set[str]:
    return {plan.arrival.message_id for plan in plans}


def carts(plans: list[Planned]) -> set[str]:
    return {p.arrival.body.get("properties", {}).get("cart_id") for p in plans} - {None}


def test_series_share_neither_messages_nor_carts() -> None:
    shop = make_shop(1, 1500)
    one, other = day(shop, START, 9, 9), day(shop, START, 9, 9, series=1000)
    assert carts(one)
    assert carts(other)
    assert not ids(one) & ids(other)
    assert not carts(one) & carts(other)
