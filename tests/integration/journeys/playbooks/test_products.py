"""Price drop, low stock and back in stock, on the virtual clock: who hears where, and that it is still true when it leaves."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.journeys.playbooks.walk import DAY, HOUR, act, got, leap, phone, steps, switch_on, walk

from antiphon.catalogue.words import read_word
from antiphon.catalogue.writing import take_words


@dataclass(frozen=True)
class Kind:
    """A product before, what changes about it, and what makes that untrue; what is said of it; how long most wait."""

    before: dict[str, Any]
    change: dict[str, Any]
    undo: dict[str, Any]
    words: str
    rest: float = 0


KINDS = {
    "price-drop": Kind({"price": 40, "stock": 90}, {"price": 30}, {"price": 40}, "now costs €30.00, down from €40.00"),
    "low-stock": Kind({"price": 40, "stock": 9}, {"stock": 3}, {"stock": 50}, "3 left just now"),
    "back-in-stock": Kind({"price": 40, "stock": 0}, {"stock": 4}, {"stock": 0}, "is back in stock, 4 of it", 2),
}


def says(shop: ShopUnderTest, product: str, **values: Any) -> None:
    said = {
        "id": product,
        "title": f"Lamp {product}",
        "currency": "EUR",
        "url": f"https://shop.example/{product}",
        **values,
    }
    take_words(shop.db, [read_word(said)], shop.now)


@pytest.mark.parametrize("name", KINDS)
def test_who_wanted_it_hears_while_it_is_true(shop: ShopUnderTest, name: str) -> None:
    kind = KINDS[name]
    switch_on(shop, name)
    with shop.db.begin("learn") as connection:
        statement = "INSERT INTO statistic (brand, name, value, n, at) VALUES (1, 'high_value_revenue', 300, 50, :now)"
        connection.execute(text(statement), {"now": shop.now})
    for who in ("wished", "looked", "buyer", "late", "vip", "nina", "nora"):
        shop.reachable(who, f"{who}@example.com", phone(who))
        shop.does(who, "SMS Clicked", NOON - 9 * DAY)
    shop.reachable("carted", "carted@example.com")
    shop.reachable("glanced", None, phone("glanced"))
    for number in (1, 2):
        shop.does(
            "vip", "Order Completed", NOON - number * 9 * DAY, order_id=f"v{number}", revenue=200.0, backfill=True
        )
    for product in ("p1", "p2"):
        says(shop, product, **kind.before)
    wants = {"wished": "Product Added to Wishlist", "carted": "Product Added", "looked": "Product Viewed"}
    wants |= {
        "buyer": "Product Viewed",
        "late": "Product Viewed",
        "glanced": "Product Viewed",
        "vip": "Product Added to Wishlist",
    }
    script = [act(0, who, event, product_id="p1") for who, event in wants.items()]
    script += [
        act(0, "nina", "Product Added to Wishlist", product_id="p2"),
        act(0, "nora", "Product Viewed", product_id="p2"),
    ]
    # who leaves a cart behind is reminded of it by other journeys: the cart is bought out of the way
    script += [act(0.01, "buyer", "Order Completed", order_id="o1", products=[{"product_id": "p1", "quantity": 1}])]
    walk(shop, DAY, script)
    says(shop, "p1", **kind.change)
    # who buys it has no need to hear, who buys something else has
    shop.does("late", "Order Completed", order_id="o2", products=[{"product_id": "p3"}, {"product_id": "p1"}])
    shop.does("looked", "Order Completed", order_id="o3", products=[{"product_id": "p3"}])
    leap(shop, NOON + 1.5 * DAY)

    assert [(one.step, one.channel) for one in got(shop, "wished")] == [("wanted", "sms")]
    assert [(one.step, one.channel) for one in got(shop, "carted")] == [("wanted", "email")]
    assert [(one.step, one.channel) for one in got(shop, "looked")] == [("looked", "email")]
    assert [steps(shop, who) for who in ("buyer", "late", "glanced", "nina")] == [[], [], [], []]
    (early,), (other,) = got(shop, "vip"), got(shop, "wished")
    assert early.at >= DAY
    assert other.at >= DAY + kind.rest * HOUR
    if kind.rest:
        assert early.at == DAY, "the best customers hear first"
    said = [row.body for row in shop.rows("SELECT body FROM sandbox_message WHERE channel = 'sms'")]
    assert len(said) == 2
    assert all(kind.words in words for words in said)

    # in the night no text leaves, and by the morning it is not true any more
    leap(shop, NOON + 5.45 * DAY)
    says(shop, "p2", **kind.change)
    leap(shop, shop.now + HOUR / 60)
    says(shop, "p2", **kind.undo)
    leap(shop, NOON + 7 * DAY)
    # but what is urgent goes by email at once, when it was
    assert [one.channel for one in got(shop, "nina")] == (["email"] if name == "low-stock" else [])
    untrue = ["nora"] if name == "low-stock" else ["nina", "nora"]
    assert {one.rule for who in untrue for one in got(shop, who, sent=False)} == {"content.empty"}
