"""Who was interested is told once: of a drop, of low stock, of what is back."""

import threading
from collections import Counter
from datetime import timedelta
from itertools import combinations
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.conftest import NOON
from tests.emptying import truncate
from tests.integration.catalogue.interests import interested, somebody, told

from antiphon.catalogue import telling
from antiphon.catalogue.settings import change_settings
from antiphon.catalogue.telling import Told, tell
from antiphon.catalogue.words import ProductWord, read_word
from antiphon.catalogue.writing import take_words
from antiphon.engine.commands import carry_out
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.kit.buckets import BUCKETS, person_id
from antiphon.kit.errors import ConfigError
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TABLES = "product, variant, price_change, stock_change, occasion, event, fresh, person, person_product"


def says(db: Database, at: Any, **values: Any) -> int:
    """A shop's word about the lamp at an instant; returns how many occasions came of it."""
    word: ProductWord = read_word({"id": "p1", "title": "Lamp", "currency": "EUR", **values})
    return take_words(db, [word], at).occasions


def all_told(db: Database, now: Any, limit: int = 10_000) -> list[Told]:
    done = [tell(db, now, limit)]
    while done[-1].more:
        done.append(tell(db, now, limit))
    return done


def place(bucket: int) -> int:
    """Where a bucket stands among those that are gone through."""
    return BUCKETS.index(bucket)


def neighbour(db: Database, bucket: int, number: int) -> None:
    """Somebody else in a bucket who looked at the lamp."""
    person = person_id(10_000 + number, place(bucket))
    add = text(
        "INSERT INTO person (bucket, id, die, first_seen_at, last_seen_at) VALUES (:bucket, :person, 0, :at, :at)"
    )
    seen = text(
        "INSERT INTO person_product (bucket, person, product, relation, n, first_at, last_at) "
        "VALUES (:bucket, :person, 'p1', 'viewed', 1, :at, :at)"
    )
    with db.begin("test") as connection:
        for statement in (add, seen):
            connection.execute(statement, {"bucket": bucket, "person": person, "at": NOON - DAY})


def names(db: Database) -> list[tuple[int, str]]:
    return sorted((row.person >> 8, row.name) for row in told(db))


def test_a_drop_is_told_to_who_looked_and_has_not_bought(db: Database) -> None:
    says(db, NOON - 10 * DAY, price=40, stock=9, url="https://shop.example/lamp")
    interested(db, 1, "p1", "viewed", NOON - DAY)
    interested(db, 2, "p1", "carted", NOON - 2 * DAY)
    interested(db, 3, "p1", "wished", NOON - 9 * DAY)
    interested(db, 4, "p1", "viewed", NOON - 3 * DAY)
    interested(db, 4, "p1", "bought", NOON - 2 * DAY)
    interested(db, 5, "p1", "bought", NOON - 5 * DAY)
    interested(db, 5, "p1", "viewed", NOON - 2 * DAY)  # looks again after buying
    interested(db, 6, "p1", "viewed", NOON - 31 * DAY)  # too long ago
    interested(db, 7, "p2", "viewed", NOON - DAY)
    interested(db, 8, "p1", "viewed", NOON + HOUR)  # has seen the new price
    assert says(db, NOON, price=30) == 1
    all_told(db, NOON + HOUR)
    assert names(db) == [(n, "Price Dropped") for n in (1, 2, 3, 5)]
    rows = told(db)
    assert all(row.fresh and row.at == NOON for row in rows)
    first = rows[0].props
    assert {name: first[name] for name in ("product_id", "title", "price", "old_price", "currency", "stock", "url")} == {
        "product_id": "p1", "title": "Lamp", "price": 30, "old_price": 40, "currency": "EUR", "stock": 9,
        "url": "https://shop.example/lamp",
    }  # fmt: skip
    assert (first["relation"], first["price_seen"]) == ("viewed", 40)


def test_again_tells_nobody_twice(db: Database) -> None:
    says(db, NOON - 10 * DAY, price=40, stock=9)
    interested(db, 1, "p1", "viewed", NOON - DAY)
    says(db, NOON, price=30)
    says(db, NOON, price=30)  # the shop says it again
    all_told(db, NOON)
    all_told(db, NOON + HOUR)
    assert names(db) == [(1, "Price Dropped")]


