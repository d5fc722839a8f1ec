"""Feeds come in by portions, whole products at a time, and tell what they refuse."""

import io
import random
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.catalogue.read import products, variants
from antiphon.catalogue.writing import write_words
from antiphon.intake.feeds import running
from antiphon.intake.feeds.keeping import cancel, faults, find, force, kept, remap, start, tidy, upload
from antiphon.intake.feeds.models import Feed
from antiphon.intake.feeds.preview import preview
from antiphon.intake.feeds.running import carry_on, run_feeds
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

FEED = """id,title,price,currency,stock,item_group_id
1a,Lamp,40,EUR,3,1
1b,Lamp,38,EUR,0,1
2a,Chair,cheap,EUR,3,2
3a,Bed,400,USD,1,3
"""


def handed_in(db: Database, feed: str | bytes = FEED, currency: str = "") -> int:
    data = feed.encode() if isinstance(feed, str) else feed
    return upload(db, io.BytesIO(data), "feed.csv", NOON, COMMAND_LINE, currency)


def now_of(db: Database, number: int) -> Feed:
    with db.read() as connection:
        return find(connection, number)


def carried(db: Database, number: int) -> Feed:
    start(db, number, NOON, COMMAND_LINE)
    while run_feeds(db, NOON):
        pass
    return now_of(db, number)


