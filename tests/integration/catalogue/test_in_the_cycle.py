"""The whole way: people look, the shop lowers a price, a journey that waits for it begins."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.catalogue.words import read_word
from antiphon.catalogue.writing import take_words
from antiphon.intake.feeds.keeping import start, upload
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

JOURNEY = """\
journey: cheaper
name: Cheaper
trigger: {event: Price Dropped, key: occasion_id}
steps:
  - {id: tell, type: message, channels: [sms], window: 20h, content: {sms: {text: "{{ event.title }} for {{ event.price }}"}}}
"""


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


def says(shop: ShopUnderTest, **values: object) -> None:
    take_words(shop.db, [read_word({"id": "p1", "title": "Lamp", "currency": "EUR", **values})], shop.now)


def _told(shop: ShopUnderTest) -> list[str]:
    people = [row.person for row in shop.rows("SELECT person FROM event WHERE name = 'Price Dropped'")]
    known = "SELECT value FROM identifier WHERE kind = 'customer_id' AND person = :person"
    return sorted(str(shop.one(known, person=person)) for person in people)


def test_a_drop_reaches_who_looked_once(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.reachable("ann", phone="+12125550101")
    says(shop, price=40, stock=9)
    shop.does("ann", "Product Viewed", product_id="p1")
    shop.does("bob", "Product Added", product_id="p1")
    shop.does("bob", "Order Completed", products=[{"product_id": "p1", "quantity": 1}], total=40)
    shop.does("eve", "Product Viewed", product_id="p2")
    shop.settle()
    shop.now += timedelta(days=1)
    # she came back just now: the tick has not seen it when the price falls
    shop.does("kim", "Product Viewed", product_id="p1")
    shop.now += timedelta(minutes=1)
    says(shop, price=30)
    shop.settle()
    assert _told(shop) == ["ann", "kim"]
    assert shop.one("SELECT sum(n) FROM event_total WHERE name = 'Price Dropped'") == 2, "the tick has reacted"
    assert not shop.rows("SELECT 1 FROM fresh")
    shop.passes(timedelta(hours=3))
    assert _told(shop) == ["ann", "kim"]
    assert str(shop.one("SELECT body FROM sandbox_message")).count("Lamp for 30") == 1


def test_a_feed_is_carried_by_the_worker_and_its_drops_are_told(shop: ShopUnderTest) -> None:
    says(shop, price=40, stock=9)
    shop.does("ann", "Product Viewed", product_id="p1")
    shop.settle()
    shop.now += timedelta(hours=1)
    number = upload(shop.db, io.BytesIO(b"id,title,price\np1,Lamp,30 EUR\n"), "feed.csv", shop.now, COMMAND_LINE)
    start(shop.db, number, shop.now, COMMAND_LINE)
    shop.settle()
    assert shop.one("SELECT state FROM feed") == "done"
    assert shop.one("SELECT count(*) FROM event WHERE name = 'Price Dropped'") == 1
