"""Products come in, in whatever order and however often; what is older changes nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.conftest import NOON
from tests.emptying import truncate

from antiphon.catalogue.read import not_for_sale, products, variants
from antiphon.catalogue.words import ProductWord, WordError, read_word
from antiphon.catalogue.writing import Report, take_words
from antiphon.store.db import Database

HOUR = timedelta(hours=1)
LAMP = {
    "id": "p1",
    "title": "Lamp",
    "price": "40.00",
    "currency": "EUR",
    "stock": 9,
    "url": "https://shop.example/lamp",
}


def word(**values: Any) -> ProductWord:
    return read_word({**LAMP, **values})


def only(**values: Any) -> ProductWord:
    return read_word({"id": "p1", **values})


def take(db: Database, *words: ProductWord, at: Any = NOON, currency: str = "") -> Report:
    return take_words(db, words, at, currency)


def rows(db: Database, sql: str) -> list[Any]:
    with db.read() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_product_comes_in_and_again_changes_nothing(db: Database) -> None:
    first = take(db, word(category=["Home", "Light"], tags=["new"], vendor="Acme"))
    assert (first.added, first.changed, first.refused) == (1, 0, [])
    again = take(db, word(category=["Home", "Light"], tags=["new"], vendor="Acme"), at=NOON + HOUR)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    with db.read() as connection:
        found = products(connection, ["p1", "nobody"])
    assert set(found) == {"p1"}
    lamp = found["p1"]
    assert (lamp.title, lamp.price, lamp.currency, lamp.stock) == ("Lamp", Decimal("40.00"), "EUR", 9)
    assert str(lamp.price) == "40.00", "the digits of the shop stay"
    assert (lamp.category, lamp.tags, lamp.vendor) == (("Home", "Light"), ("new",), "Acme")
    assert rows(db, "SELECT product, price FROM price_change") == [("p1", Decimal("40.00"))]


def test_what_is_left_out_stays_and_null_says_that_there_is_none(db: Database) -> None:
    take(db, word(vendor="Acme"))
    take(db, only(stock=3), at=NOON + HOUR)
    with db.read() as connection:
        lamp = products(connection, ["p1"])["p1"]
    assert (lamp.title, lamp.vendor, lamp.price, lamp.stock) == ("Lamp", "Acme", Decimal("40.00"), 3)
    take(db, only(stock=None), at=NOON + 2 * HOUR)
    with db.read() as connection:
        assert products(connection, ["p1"])["p1"].stock is None


def test_an_older_word_never_overwrites_a_newer_one(db: Database) -> None:
    take(db, word(updated_at=NOON.isoformat()), at=NOON + HOUR)
    take(db, only(stock=2, updated_at=(NOON + HOUR).isoformat()), at=NOON + HOUR)
    late = word(title="Old lamp", price=55, stock=50, updated_at=(NOON - HOUR).isoformat())
    assert take(db, late, at=NOON + 2 * HOUR).unchanged == 1
    # between the two: newer than the details and the price, older than the stock
    take(db, word(title="New lamp", price=44, stock=50, updated_at=(NOON + HOUR / 2).isoformat()), at=NOON + 2 * HOUR)
    with db.read() as connection:
        lamp = products(connection, ["p1"])["p1"]
    assert (lamp.title, lamp.price, lamp.stock) == ("New lamp", Decimal(44), 2)


_WORDS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.sampled_from(["A", "B", "C"]),
                "price": st.integers(1, 50),
                "stock": st.integers(0, 9),
                "deleted": st.booleans(),
            },
        ),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=_WORDS, chunks=st.integers(1, 3), data=st.data())
def test_words_in_any_order_come_to_the_same(db: Database, said: list[Any], chunks: int, data: st.DataObject) -> None:
    """Without deletions, whatever order words arrive in; with them, each repeated word changes nothing."""
    deleting = any(values.get("deleted") for _, values in said)
    words = [word(updated_at=(NOON - HOUR).isoformat())]
    words += [only(**values, updated_at=(NOON + at * HOUR).isoformat()) for at, values in said]
    late = NOON + 10 * HOUR
    outcomes = []
    for shuffled in (words, words if deleting else [words[0], *data.draw(st.permutations(words[1:]))]):
        with db.begin("test") as connection:
            truncate(connection, "product, variant, price_change, stock_change, occasion")
        for start in range(0, len(shuffled), chunks):
            take(db, *shuffled[start : start + chunks], at=late)
            if not deleting:
                take(db, *shuffled[start : start + chunks], at=late)
        outcomes.append(rows(db, "SELECT title, price, stock, deleted_at FROM product"))
    assert outcomes[0] == outcomes[1]


def test_one_product_has_one_currency(db: Database) -> None:
    take(db, word())
    report = take(db, only(price=12, currency="USD"), only(stock=7), at=NOON + HOUR)
    assert [(place, id_) for place, id_, _ in report.refused] == [(0, "p1")]
    assert "it is in USD, but the product's prices are in EUR" in report.refused[0][2]
    assert report.changed == 1, "the word behind it counts"
    with db.read() as connection:
        assert products(connection, ["p1"])["p1"].currency == "EUR"
    # the way out
    take(db, only(deleted=True), at=NOON + 2 * HOUR)
    take(db, word(currency="USD", price=12), at=NOON + 3 * HOUR)
    with db.read() as connection:
        assert products(connection, ["p1"])["p1"].currency == "USD"
    assert not rows(db, "SELECT id FROM occasion"), "12 USD is no drop from 40 EUR"


def test_a_price_without_a_currency_takes_that_of_the_batch(db: Database) -> None:
    bare = read_word({"id": "x", "title": "X", "price": 3})
    assert "names no currency" in take(db, bare).refused[0][2]
    assert take(db, bare, currency="CHF").added == 1
    with db.read() as connection:
        assert products(connection, ["x"])["x"].currency == "CHF"


def test_variants_give_the_product_its_price_and_stock(db: Database) -> None:
    sizes = [
        {"id": "s", "price": "12.50", "stock": 0},
        {"id": "l", "price": 15, "stock": 4, "title": "Large", "sku": "L-1"},
    ]
    shirt = read_word({"id": "t", "title": "Shirt", "currency": "EUR", "variants": sizes})
    take(db, shirt)
    with db.read() as connection:
        found, kinds = products(connection, ["t"])["t"], variants(connection, ["t"])["t"]
    assert (found.price, found.stock) == (Decimal("12.50"), 4)
    assert [(each.id, each.title, each.stock) for each in kinds] == [("s", "", 0), ("l", "Large", 4)]
    sizes[1]["stock"] = None
    take(db, read_word({"id": "t", "variants": sizes}), at=NOON + HOUR)
    with db.read() as connection:
        assert products(connection, ["t"])["t"].stock is None, "one that is not counted is always for sale"
    take(db, read_word({"id": "t", "variants": sizes[:1]}), at=NOON + 2 * HOUR)
    with db.read() as connection:
        assert [each.id for each in variants(connection, ["t"])["t"]] == ["s"]
    assert rows(db, "SELECT variant, count(*) FROM stock_change GROUP BY 1 ORDER BY 1")[0][0] == ""


def test_what_is_sold_out_or_deleted_is_not_for_sale(db: Database) -> None:
    many = [read_word({"id": str(n), "title": "x", "stock": stock}) for n, stock in enumerate([0, 1, None, 5])]
    take(db, *many)
    take(db, read_word({"id": "3", "deleted": True}), at=NOON + HOUR)
    with db.read() as connection:
        assert not_for_sale(connection, ["0", "1", "2", "3", "never heard of"]) == {"0", "3"}
        assert set(products(connection, ["0", "3"])) == {"0"}
        assert set(products(connection, ["0", "3"], deleted=True)) == {"0", "3"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"title": "x"}, "id: it is missing"),
        ({"id": " "}, "id: is no id of a product"),
        ({"id": "x", "price": "cheap"}, "price: 'cheap' is no price"),
        ({"id": "x", "price": -1}, "price: '-1' is no price"),
        ({"id": "x", "price": "NaN"}, "price: 'NaN' is no price"),
        ({"id": "x", "price": "1e300"}, "price: '1e300' is no price"),
        ({"id": "x", "price": "1.00001"}, "more than 4 digits"),
        ({"id": "x", "currency": "euro"}, "currency: it is not written as it must be"),
        ({"id": "x", "stock": "many"}, "stock: it must be a whole number"),
        ({"id": "x", "url": "javascript:alert(1)"}, "is no address of the web"),
        ({"id": "x", "colour": "red"}, "colour: it is unknown here"),
        ({"id": "x", "updated_at": "2026-01-01T00:00:00"}, "updated_at: it is not written as it must be"),
        (["x"], "it is no product"),
    ],
)
def test_bad_words_say_what_is_wrong(given: Any, why: str) -> None:
    with pytest.raises(WordError) as error:
        read_word(given)
    assert why in str(error.value)


def test_numbers_are_ids_as_well_and_less_than_nothing_is_nothing() -> None:
    found = read_word({"id": 4711, "stock": -3})
    assert (found.id, found.stock) == ("4711", 0)
