"""What happened ever is counted once each, what the tick derives by itself like what comes in; held against the oracle."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import NOON
from tests.emptying import empty
from tests.integration.audiences import oracle
from tests.integration.audiences.oracle import Asked
from tests.integration.audiences.strategies import ADAPTER
from tests.integration.audiences.test_segments import defines, members, person, regroup
from tests.integration.audiences.world import Human, Occurrence
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.catalogue.words import read_word
from antiphon.catalogue.writing import take_words
from antiphon.store.db import Database

#: What no shop sends.
DERIVED = ("Browse Abandoned", "Cart Abandoned", "Checkout Abandoned", "Cart Emptied", "Price Dropped")
SEGMENTS = {f"{name.lower().replace(' ', '-')}-{least}": (name, least) for name in DERIVED for least in (1, 2)}


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


def priced(shop: ShopUnderTest, price: float) -> None:
    take_words(
        shop.db, [read_word({"id": "p1", "title": "Lamp", "currency": "EUR", "stock": 9, "price": price})], shop.now
    )


def ever(name: str, least: int) -> dict[str, Any]:
    return {"kind": "event", "event": name, "at_least": least}


def agree(shop: ShopUnderTest) -> None:
    """Totals are what the events come to, and segments who the oracle finds by the events themselves."""
    events = shop.rows("SELECT person, id, at, received_at, name, props FROM event ORDER BY at")
    found: dict[tuple[int, str], list[Any]] = {}
    for one in events:
        found.setdefault((one.person, one.name), []).append(one.at)
    totals = {(row.person, row.name): row for row in shop.rows("SELECT * FROM event_total")}
    assert {key: row.n for key, row in totals.items()} == {key: len(ats) for key, ats in found.items()}
    assert {key: (row.first_at, row.last_at) for key, row in totals.items()} == {
        key: (ats[0], ats[-1]) for key, ats in found.items()
    }
    people = {
        row.id: Human(
            row.id, row.die, None, {}, [],
            [Occurrence(e.id, e.at, e.received_at, e.name, e.props) for e in events if e.person == row.id],
            {}, [], frozenset(),
        )
        for row in shop.rows("SELECT id, die FROM person")
    }  # fmt: skip
    for name, (event, least) in SEGMENTS.items():
        condition = ADAPTER.validate_python(ever(event, least))
        expected = {one for one, human in people.items() if oracle.answer(condition, Asked(human, shop.now))[0]}
        assert members(shop, name) == expected, name


def test_each_is_counted_once(shop: ShopUnderTest) -> None:
    for name, (event, least) in SEGMENTS.items():
        defines(shop, name, ever(event, least))
    defines(shop, "abandoners", {"kind": "segment", "segment": "cart-abandoned-2"})
    priced(shop, 40)
    for days in range(2):
        shop.leaves_cart("ann", f"c{days}")
        shop.does("bob", "Product Viewed", product_id="p1")
        shop.passes(timedelta(hours=2), timedelta(hours=1))
        shop.does("ann", "Checkout Started", cart_id=f"c{days}")
        shop.passes(timedelta(hours=1), timedelta(minutes=30))
        shop.does("ann", "Product Removed", product_id="p1", cart_id=f"c{days}")
        shop.does("bob", "Order Completed", total=10)
        shop.passes(timedelta(days=9 + days), timedelta(days=3))
        agree(shop)
    shop.does("bob", "Product Viewed", product_id="p1")
    shop.settle()
    shop.now += timedelta(hours=1)
    priced(shop, 30)
    shop.settle()
    agree(shop)
    ann, bob = person(shop, "ann"), person(shop, "bob")
    counts = Counter({row.name: row.n for row in shop.rows("SELECT name, n FROM event_total WHERE person = :p", p=ann)})
    assert [counts[name] for name in ("Cart Abandoned", "Checkout Abandoned", "Cart Emptied")] == [2, 2, 2]
    assert members(shop, "cart-abandoned-2") == members(shop, "abandoners") == {ann}
    assert bob in members(shop, "browse-abandoned-2")
    assert bob in members(shop, "price-dropped-1")
    assert bob not in members(shop, "price-dropped-2")
    assert counts["Segment Entered"] == len(
        shop.rows("SELECT 1 FROM event WHERE person = :p AND name = 'Segment Entered'", p=ann)
    )


WHO = st.sampled_from(("ann", "bob", "cas"))
ACTIONS = st.one_of(
    st.tuples(st.just("looks"), WHO),
    st.tuples(st.just("adds"), WHO, st.sampled_from((0, 1, 50))),
    st.tuples(st.just("removes"), WHO),
    st.tuples(st.just("empties"), WHO),
    st.tuples(st.just("checks out"), WHO),
    st.tuples(st.just("orders"), WHO),
    st.tuples(st.just("price"), st.sampled_from((40, 30, 20))),
    st.tuples(st.just("merges"), WHO, WHO),
    st.tuples(st.just("splits"), WHO),
    st.tuples(st.just("device"), WHO, st.sampled_from(("Product Viewed", "Product Added"))),
)
STEPS = st.lists(st.tuples(st.lists(ACTIONS, max_size=4), st.sampled_from((0.3, 0.6, 1.1, 24, 24 * 8))), max_size=6)


@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_totals_are_what_happened(prepared: Database, steps: list[Any]) -> None:
    empty(prepared, NOON)
    for shop in open_shop(prepared):
        for name, (event, least) in SEGMENTS.items():
            defines(shop, name, ever(event, least))
        priced(shop, 40)
        for actions, hours in steps:
            for kind, *rest in actions:
                act(shop, kind, *rest)
            shop.settle()
            agree(shop)
            shop.now += timedelta(hours=hours)
            shop.settle()
            agree(shop)


def act(shop: ShopUnderTest, kind: str, who: Any, *rest: Any) -> None:
    if kind == "price":
        priced(shop, who)
    elif kind in {"merges", "splits"}:
        regroup(shop, kind, who, *rest)
    elif kind == "device":
        shop.arrive("track", {"anonymousId": f"device of {who}", "event": rest[0], "properties": {"product_id": "p1"}})
        shop.arrive("identify", {"anonymousId": f"device of {who}", "userId": who, "traits": {}})
    else:
        ago = timedelta(hours=rest[0] if rest else 0)
        events = {
            "looks": "Product Viewed", "adds": "Product Added", "removes": "Product Removed", "empties": "Cart Viewed",
            "checks out": "Checkout Started", "orders": "Order Completed",
        }  # fmt: skip
        props: dict[str, Any] = {"products": []} if kind == "empties" else {"product_id": "p1", "price": 40.0}
        shop.does(who, events[kind], shop.now - ago, **props)