@pytest.mark.parametrize(
    ("prices", "drops"),
    [
        ([(-60, 40), (0, 38)], 1),
        ([(-60, 40), (0, "38.10")], 0),  # less than 5 %
        ([(-60, 10), (0, "9.40")], 0),  # less than 1
        ([(-60, 40), (-3, 60), (0, 40)], 0),  # up and down again
        ([(-60, 40), (-3, 60), (0, 30)], 1),
        ([(-60, 30), (-20, 40), (0, 30)], 0),  # as cheap 20 days ago
        ([(-90, 30), (-40, 40), (0, 30)], 1),  # as cheap 40 days ago: 30 are asked for
        ([(-60, 40), (0, 0)], 0),  # an error rather than a gift
        ([(-60, 40), (0, 50)], 0),
    ],
)
def test_what_counts_as_a_drop(db: Database, prices: list[tuple[int, Any]], drops: int) -> None:
    made = [says(db, NOON + days * DAY, price=price) for days, price in prices]
    assert made[-1] == drops


def test_who_looked_when_it_was_as_cheap_hears_nothing(db: Database) -> None:
    change_settings(db, {"viewed": "90d"}, NOON, COMMAND_LINE)
    says(db, NOON - 90 * DAY, price=40)
    says(db, NOON - 60 * DAY, price=30)
    says(db, NOON - 50 * DAY, price=40)
    interested(db, 1, "p1", "viewed", NOON - 55 * DAY)  # saw 30
    interested(db, 2, "p1", "viewed", NOON - 45 * DAY)  # saw 40
    says(db, NOON, price=30)
    all_told(db, NOON)
    assert names(db) == [(2, "Price Dropped")]


def test_stock_low_and_back(db: Database) -> None:
    says(db, NOON - DAY, price=40, stock=9)
    interested(db, 1, "p1", "carted", NOON - 2 * DAY)
    assert says(db, NOON, stock=5) == 1
    all_told(db, NOON)
    assert says(db, NOON + HOUR, stock=4) == 0, "it was low already"
    assert says(db, NOON + 2 * HOUR, stock=0) == 0, "sold out is not low"
    assert says(db, NOON + 3 * HOUR, stock=3) == 1, "back, though not much"
    all_told(db, NOON + 3 * HOUR)
    assert names(db) == [(1, "Back in Stock"), (1, "Low Stock")]
    assert [row.props["stock"] for row in told(db)] == [5, 3]
    assert "price_seen" not in told(db)[0].props


def test_stock_that_comes_and_goes_is_told_once_a_day(db: Database) -> None:
    interested(db, 1, "p1", "wished", NOON - 30 * DAY)
    says(db, NOON - DAY, price=40, stock=0)
    for hour in range(1, 30, 2):
        says(db, NOON + hour * HOUR, stock=2)
        all_told(db, NOON + hour * HOUR)
        says(db, NOON + (hour + 1) * HOUR, stock=0)
    assert names(db) == [(1, "Back in Stock")] * 2


@pytest.mark.parametrize(
    "meanwhile",
    [{"price": 45}, {"stock": 0}, {"deleted": True}, {"price": 20}],
    ids=["dearer", "gone", "deleted", "cheaper"],
)
def test_what_is_no_longer_true_is_not_told(db: Database, meanwhile: dict[str, Any]) -> None:
    says(db, NOON - 10 * DAY, price=40, stock=9)
    interested(db, 1, "p1", "viewed", NOON - DAY)
    says(db, NOON, price=30)
    says(db, NOON + HOUR, **meanwhile)
    all_told(db, NOON + HOUR)
    if meanwhile == {"price": 20}:  # the newer occasion tells, once
        assert [row.props["price"] for row in told(db)] == [20]
    else:
        assert not told(db)
    with db.read() as connection:
        assert not connection.execute(text("SELECT 1 FROM occasion WHERE state = 'open'")).all()


def test_what_is_too_late_is_not_told(db: Database) -> None:
    says(db, NOON - 10 * DAY, price=40)
    interested(db, 1, "p1", "viewed", NOON - DAY)
    says(db, NOON, price=30)
    all_told(db, NOON + 3 * DAY)
    assert not told(db)


def test_a_large_audience_is_told_in_portions(db: Database) -> None:
    says(db, NOON - 10 * DAY, price=40)
    for serial in range(600):
        interested(db, serial, "p1", "viewed", NOON - DAY)
    says(db, NOON, price=30)
    done = all_told(db, NOON, limit=50)
    assert max(each.events for each in done) <= 50
    assert sum(each.events for each in done) == len(told(db)) == 600
    with db.read() as connection:
        assert connection.execute(text("SELECT state, told FROM occasion")).one() == ("told", 600)


