"""Rows of feeds, as shops export them, into what is said of products."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from antiphon.catalogue.words import ProductWord, WordError
from antiphon.intake.feeds.fields import guessed
from antiphon.intake.feeds.keeping import read_head, unpacked
from antiphon.intake.feeds.rows import Said, price_of, said
from antiphon.intake.files.records import records

AT = datetime(2026, 3, 3, 17, tzinfo=UTC)

GOOGLE = """id,title,description,link,image_link,availability,price,sale_price,brand,product_type,item_group_id
11,Shirt,Soft,https://shop.example/s,https://shop.example/s.jpg,in_stock,20.00 EUR,15.00 EUR,Acme,Clothes > Shirts,G1
12,Shirt,Soft,https://shop.example/s,https://shop.example/s.jpg,out_of_stock,22.00 EUR,,Acme,Clothes > Shirts,G1
21,Hat,Warm,https://shop.example/h,https://shop.example/h.jpg,out of stock,9.00 EUR,,Acme,Clothes > Hats,G2
31,Belt,Long,https://shop.example/b,https://shop.example/b.jpg,in stock,7.00 EUR,,Acme,Clothes,
"""
SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Price,Variant Compare At Price,Image Src,Status"
    """
lamp,Lamp,"<p>Bright,
new</p>",Acme,Light,"new, sale",TRUE,Colour,Red,L-1,3,40.00,50.00,https://cdn.example/l.jpg,active
lamp,,,,,,,,Blue,L-2,-1,38.00,,,
lamp,,,,,,,,,,,,,https://cdn.example/l2.jpg,
old,Old lamp,,Acme,Light,,TRUE,Title,Default,O-1,3,40.00,,,archived
"""
)


def read(text: str) -> list[Said]:
    data = io.BytesIO()
    size, _, encoding = unpacked(io.BytesIO(text.encode()), "feed.csv", data)
    head = read_head(data, size, "feed.csv", encoding)
    rows = records(data, head.body, size, head.line, head.delimiter)
    return [told for told, _ in said(rows, head.columns, guessed(head.columns), AT) if told is not None]


def words(text: str) -> list[ProductWord]:
    return [each.word for each in read(text) if each.word]


def test_a_feed_of_google() -> None:
    shirt, hat, belt = words(GOOGLE)
    assert (belt.id, belt.price, belt.variants) == ("31", Decimal("7.00"), None)
    assert (shirt.id, shirt.title, shirt.currency, shirt.category) == ("G1", "Shirt", "EUR", ["Clothes", "Shirts"])
    assert shirt.variants is not None
    assert [(each.id, each.price, each.compare_at, each.stock) for each in shirt.variants] == [
        ("11", Decimal("15.00"), Decimal("20.00"), None),
        ("12", Decimal("22.00"), None, 0),
    ]
    assert hat.variants is not None
    assert (hat.id, hat.variants[0].stock) == ("G2", 0)
    assert hat.updated_at == AT


def test_products_of_shopify() -> None:
    lamp, old = words(SHOPIFY)
    assert (lamp.id, lamp.title, lamp.vendor, lamp.tags) == ("lamp", "Lamp", "Acme", ["new", "sale"])
    assert lamp.image == "https://cdn.example/l.jpg"
    assert lamp.variants is not None
    assert [(each.id, each.title, each.stock, each.price, each.compare_at) for each in lamp.variants] == [
        ("L-1", "Red", 3, Decimal("40.00"), Decimal("50.00")),
        ("L-2", "Blue", 0, Decimal("38.00"), None),
    ]
    assert (old.id, old.deleted) == ("old", True)


def test_a_bad_row_costs_itself() -> None:
    found = read(
        "id,title,price,currency,stock\n"
        "1,Lamp,40,EUR,3\n2,Chair,cheap,EUR,3\n,Table,3,EUR,1\n3,Bed,400,EUR,many\n4,Desk,4,EUR,1,oops\n5,Mat,5,EURO,1\n"
        '6,Cup,6,EUR,1\n7,"Bowl,7,EUR,1\n8,Plate,8,EUR,1\n9,Fork,9 USD,EUR,1\n'
    )
    assert [each.id for each in found if each.word] == ["1", "6", "8"]
    assert [(each.line, each.error) for each in found if each.word is None] == [
        (3, "price: 'cheap' is no price"),
        (4, "it has no product id"),
        (5, "stock: 'many' is no count"),
        (6, "it has 6 cells for 5 columns"),
        (7, "currency: it is not written as it must be"),
        (9, "a quote is opened and never closed"),
        (11, "price: it names two currencies, EUR and USD"),
    ]


def test_a_row_that_says_again_what_another_did_begins_anew() -> None:
    found = read(
        "id,variant_id,title,price,image\n1,,Lamp,40,\n1,,,,https://shop.example/2.jpg\n1,a,,38,\n1,,Lamp,30,\n"
    )
    assert [[(row.variant, row.line) for row in each.rows] for each in found] == [[("", 2), ("a", 4)], [("", 5)]]
    assert [each.word.price for each in found if each.word] == [Decimal(40), Decimal(30)]


@pytest.mark.parametrize(
    ("given", "number", "currency"),
    [
        ("19.90", "19.90", ""),
        ("19.90 EUR", "19.90", "EUR"),
        ("EUR 19,90", "19.90", "EUR"),
        ("€ 1.234,56", "1234.56", "EUR"),
        ("$1,299.00", "1299.00", ""),
        ("1,234", "1234", ""),
        ("1.234.567", "1234567", ""),
        ("12,5", "12.5", ""),
        ("CHF 1'200.50", "1200.50", "CHF"),
        ("£5", "5", "GBP"),
        ("1\u00a0299,00 PLN", "1299.00", "PLN"),
    ],
)
def test_prices_as_shops_write_them(given: str, number: str, currency: str) -> None:
    assert price_of(given) == (number, currency)


@pytest.mark.parametrize("given", ["cheap", "EUR", "5 apples", "two 5 EUR"])
def test_what_is_no_price(given: str) -> None:
    with pytest.raises(WordError):
        price_of(given)
