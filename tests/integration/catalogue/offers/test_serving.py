"""Codes are given once each, one to a person and offer: by many at once, and whatever ends a process between two commits."""

import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import asking, given, made, people

from antiphon.catalogue.offers import giving, queries
from antiphon.catalogue.offers.filling import bring
from antiphon.catalogue.offers.giving import Ask, serve
from antiphon.catalogue.offers.managing import give
from antiphon.catalogue.offers.read import offers
from antiphon.catalogue.offers.serving import carry_on
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

DAY = timedelta(days=1)


def states(db: Database) -> dict[str, int]:
    with db.read() as connection:
        rows = connection.execute(text("SELECT state || ' ' || why, count(*) FROM coupon_ask GROUP BY 1"))
        return {row[0].strip(): row[1] for row in rows}


def test_who_asks_gets_a_code_of_their_own(db: Database) -> None:
    made(db, "welcome", codes=5, valid_days=7)
    asking(db, "welcome", people(db, range(1, 4)))
    done = carry_on(db, NOON)
    assert (done.given, done.more) == (3, True)
    assert [row.code for row in given(db)] == ["WELCOME-1", "WELCOME-2", "WELCOME-3"]
    assert {row.expires_at for row in given(db)} == {(NOON + 8 * DAY).replace(hour=0, minute=0)}
    assert states(db) == {"given": 3}
    with db.read() as connection:
        told = connection.execute(text("SELECT name, props FROM event JOIN fresh USING (bucket, name)")).all()
        assert offers(connection)["welcome"].left == 2
    assert {row.name for row in told} == {"Coupon Given"}
    assert not carry_on(db, NOON).more


def test_a_dry_pool_refuses_waits_or_gives_another(db: Database) -> None:
    made(db, "few", codes=1)
    who = people(db, range(1, 6))
    asking(db, "few", who[:2])
    carry_on(db, NOON)
    assert states(db) == {"given": 1, "refused dry": 1}
    asking(db, "few", who[2:3], dry="wait")
    with db.begin("test") as connection:
        connection.execute(text("UPDATE coupon_ask SET until = :at WHERE when_dry = 'wait'"), {"at": NOON + DAY})
    asking(db, "few", who[3:4])
    with db.begin("test") as connection:
        connection.execute(text("UPDATE coupon_ask SET use = 'SORRY5' WHERE run = :run"), {"run": who[3][1]})
    done = carry_on(db, NOON)
    assert (done.waiting, done.given) == (1, 1)
    assert given(db)[-1].code == "SORRY5"
    assert carry_on(db, NOON).next_due == NOON + DAY
    bring(db, "few", b"LATE-1", NOON, COMMAND_LINE)
    assert carry_on(db, NOON + DAY / 2).given == 1
    assert {row.code for row in given(db)} == {"FEW-1", "SORRY5", "LATE-1"}


def test_who_waited_too_long_goes_without(db: Database) -> None:
    made(db, "none")
    asking(db, "none", people(db, range(1, 2)), dry="wait")
    with db.begin("test") as connection:
        connection.execute(text("UPDATE coupon_ask SET until = :at"), {"at": NOON + DAY})
    carry_on(db, NOON)
    assert states(db) == {"dry dry": 1}
    assert carry_on(db, NOON + DAY).refused == 1


@pytest.mark.parametrize(
    ("values", "why"),
    [({"starts_at": NOON + DAY}, "early"), ({"ends_at": NOON}, "over"), ({}, "gone")],
)
def test_what_has_not_begun_or_is_over_gives_nothing(db: Database, values: dict[str, Any], why: str) -> None:
    made(db, "brief", codes=3, **values)
    asking(db, "brief" if values else "deleted", people(db, range(1, 2)))
    assert carry_on(db, NOON).refusals == {why: 1}
    assert given(db) == []


def test_steps_are_given_one_after_the_other(db: Database) -> None:
    made(db, "ten", codes=2)
    made(db, "more", "static")
    made(db, "ladder", "steps", steps=["ten", "more"])
    _, person = people(db, range(1, 2))[0]
    codes = [give(db, "ladder", person, NOON, COMMAND_LINE).given for _ in range(3)]
    assert [one.code for one in codes if one] == ["TEN-1", "MORE", "MORE"]
    assert len(given(db)) == 2