class _Killed(Exception):  # noqa: N818  # no error of the product
    pass


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    looks=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["p1", "p2"]), st.integers(1, 20)), max_size=40),
    limit=st.integers(1, 30),
    kills=st.lists(st.integers(0, 3), max_size=8),
    repeats=st.integers(0, 2),
)
def test_once_whatever_happens(
    db: Database, looks: list[tuple[int, str, int]], limit: int, kills: list[int], repeats: int
) -> None:
    """Killed between any two statements, told again by the shop, in portions of any size: each hears exactly once."""
    with db.begin("test") as connection:
        truncate(connection, TABLES)
    for product in ("p1", "p2"):
        says(db, NOON - 60 * DAY, id=product, price=40, stock=9)
    for serial, product, days in looks:
        interested(db, serial, product, "viewed", NOON - days * DAY)
    for _ in range(repeats + 1):
        for product in ("p1", "p2"):
            says(db, NOON, id=product, price=30)
    for at in kills:
        step = iter(range(100))
        real = telling._note

        def note(*args: Any, step: Any = step, at: int = at, real: Any = real) -> None:
            if next(step) == at:
                raise _Killed
            real(*args)

        with patch.object(telling, "_note", note):
            try:
                all_told(db, NOON, limit)
            except _Killed:
                continue
    all_told(db, NOON, limit)
    count = Counter((row.person, row.props["product_id"]) for row in told(db))
    assert count == dict.fromkeys({(somebody(serial), product) for serial, product, _ in looks}, 1)
    assert all(row.fresh for row in told(db))


def test_who_becomes_somebody_whose_bucket_is_done_is_told(db: Database) -> None:
    """The one who goes was not told yet, and the one who stays would not be looked at any more."""
    says(db, NOON - 10 * DAY, price=40, stock=9)
    for who in ("a", "b", "c", "d"):
        store_arrivals(db, [Arrival("t", who, "identify", NOON, False, {"userId": who, "traits": {"a": 1}})], NOON)
    resolve(db, NOON)
    with db.read() as connection:
        people = connection.execute(text("SELECT bucket, id AS person FROM person ORDER BY id")).all()
    # the elder stays
    stays, goes = next(pair for pair in combinations(people, 2) if place(pair[0].bucket) < place(pair[1].bucket))
    with db.begin("test") as connection:
        seen = text(
            "INSERT INTO person_product (bucket, person, product, relation, n, first_at, last_at) "
            "VALUES (:bucket, :person, 'p1', 'viewed', 1, :at, :at)"
        )
        connection.execute(seen, {"bucket": goes.bucket, "person": goes.person, "at": NOON - DAY})
    behind = BUCKETS[place(stays.bucket) + 1]
    for number in range(6):  # so many that the first portion ends between the two
        neighbour(db, behind, number)
    assert says(db, NOON, price=30) == 1
    assert tell(db, NOON, 5).more
    with db.read() as connection:
        done = connection.execute(text("SELECT done FROM occasion")).scalar_one()
    assert place(stays.bucket) < done <= place(goes.bucket)
    merge = {"person": stays.person, "other": goes.person, "why": ""}
    left = carry_out(db, "people.merge", merge, "robin@example.com", NOON)
    all_told(db, NOON)
    heard = [row.person for row in told(db)]
    assert len(heard) == 7
    assert heard.count(left["person"]) == 1
    assert left["person"] == stays.person


def test_two_workers_at_once_tell_once(db: Database) -> None:
    says(db, NOON - 10 * DAY, price=40)
    for serial in range(300):
        interested(db, serial, "p1", "viewed", NOON - DAY)
    says(db, NOON, price=30)
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        for _ in range(200):
            done = tell(db, NOON, 20)
            if not (done.more or done.busy):
                break

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    all_told(db, NOON)
    assert sorted(row.person for row in told(db)) == sorted(somebody(serial) for serial in range(300))


def test_the_law_bounds_what_may_be_set(db: Database) -> None:
    with pytest.raises(ConfigError, match="30"):
        change_settings(db, {"lowest_over": "7d"}, NOON, COMMAND_LINE)
    with pytest.raises(ConfigError, match="drop_percent"):
        change_settings(db, {"drop_percent": 0}, NOON, COMMAND_LINE)
    assert change_settings(db, {"low_stock": 2}, NOON, COMMAND_LINE).low_stock == 2
