"""The states of a person's orders hold a text at the claim and at the last look, whatever it was planned by."""

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher

from antiphon.kit.buckets import bucket_of
from antiphon.store.db import Database

PHONE = "+12125550101"


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON)
    shop.subscribe(PHONE, "ann@example.com")
    return shop


def lives_in(db: Database, person: int, place: str) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO person_place (bucket, person, place, via, since) VALUES (:b, :p, :place, 'email:a', :at)"
            ),
            {"b": bucket_of(person), "p": person, "place": place, "at": NOON},
        )


def standing(db: Database, message: int) -> tuple[str, str | None]:
    with db.read() as connection:
        row = connection.execute(text("SELECT state, rule FROM outbox WHERE id = :id"), {"id": message}).one()
    return row.state, row.rule


def test_a_state_that_came_after_the_plan_holds_at_the_claim(shop: Shop, db: Database) -> None:
    ann = shop.person(first_name="Ann")
    lives_in(db, ann, "US-HI")  # 7:00 in Honolulu
    message, mail = shop.plan(PHONE, person=ann), shop.plan("ann@example.com", person=ann)
    with dispatcher(db) as worker:
        worker.run_once(NOON)
    assert standing(db, message) == ("planned", "quiet_hours.sms")
    assert standing(db, mail)[0] == "accepted"
    with db.read() as connection:
        detail = connection.execute(text("SELECT detail FROM message_log WHERE rule = 'quiet_hours.sms'")).scalar_one()
    assert (detail["laws"], detail["held"]) == (["us"], ["us"])
    assert len(detail["zones"]) == 2


@pytest.mark.parametrize("place", ["US-HI", "US-NY"])
def test_a_state_that_comes_between_claim_and_wire_holds_at_the_last_look(shop: Shop, db: Database, place: str) -> None:
    ann = shop.person(first_name="Ann")
    message = shop.plan(PHONE, person=ann)
    with dispatcher(db) as worker:
        worker.checkpoint = lambda name: lives_in(db, ann, place) if name == "rendered" else None  # type: ignore[method-assign]
        worker.run_once(NOON)
    assert standing(db, message) == (("planned", "quiet_hours.sms") if place == "US-HI" else ("accepted", None))