def test_a_second_ask_hears_of_the_first_code_until_it_is_over(db: Database) -> None:
    made(db, "one", codes=9, valid_days=1)
    _, person = people(db, range(1, 2))[0]
    first = give(db, "one", person, NOON, COMMAND_LINE)
    again = give(db, "one", person, NOON + DAY, COMMAND_LINE)
    assert first.given is not None
    assert again.given is not None
    assert (first.given.code, first.new, again.new) == (again.given.code, True, False)
    with pytest.raises(AntiphonError, match="used or expired"):
        give(db, "one", person, NOON + 3 * DAY, COMMAND_LINE)


def test_many_at_once_give_no_code_twice(db: Database) -> None:
    made(db, "pool", codes=120)
    who = people(db, range(1, 101))
    asking(db, "pool", who[:80])
    _, twice = who[80]
    errors: list[Exception] = []
    start = threading.Barrier(6)

    def work(turn: int) -> None:
        try:
            start.wait()
            for _ in range(12):
                if turn < 3:
                    carry_on(db, NOON, limit=9)
                else:
                    give(db, "pool", twice, NOON, COMMAND_LINE)
        except Exception as error:  # noqa: BLE001  # the test tells
            errors.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while carry_on(db, NOON).more:
        pass
    assert not errors
    rows = given(db)
    assert len(rows) == len({row.code for row in rows}) == len({row.person for row in rows}) == 81
    with db.read() as connection:
        assert offers(connection)["pool"].taken == 81


@pytest.mark.parametrize("where", ["GIVEN", "BATCH", "TAKEN", "ANSWER"])
def test_what_breaks_off_leaves_nothing_half_done(db: Database, where: str) -> None:
    made(db, "pool", codes=5)
    asking(db, "pool", people(db, range(1, 4)))
    module = queries
    with patch.object(module, where, text("SELECT 1 / 0")), pytest.raises(Exception, match="division by zero"):
        carry_on(db, NOON)
    assert given(db) == []
    assert states(db) == {"open": 3}
    carry_on(db, NOON)
    assert [row.code for row in given(db)] == ["POOL-1", "POOL-2", "POOL-3"]


def test_the_key_itself_refuses_a_second_code(db: Database) -> None:
    made(db, "pool", codes=5)
    bucket, person = people(db, range(1, 2))[0]
    give(db, "pool", person, NOON, COMMAND_LINE)
    with (
        patch.object(giving, "given_to", return_value={}),
        pytest.raises(Exception, match="pk_coupon_given"),
        db.begin("offers") as connection,
    ):
        serve(connection, [Ask(bucket, person, "pool")], offers(connection), NOON)


def test_runs_that_left_are_forgotten(db: Database) -> None:
    made(db, "pool", codes=5)
    asking(db, "pool", people(db, range(1, 3)))
    with db.begin("test") as connection:
        connection.execute(text("DELETE FROM run"))
    done = carry_on(db, NOON)
    assert (done.given, done.more) == (0, True)
    assert states(db) == {}


def test_reminders_come_once_and_not_for_what_is_used(db: Database) -> None:
    made(db, "soon", codes=5, valid_days=5, remind_days=2)
    who = people(db, range(1, 4))
    for _, person in who:
        give(db, "soon", person, NOON, COMMAND_LINE)
    due = given(db)[0].remind_at
    assert due == (NOON + 4 * DAY).replace(hour=0)
    with db.begin("test") as connection:
        connection.execute(
            text("UPDATE coupon_given SET redeemed_at = :at WHERE person = :p"), {"at": NOON, "p": who[0][1]}
        )
    assert carry_on(db, due - timedelta(seconds=1)).next_due == due
    assert carry_on(db, due).reminded == 3
    carry_on(db, due)
    with db.read() as connection:
        rows = connection.execute(text("SELECT person, at, props FROM event WHERE name = 'Coupon Expiring'")).all()
    assert {row.person for row in rows} == {who[1][1], who[2][1]}
    assert {row.at for row in rows} == {due}
