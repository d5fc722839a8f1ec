"""The protocol: which orders are held out, and what counts as a hit."""

import json

from antiphon.catalogue.recommend.evaluate import Protocol, evaluate
from antiphon.catalogue.recommend.models import Settings
from antiphon.catalogue.recommend.split import OrderLines, split

DAY = 86_400


def orders(*rows: tuple[str, str, int, str]) -> OrderLines:
    """Person, order, day, products parted by spaces."""
    flat = [
        (person, product, order, day * DAY) for person, order, day, products in rows for product in products.split()
    ]
    person, product, order, at = zip(*flat, strict=True)
    return OrderLines(person, product, order, at)


def test_the_last_order_of_everyone_with_two_is_held_out() -> None:
    parts = split(
        orders(
            *(("ann", "1", 0, "a b b"), ("ann", "2", 9, "a c"), ("bob", "3", 5, "a")),
            *(("cid", "9", 4, "b"), ("cid", "8", 1, "c")),
        ),
        1,
    )
    assert parts.products == ["a", "b", "c"]  # a is in two known orders; b and c in one each, by name
    known = sorted(zip(parts.known.person.tolist(), parts.known.product.tolist(), strict=True))
    assert known == [(0, 0), (0, 1), (1, 0), (2, 2)]  # bob's only order stays; cid's first is order 8
    assert [parts.held.row(person)[0].tolist() for person in range(3)] == [[0, 2], [], [1]]


def test_products_in_too_few_known_orders_are_left_out() -> None:
    parts = split(orders(("ann", "1", 0, "a b"), ("bob", "2", 0, "a"), ("bob", "3", 1, "b c")), 2)
    assert parts.products == ["a"]
    assert len(parts.held.columns) == 0


def test_of_two_orders_at_one_instant_the_greater_id_is_the_later() -> None:
    parts = split(orders(("ann", "2", 0, "b"), ("ann", "1", 0, "a")), 1)
    assert parts.products == ["a"]


def test_one_order_id_of_two_people_is_two_orders() -> None:
    parts = split(orders(("ann", "1", 0, "a"), ("bob", "1", 0, "b")), 1)
    assert parts.products == ["a", "b"]


def shop() -> OrderLines:
    """Half buy t0 and then t1, half c0 and then c1; everybody's third order repeats the first. z sells best, alone."""
    rows = []
    for n in range(40):
        kind = "t" if n % 2 else "c"
        rows += [(f"p{n}", f"{n}-1", 0, f"{kind}0 {kind}0"), (f"p{n}", f"{n}-2", 1, f"{kind}0 {kind}1")]
        # half of them are known to have bought only the first of the pair
        rows += [(f"q{n}", f"q{n}-1", 0, f"{kind}0"), (f"q{n}", f"q{n}-2", 2, f"{kind}0 {kind}1")]
    rows += [(f"z{n}", f"z{n}", 0, "z0 t1" if n % 2 else "z0 c1") for n in range(100)]
    rows += [(f"x{n}", f"x{n}", 0, "t0 t1" if n % 2 else "c0 c1") for n in range(50)]
    return orders(*rows)


def test_methods_are_held_against_what_was_bought() -> None:
    told = evaluate(shop(), Protocol(least_orders=1, shown=1), Settings(ease_lambda=5.0))
    new, repeats = told["new_products"], told["with_repeats"]
    assert (new["people"], repeats["people"]) == (80, 80)
    assert new["hit"]["ease"]["share"] == 1.0
    assert new["hit"]["item-item"]["share"] == 1.0
    assert new["hit"]["popular"]["share"] == 0.0  # z0, which nobody of them wanted
    assert repeats["hit"]["buy-again"]["share"] == 1.0
    assert new["hit"]["ease"]["interval"] == [1.0, 1.0]
    assert new["over"]["popular"] == {"share": 1.0, "interval": [1.0, 1.0]}
    assert told["choice"]["method"] == "popular"  # for so few buyers
    json.dumps(told)


def test_intervals_are_the_same_every_time_and_hold_the_share() -> None:
    told = [evaluate(shop(), Protocol(1, shown=2), Settings()) for _ in range(2)]
    assert told[0]["with_repeats"] == told[1]["with_repeats"]
    low, high = told[0]["new_products"]["hit"]["popular"]["interval"]
    assert low <= told[0]["new_products"]["hit"]["popular"]["share"] <= high


def test_a_file_without_second_orders_says_so() -> None:
    told = evaluate(orders(("ann", "1", 0, "a")), Protocol(1), Settings())
    assert told["new_products"] == {"people": 0}
