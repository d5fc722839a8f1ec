"""Learning from a small shop in the database, and asking for what was learned."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.catalogue.recommend import for_people
from antiphon.catalogue.recommend.learning import EVERY, STALE, Stopped, learn
from antiphon.catalogue.recommend.models import Settings
from antiphon.catalogue.recommend.serving import best_sellers
from antiphon.kit.buckets import BUCKETS, bucket_of, person_id
from antiphon.store.db import Database

DAY = timedelta(days=1)
#: Small enough for a shop of a dozen people.
SMALL = Settings(least_buyers=5, least_people=1, ease_lambda=1.0, new_place=0)


def buyer(db: Database, serial: int, acts: Iterable[tuple[str, datetime, list[str]]]) -> tuple[int, int]:
    """A person with events; their totals are counted as the tick counts them. Returns bucket and person."""
    person = person_id(serial, BUCKETS[serial % len(BUCKETS)])
    bucket = bucket_of(person)
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO person (bucket, id, die, first_seen_at, last_seen_at) VALUES (:bucket, :person, 0, :at, :at)"
            ),
            {"bucket": bucket, "person": person, "at": NOON},
        )
    for number, (name, at, products) in enumerate(acts):
        happened(db, (bucket, person), serial * 100 + number, name, at, products)
    return bucket, person


def happened(db: Database, who: tuple[int, int], key: int, name: str, at: datetime, products: list[str]) -> None:
    lines = [{"product_id": product, "category": product[0]} for product in products]
    props = lines[0] if name.startswith("Product ") else {"products": lines}
    given = {"bucket": who[0], "person": who[1], "id": key, "name": name, "at": at, "props": json.dumps(props)}
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                "VALUES (:bucket, :person, :at, :id, :name, cast(:props AS jsonb), :at)"
            ),
            given,
        )
        connection.execute(
            text(
                "INSERT INTO event_total (bucket, person, name, n, first_at, last_at) "
                "VALUES (:bucket, :person, :name, 1, :at, :at) "
                "ON CONFLICT (bucket, person, name) DO UPDATE SET n = event_total.n + 1"
            ),
            given,
        )


def shop(db: Database) -> list[tuple[int, int]]:
    """Ten who bought a1 with a2, ten who bought b1 with b2, long ago; the last two bought one of the pair only."""
    ago = NOON - 60 * DAY
    tea = [buyer(db, n, [("Order Completed", ago, ["a1", "a2"])]) for n in range(10)]
    cups = [buyer(db, n, [("Order Completed", ago, ["b1", "b2"])]) for n in range(10, 20)]
    return [
        *tea,
        *cups,
        buyer(db, 20, [("Order Completed", ago, ["a1"])]),
        buyer(db, 21, [("Product Viewed", ago, ["b1"])]),
    ]


def ask(db: Database, people: list[tuple[int, int]], n: int = 3, **more: object) -> dict[int, list[str]]:
    with db.read() as connection:
        return for_people(connection, people, n, now=NOON, **more)  # type: ignore[arg-type]


def test_people_get_what_others_bought_with_it(db: Database) -> None:
    people = shop(db)
    told = learn(db, NOON, SMALL)
    assert told is not None
    assert (told["method"], told["people"], told["products"]) == ("ease", 22, 4)
    found = ask(db, people, 1)
    assert found[people[20][1]] == ["a2"]  # bought a1
    assert found[people[21][1]] == ["b2"]  # looked at b1


def test_item_item_where_there_are_too_many_products(db: Database) -> None:
    people = shop(db)
    told = learn(db, NOON, SMALL.model_copy(update={"ease_products": 3}))
    assert told is not None
    assert told["method"] == "item-item"
    assert ask(db, people, 1)[people[20][1]] == ["a2"]


def test_a_small_shop_gets_best_sellers_of_the_persons_categories(db: Database) -> None:
    people = shop(db)
    told = learn(db, NOON, SMALL.model_copy(update={"least_buyers": 1000}))
    assert told is not None
    assert told["method"] == "popular"
    assert ask(db, people, 1)[people[20][1]] == ["a2"]
    with db.read() as connection:
        assert best_sellers(connection) == ["a1", "b1", "a2", "b2"]  # of equal sales, what was looked at more
        assert best_sellers(connection, "b") == ["b1", "b2"]


def test_buy_again_knows_only_ones_own(db: Database) -> None:
    people = shop(db)
    happened(db, people[0], 99, "Order Completed", NOON - DAY, ["a2"])
    learn(db, NOON, SMALL)
    again = ask(db, people, kind="again")
    assert again[people[0][1]] == ["a2", "a1"]
    assert again[people[20][1]] == ["a1"]
    assert again[people[21][1]] == []
    assert ask(db, people, kind="again", excluded={"a2"})[people[0][1]] == ["a1"]


def test_what_was_just_bought_or_is_sold_out_is_not_shown(db: Database) -> None:
    people = shop(db)
    learn(db, NOON, SMALL)
    happened(db, people[20], 77, "Order Completed", NOON - DAY, ["a2"])  # after it was learned
    assert "a2" not in ask(db, people, 4)[people[20][1]]
    assert ask(db, people, 4, excluded={"b2"})[people[21][1]] == ["a1", "b1", "a2"]


def test_strangers_get_best_sellers(db: Database) -> None:
    shop(db)
    learn(db, NOON, SMALL)
    stranger = buyer(db, 50, [])
    assert ask(db, [stranger], 2)[stranger[1]] == ["a1", "b1"]


def test_nothing_is_learned_again_before_something_happened(db: Database) -> None:
    people = shop(db)
    assert learn(db, NOON, SMALL) is not None
    assert learn(db, NOON + EVERY, SMALL) is None
    happened(db, people[0], 98, "Product Viewed", NOON, ["b2"])
    assert learn(db, NOON + EVERY / 2, SMALL) is None  # a view alone waits for its day
    assert learn(db, NOON + EVERY, SMALL) is not None
    for n in range(3):  # of 21 orders, more than a tenth
        happened(db, people[n], 60 + n, "Order Completed", NOON, ["b1"])
    assert learn(db, NOON + EVERY + timedelta(hours=1), SMALL) is not None


def test_an_empty_shop_learns_nothing(db: Database) -> None:
    assert learn(db, NOON, SMALL) is None
    told = learn(db, NOON, SMALL, force=True)
    assert told is not None
    assert told["people"] == 0


def test_lists_that_stay_the_same_are_not_written_again(db: Database) -> None:
    shop(db)
    learn(db, NOON, SMALL)
    learn(db, NOON + EVERY, SMALL, force=True)
    assert dates(db) == {NOON}


def test_who_did_nothing_for_too_long_is_forgotten(db: Database) -> None:
    shop(db)
    learn(db, NOON, SMALL)
    learn(db, NOON + 3 * 365 * DAY, SMALL, force=True)
    assert dates(db) == set()


def test_one_at_a_time_and_a_dead_one_is_taken_over(db: Database) -> None:
    shop(db)
    with db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO learned (what, running_since) VALUES ('recommendations', :at)"), {"at": NOON}
        )
    assert learn(db, NOON + STALE, SMALL) is None
    assert learn(db, NOON + STALE + DAY, SMALL) is not None


def test_broken_off_it_begins_anew(db: Database) -> None:
    shop(db)
    with pytest.raises(Stopped):
        learn(db, NOON, SMALL, stopping=lambda: True)
    assert learn(db, NOON, SMALL) is not None


def test_who_is_erased_meanwhile_gets_no_list(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    people = shop(db)
    bucket, person = people[20]
    asked = 0

    def erased_while_it_is_fitted() -> bool:
        nonlocal asked
        asked += 1
        if asked == 5:  # four portions are read, nothing is written
            with db.begin("test") as connection:
                connection.execute(text("DELETE FROM person WHERE bucket = :b AND id = :p"), {"b": bucket, "p": person})
        return False

    assert learn(db, NOON, SMALL, stopping=erased_while_it_is_fitted) is not None
    with db.read() as connection:
        left = connection.execute(text("SELECT count(*) FROM recommendation WHERE person = :p"), {"p": person})
        assert left.scalar_one() == 0


def dates(db: Database) -> set[datetime]:
    with db.read() as connection:
        return set(connection.execute(text("SELECT DISTINCT at FROM recommendation")).scalars())
