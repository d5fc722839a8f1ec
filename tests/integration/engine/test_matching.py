"""What ends a run or a wait is about the same thing as its occasion: the same cart, one product of both."""

from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.journeys.source import JourneyError

HOUR = timedelta(hours=1)
WAITS = """\
journey: test
name: Test
trigger: {{event: Started, key: key, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
  - {{id: first, type: wait, for: 1h}}
  - {{id: rest, type: wait, until: {{event: Order Completed, match: "{match}"}}, timeout: 6h, next: bought, otherwise: silent}}
  - {{id: bought, type: wait, for: 30d}}
  - {{id: silent, type: wait, for: 30d}}
"""
EXITS = """\
journey: test
name: Test
trigger: {event: Started, key: key, max_lateness: 2d}
reentry: {mode: each_key}
exits: [{event: Order Completed, match: "products[].product_id"}]
steps:
  - {id: rest, type: wait, for: 30d}
"""


def lines(*products: Any) -> dict[str, Any]:
    return {"products": [{"product_id": product} for product in products]}


def at(shop: ShopUnderTest) -> str:
    return str(shop.one("SELECT step FROM run"))


@pytest.mark.parametrize(
    ("match", "hours"), [("cart_id", 0.5), ("products[].product_id", 0.5), ("products[].product_id", 2)]
)
def test_a_wait_takes_what_belongs_to_its_occasion(shop: ShopUnderTest, match: str, hours: float) -> None:
    """Whether it happened before the run came to the wait, or wakes it there."""
    shop.publish(WAITS.format(match=match))
    shop.does("ann", "Started", key="k", cart_id="c1", **lines("p1", "p2"))
    shop.passes(hours * HOUR)
    shop.does("ann", "Order Completed", order_id="o1", cart_id="c9", **lines("p9"))
    shop.passes(2 * HOUR)
    assert at(shop) == "rest", "another cart"
    shop.does("ann", "Order Completed", order_id="o2", cart_id="c1", **lines("p8", "p2"))
    shop.passes(HOUR)
    assert at(shop) == "bought"


#: What the occasion carries, what the order carries, and whether that ends the run.
PAIRS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"product_id": "p1"}, lines("p1", "p2"), True),
    ({"product_id": "p1"}, lines("p2"), False),
    (lines("p1", "p2"), lines("p3", "p2"), True),
    (lines("p1"), {"product_id": "p1"}, True),
    ({"product_id": "42"}, lines(42), True),
    ({"product_id": 42}, lines("41", "42"), True),
    (lines(42, 43), lines(43.0), True),
    ({"product_id": "4"}, lines(42, "44"), False),
    ({"product_id": "p1"}, {"total": 9}, True),
    ({"total": 9}, lines("p1"), True),
    ({"product_id": "p1"}, lines(None), True),
    ({"product_id": "p1"}, {"products": "many"}, True),
    ({"product_id": "p1"}, {"products": ["p2", {"product_id": {"a": 1}}, {"product_id": "p2"}]}, False),
    ({"product_id": 'a", "b'}, lines("b", "a"), False),
]


def test_a_run_about_a_product_ends_when_that_is_bought(shop: ShopUnderTest) -> None:
    shop.publish(EXITS)
    for number, (occasion, order, _) in enumerate(PAIRS):
        shop.does(f"p{number}", "Started", key="k", **occasion)
        # the first half of people tell of the order at once, so that it stands beside the trigger
        if number % 2:
            shop.does(f"p{number}", "Order Completed", NOON + timedelta(seconds=1), order_id=f"o{number}", **order)
    shop.passes(HOUR)
    for number, (_, order, _) in enumerate(PAIRS):
        if not number % 2:
            shop.does(f"p{number}", "Order Completed", order_id=f"o{number}", **order)
    shop.passes(HOUR)
    known = {row.value: row.person for row in shop.rows("SELECT value, person FROM identifier")}
    going = {row.person for row in shop.rows("SELECT person FROM run")}
    ended = [known[f"p{number}"] not in going for number in range(len(PAIRS))]
    assert ended == [ends for _, _, ends in PAIRS]


@pytest.mark.parametrize("match", ["products[]", "[].product_id", "products[0].product_id", "products[].a[].b"])
def test_a_match_that_means_nothing_is_refused(shop: ShopUnderTest, match: str) -> None:
    with pytest.raises(JourneyError, match="match"):
        shop.publish(EXITS.replace("products[].product_id", match))
