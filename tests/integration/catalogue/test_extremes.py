"""Products at the edges of what a shop may say stop nobody: neither their feed, nor the lists that they stand in."""

import io
from time import process_time

import pytest
from tests.conftest import NOON

from antiphon.catalogue.read import products
from antiphon.catalogue.words import MAX_STOCK, WordError, read_word
from antiphon.catalogue.writing import take_words
from antiphon.intake.feeds.keeping import faults, find, start, upload
from antiphon.intake.feeds.running import run_feeds
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

HEAD = "id,title,price,currency,stock,variant_id"


def feed(db: Database, *rows: str) -> int:
    number = upload(db, io.BytesIO("\n".join([HEAD, *rows, ""]).encode()), "feed.csv", NOON, COMMAND_LINE)
    start(db, number, NOON, COMMAND_LINE)
    while run_feeds(db, NOON):
        pass
    return number


def test_variants_that_are_more_than_can_be_counted_are_as_many_as_can(db: Database) -> None:
    number = feed(db, f"p1,Lamp,4,EUR,{MAX_STOCK},a", f"p1,Lamp,4,EUR,{MAX_STOCK},b", "p2,Shade,4,EUR,1,")
    with db.read() as connection:
        assert find(connection, number).state == "done"
        found = products(connection, ["p1", "p2"])
    assert (found["p1"].stock, found["p2"].stock) == (MAX_STOCK, 1)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"x,Lamp,4,EUR,{'9' * 5_000},", "stock: '9"),
        (f"x,Lamp,{'9' * 5_000},EUR,1,", "price: '9"),
        (f'x,Lamp,"{"," * 100_000}",EUR,1,', "price: ',"),
    ],
)
def test_a_cell_without_end_is_a_row_that_is_refused(db: Database, row: str, words: str) -> None:
    before = process_time()
    number = feed(db, row, "p2,Shade,4,EUR,1,")
    assert process_time() - before < 5
    with db.read() as connection:
        assert find(connection, number).state == "done"
        assert set(products(connection, ["x", "p2"])) == {"p2"}
    (fault,) = faults(db, number)
    assert fault.reason.startswith(words)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1969-12-31T00:00:00Z"])
def test_a_product_that_was_changed_before_there_were_shops_is_refused(at: str) -> None:
    with pytest.raises(WordError, match="updated_at"):
        read_word({"id": "p1", "title": "Lamp", "updated_at": at})


def test_a_product_that_will_be_changed_is_changed_now(db: Database) -> None:
    word = read_word({"id": "p1", "title": "Lamp", "updated_at": "9999-12-31T23:59:59-12:00"})
    take_words(db, [word], NOON)
    with db.read() as connection:
        assert products(connection, ["p1"])["p1"].updated_at == NOON