def test_a_feed_comes_in_and_again_changes_nothing(db: Database) -> None:
    done = carried(db, handed_in(db))
    assert (done.state, done.share) == ("done", 1.0)
    assert dict(done.counts) == {"rows": 4, "added": 2, "refused": 1}
    with db.read() as connection:
        found, kinds = products(connection, ["1", "2", "3"]), variants(connection, ["1"])
        assert not connection.execute(text("SELECT 1 FROM feed_chunk")).all()
    assert (str(found["1"].price), found["1"].stock, found["3"].currency) == ("38", 3, "USD")
    assert [each.id for each in kinds["1"]] == ["1a", "1b"]
    assert [(row.line, row.product, row.reason) for row in faults(db, done.id)] == [
        (4, "2", "price: 'cheap' is no price")
    ]
    again = carried(db, handed_in(db))
    assert (again.counts["added"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 2)


def test_the_preview_says_what_would_come_in_and_changes_nothing(db: Database) -> None:
    carried(db, handed_in(db))
    number = handed_in(db, "id,title,price\n1,Lamp,30 EUR\n3,Bed,300 EUR\n9,Mat,5\n")
    with db.read() as connection:
        found = find(connection, number)
        made = preview(connection, found, kept(connection, number, found.size), NOON)
    assert (made.rows, made.products, made.new, made.refused, made.whole) == (3, 1, 0, 2, True)
    assert set(made.faults) == {
        (
            "price: it is in EUR, but the product's prices are in USD; delete the product first if the shop changed its "
            "currency, or give each currency's product an id of its own"
        ),
        "price: it names no currency; say one, such as EUR",
    }
    assert made.samples["title"] == ["Lamp", "Bed", "Mat"]
    with db.read() as connection:
        assert products(connection, ["1"])["1"].price == 38


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
def test_rows_of_a_product_are_never_parted_however_large_a_portion_is(db: Database, rows: int) -> None:
    lines = ["id,variant_id,title,price,currency"]
    lines += [f"p{n},p{n}-{v},Product {n},{n + v + 1},EUR" for n in range(6) for v in range(n + 1)]
    lines.insert(9, "p9,,,no price,EUR")
    real = running.read_chunk
    with patch.object(running, "read_chunk", lambda text, found, at: real(text, found, at, rows)):
        done = carried(db, handed_in(db, "\n".join(lines)))
    assert (done.counts["rows"], done.counts["added"], done.counts["refused"]) == (22, 6, 1)
    with db.read() as connection:
        kinds = variants(connection, [f"p{n}" for n in range(6)])
    assert {id_: len(each) for id_, each in kinds.items()} == {f"p{n}": n + 1 for n in range(6)}
    assert [row.line for row in faults(db, done.id)] == [10]


def test_rows_of_a_product_far_apart_are_one(db: Database) -> None:
    carried(db, handed_in(db, "id,variant_id,title,price,currency\n1,a,Lamp,40,EUR\n2,b,Bed,90,EUR\n1,c,Lamp,35,EUR\n"))
    with db.read() as connection:
        assert [each.id for each in variants(connection, ["1"])["1"]] == ["a", "c"]
        assert products(connection, ["1"])["1"].price == 35


TWICE = """id,variant_id,title,price,currency,stock
1,,Lamp,40,EUR,3
1,,Lamp,35,EUR,0
2,a,Bed,90,EUR,2
2,b,Bed,95,EUR,2
2,a,Bed,80,EUR,1
3,,Mat,no,EUR,1
4,,Cup,4,EUR,1
3,,Mat,7,EUR,1
1,,Lamp,30,EUR,5
2,b,Bed,85,EUR,4
"""


@pytest.mark.parametrize("rows", [1, 2, 4, 1000])
def test_what_stands_twice_is_named_and_the_later_line_counts(db: Database, rows: int) -> None:
    real = running.read_chunk
    for again in (False, True):
        with patch.object(running, "read_chunk", lambda text, found, at: real(text, found, at, rows)):
            done = carried(db, handed_in(db, TWICE))
        assert (done.counts["rows"], done.counts["refused"], done.counts["again"]) == (10, 1, 4)
        assert done.counts["added"] == 0 if again else done.counts["added"] == 4
        assert [(row.line, row.product, row.reason) for row in faults(db, done.id)] == [
            (3, "1", "line 2 has the product as well: what this line says counts"),
            (6, "2", "line 4 has its variant 'a' as well: what this line says counts"),
            (7, "3", "price: 'no' is no price"),
            (10, "1", "line 2 has the product as well: what this line says counts"),
            (11, "2", "line 5 has its variant 'b' as well: what this line says counts"),
        ]
        with db.read() as connection:
            found, kinds = products(connection, ["1", "2", "3"]), variants(connection, ["2"])["2"]
            assert not connection.execute(text("SELECT 1 FROM feed_product")).all()
            # nothing came back that was never gone: a file that contradicts itself announces nothing, however often it comes
            assert not connection.execute(text("SELECT 1 FROM occasion")).all()
        assert [str(found[id_].price) for id_ in "123"] == ["30", "80", "7"]
        assert (found["1"].stock, found["2"].stock) == (5, 5)
        assert sorted((each.id, str(each.price), each.stock) for each in kinds) == [("a", "80", 1), ("b", "85", 4)]


def test_what_a_file_says_in_two_places_is_one_change_from_what_was_before(db: Database) -> None:
    def comes(*rows: str, later: int) -> None:
        number = handed_in(db, "\n".join(["id,variant_id,title,price,currency,stock", *rows]))
        start(db, number, NOON + timedelta(days=later), COMMAND_LINE)
        real = running.read_chunk
        with patch.object(running, "read_chunk", lambda text, found, at: real(text, found, at, 1)):
            while run_feeds(db, NOON + timedelta(days=later)):
                pass

    comes("1,,Lamp,40,EUR,0", "2,,Bed,90,EUR,9", later=0)
    comes("1,,Lamp,40,EUR,0", "2,,Bed,90,EUR,0", "1,,Lamp,40,EUR,3", "2,,Bed,90,EUR,9", later=1)
    with db.read() as connection:
        assert connection.execute(text("SELECT kind, product, stock FROM occasion")).all() == [("back", "1", 3)]


class _Killed(Exception):  # noqa: N818  # no error of the product
    pass


def test_killed_anywhere_it_goes_on_where_it_was(db: Database) -> None:
    lines = ["id,title,price,currency", *(f"p{n},Product {n},{'?' if n % 7 == 0 else n + 1},EUR" for n in range(60))]
    number = handed_in(db, "\n".join(lines))
    start(db, number, NOON, COMMAND_LINE)
    chance = random.Random(4)
    real, reading = write_words, running.read_chunk

    def write(*args: object) -> object:
        found = real(*args)  # type: ignore[arg-type]
        if chance.random() < 0.5:
            raise KeyboardInterrupt
        return found

    with (
        patch.object(running, "write_words", write),
        patch.object(running, "read_chunk", lambda text, found, at: reading(text, found, at, 7)),
    ):
        for _ in range(200):
            try:
                if not carry_on(db, number, NOON):
                    break
            except KeyboardInterrupt:
                continue
    done = now_of(db, number)
    assert (done.state, done.counts["rows"], done.counts["added"], done.counts["refused"]) == ("done", 60, 51, 9)
    assert len(list(faults(db, number))) == 9


def test_columns_may_be_said_otherwise(db: Database) -> None:
    number = handed_in(db, 'Artikel,Bezeichnung,Preis,Bestand\n7,Lampe,"39,90",4\n')
    mapping = now_of(db, number).mapping
    assert set(mapping.columns.values()) == {"ignore"}
    with pytest.raises(AntiphonError, match="No column says which product"):
        start(db, number, NOON, COMMAND_LINE)
    columns = {"Artikel": "id", "Bezeichnung": "title", "Preis": "price", "Bestand": "stock"}
    with pytest.raises(AntiphonError, match="cannot both"):
        remap(db, number, mapping.model_copy(update={"columns": columns | {"Bestand": "price"}}))
    remap(db, number, mapping.model_copy(update={"columns": columns, "currency": "EUR"}))
    assert carried(db, number).counts["added"] == 1
    with db.read() as connection:
        assert str(products(connection, ["7"])["7"].price) == "39.90"


def test_files_that_are_none(db: Database) -> None:
    for data, why in ((b"", "is empty"), (b"PK\x03\x04broken", "not an archive"), (b"a@b.de,x\n", "is a person")):
        with pytest.raises(AntiphonError, match=why):
            handed_in(db, data)
    with pytest.raises(AntiphonError, match="is no currency"):
        handed_in(db, FEED, "euro")
    with db.read() as connection:
        assert not connection.execute(text("SELECT 1 FROM feed")).all()
        with pytest.raises(NotFoundError):
            find(connection, 5)


def test_it_stops_where_it_is_told_and_files_are_forgotten(db: Database) -> None:
    number = handed_in(db)
    cancel(db, number, NOON, COMMAND_LINE)
    with pytest.raises(AntiphonError, match="over already"):
        cancel(db, number, NOON, COMMAND_LINE)
    left, done = handed_in(db), carried(db, handed_in(db))
    tidy(db, NOON + timedelta(days=8))
    assert now_of(db, left).state == "cancelled"
    assert list(faults(db, done.id))
    tidy(db, NOON + timedelta(days=31))
    assert not list(faults(db, done.id))


def test_a_whole_catalogue_deletes_what_it_lacks_but_not_the_half_of_it(db: Database) -> None:
    lines = ["id,title,price,currency", *(f"p{n},Product {n},{n + 1},EUR" for n in range(10))]
    carried(db, handed_in(db, "\n".join(lines)))

    def whole(text_: str) -> Feed:
        number = handed_in(db, text_)
        remap(db, number, now_of(db, number).mapping.model_copy(update={"complete": True}))
        return carried(db, number)

    done = whole("\n".join([*lines[:6], "p5,Product 5,cheap,EUR", "new,New,1,EUR"]))  # its broken row is there as well
    assert (done.state, done.counts["gone"], done.counts["added"], done.counts["refused"]) == ("done", 4, 1, 1)
    with db.read() as connection:
        assert set(products(connection, [f"p{n}" for n in range(10)] + ["new"])) == {
            *(f"p{n}" for n in range(6)),
            "new",
        }
    cut_off = whole("\n".join(lines[:3]))
    assert (cut_off.state, cut_off.counts["gone"]) == ("failed", 0)
    assert "lacks 5 of 7 products, more than half" in (cut_off.error or "")
    assert carried(db, cut_off.id).state == "failed"
    force(db, cut_off.id, NOON, COMMAND_LINE)
    assert (carried(db, cut_off.id).state, now_of(db, cut_off.id).counts["gone"]) == ("done", 5)
    with db.read() as connection:
        assert not connection.execute(text("SELECT 1 FROM feed_product")).all()
        assert set(products(connection, [f"p{n}" for n in range(10)])) == {"p0", "p1"}
