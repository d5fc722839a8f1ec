"""The states of orders, checkouts and profiles, kept with who told them; they go where their identifier goes."""

from typing import Any

import pytest
from tests.integration.intake.helpers import at, come_in, identify, one, rows, track

from antiphon.engine.commands import carry_out
from antiphon.intake.models import Arrival
from antiphon.store.db import Database

TEXAS: dict[str, Any] = {"shipping_address": {"state": "TX", "country": "US"}}
PLACES = "SELECT place, via, since FROM person_place ORDER BY place, via"


def order(minute: float, user: str = "7", **props: Any) -> Arrival:
    return track(minute, "Order Completed", userId=user, properties=props)


def _whose(db: Database) -> dict[str, list[str]]:
    """The customers of each place."""
    places = {row.place: row.person for row in rows(db, "SELECT place, person FROM person_place")}
    named = "SELECT value FROM identifier WHERE person = :p AND kind = 'customer_id' ORDER BY value"
    return {place: [row.value for row in rows(db, named, p=person)] for place, person in places.items()}


def test_orders_checkouts_and_profiles_say_where_people_are(db: Database) -> None:
    come_in(
        db,
        identify(0, user="7", email="ann@x.com", address={"state": "Ontario", "country": "Canada"}),
        order(9, **TEXAS),
        order(5, **TEXAS, billing_state="NY"),
        track(6, "Checkout Started", anonymousId="d", properties={"billingAddress": {"region": "HI"}}),
        track(7, "Product Viewed", userId="7", properties=TEXAS),
        identify(8, user="8", firstName="Bob"),
    )
    assert [tuple(row) for row in rows(db, PLACES)] == [
        ("CA-ON", "customer_id:7", at(0)),
        ("US-HI", "device:d", at(6)),
        ("US-NY", "customer_id:7", at(5)),
        ("US-TX", "customer_id:7", at(5)),
    ]
    come_in(db, order(3, **TEXAS), order(20, **TEXAS))
    assert one(db, "SELECT since FROM person_place WHERE place = 'US-TX'").since == at(3)


def test_places_go_with_their_identifier_in_a_merge_and_in_a_split(db: Database) -> None:
    come_in(db, identify(0, user="7", email="ann@x.com"), identify(0, user="8", email="bob@x.com"))
    come_in(db, order(1, "7", **TEXAS), order(2, "8", shipping_state="HI"))
    before = {"US-TX": ["7"], "US-HI": ["8"]}
    assert _whose(db) == before
    people = [one(db, "SELECT person FROM identifier WHERE value = :v", v=value).person for value in ("7", "8")]
    done = carry_out(db, "people.merge", {"person": people[0], "other": people[1]}, "robin", at(9))
    assert {row.person for row in rows(db, "SELECT DISTINCT person FROM person_place")} == {done["person"]}
    assert len(rows(db, PLACES)) == 2
    carry_out(db, "people.undo", {"act": done["act"]}, "robin", at(10))
    assert _whose(db) == before


@pytest.mark.parametrize(
    "told", [{"shipping_address": {"state": "TX\0", "country": "US"}}, {"shipping_state": "x" * 9}]
)
def test_what_is_no_address_is_no_place(db: Database, told: dict[str, Any]) -> None:
    report = come_in(db, order(1, **told))
    assert report.rejected == 0
    assert [row for row in rows(db, PLACES) if row.place not in {"US", "US-TX"}] == []
