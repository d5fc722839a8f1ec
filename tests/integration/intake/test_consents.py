"""Consent arrivals: the ledger, the current state, suppression, what people see of it."""

from itertools import permutations

import pytest
from sqlalchemy import text
from tests.integration.intake.helpers import at, come_in, consent, identify, one, rows

from antiphon.intake.models import Arrival
from antiphon.store.db import Database

ANN = "ann@x.com"
PHONE = "+12125550100"


def state(db: Database, purpose: str = "marketing") -> str:
    found = rows(db, "SELECT state FROM consent WHERE purpose = :p", p=purpose)
    return found[0].state if found else "never"


def suppressed(db: Database) -> bool:
    return bool(rows(db, "SELECT 1 FROM suppression WHERE lifted_at IS NULL OR at > lifted_at"))


def test_a_sign_up_makes_a_person_with_consent(db: Database) -> None:
    come_in(
        db,
        consent(
            0,
            "sms",
            "(212) 555-0100",
            "subscribed",
            "marketing",
            "cart",
            doubleOptIn=True,
            wording="I agree",
            wordingVersion="3",
            ip="192.0.2.1",
            agent="Firefox",
        ),
    )
    fact = rows(
        db,
        "SELECT purpose, state, method, double_opt_in, wording, wording_version, ip, agent, source, effective_at "
        "FROM consent_fact ORDER BY purpose",
    )
    assert [f.purpose for f in fact] == ["cart", "marketing"]
    assert fact[0][1:] == ("subscribed", "web form", True, "I agree", "3", "192.0.2.1", "Firefox", "shop", at(0))
    held = one(db, "SELECT address, marketing, marketing_at, transactional, cart, cart_double FROM person_address")
    assert held == (PHONE, "subscribed", at(0), "never", "subscribed", True)
    event = one(db, "SELECT name, at, props, via FROM event")
    assert (event.name, event.at, event.via) == ("SMS Subscribed", at(0), f"phone:{PHONE}")
    assert event.props == {"channel": "sms", "address": PHONE, "method": "web form"}
    assert one(db, "SELECT name FROM fresh").name == "SMS Subscribed"


def test_a_second_sign_up_is_no_second_event(db: Database) -> None:
    come_in(db, consent(0, "email", ANN, "subscribed"), consent(1, "email", ANN, "subscribed"))
    come_in(db, consent(2, "email", ANN, "subscribed"))
    assert len(rows(db, "SELECT 1 FROM event")) == 1
    assert len(rows(db, "SELECT 1 FROM consent_fact")) == 3


def test_consent_before_the_address_is_known_with_a_person(db: Database) -> None:
    come_in(db, consent(0, "email", ANN, "subscribed"))
    come_in(db, identify(1, user="7", email=ANN))
    assert one(db, "SELECT marketing FROM person_address").marketing == "subscribed"
    assert len(rows(db, "SELECT 1 FROM person")) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_opt_in_effective_before_the_newest_opt_out_never_counts(db: Database, order: tuple[int, ...]) -> None:
    given = [
        consent(0, "email", ANN, "subscribed"),
        consent(2, "email", ANN, "subscribed"),
        consent(3, "email", ANN, "unsubscribed", method="one-click"),
    ]
    for number in order:
        come_in(db, given[number])
    assert state(db) == "unsubscribed"
    assert suppressed(db)
    assert one(db, "SELECT marketing FROM person_address").marketing == "unsubscribed"


@pytest.mark.parametrize(
    ("method", "double", "lifted"),
    [
        ("web form", True, True),
        ("checkout", True, True),
        ("reply", False, True),
        ("web form", False, False),
        ("checkout", False, False),
        ("import", True, False),
        ("api", True, False),
    ],
)
def test_only_a_persons_own_act_lifts_a_suppression(db: Database, method: str, double: bool, lifted: bool) -> None:
    come_in(db, consent(0, "sms", PHONE, "unsubscribed", method="reply"))
    assert suppressed(db)
    come_in(db, consent(1, "sms", PHONE, "subscribed", method=method, doubleOptIn=double))
    assert suppressed(db) is not lifted


def test_an_opt_out_that_comes_in_late_keeps_what_was_agreed_later(db: Database) -> None:
    come_in(db, consent(5, "sms", PHONE, "subscribed", doubleOptIn=True))
    come_in(db, consent(2, "sms", PHONE, "unsubscribed"))
    assert state(db) == "subscribed"
    assert not suppressed(db)


def test_leaving_one_purpose_suppresses_nothing(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "subscribed", "marketing", "cart"))
    come_in(db, consent(1, "sms", PHONE, "unsubscribed", "cart"))
    assert (state(db), state(db, "cart"), suppressed(db)) == ("subscribed", "unsubscribed", False)


def test_an_opt_out_reaches_everybody_who_holds_the_address(db: Database) -> None:
    come_in(db, identify(0, email=ANN, phone=PHONE), identify(1, email="bob@x.com", phone=PHONE))
    come_in(db, consent(2, "sms", PHONE, "subscribed"), consent(3, "sms", PHONE, "unsubscribed"))
    assert [r.marketing for r in rows(db, "SELECT marketing FROM person_address WHERE channel = 'sms'")] == [
        "unsubscribed"
    ] * 2
    come_in(db, consent(4, "sms", PHONE, "subscribed", doubleOptIn=True))
    come_in(db, consent(5, "sms", PHONE, "unsubscribed"))
    names = [r.name for r in rows(db, "SELECT name FROM event WHERE at = :t ORDER BY name", t=at(5))]
    assert names == ["SMS Unsubscribed"] * 2


def test_the_same_consent_after_its_message_id_is_forgotten_changes_nothing(db: Database) -> None:
    same = consent(0, "email", ANN, "subscribed", "marketing")
    come_in(db, same)
    with db.begin("test") as connection:
        connection.execute(text("TRUNCATE seen_message_0, seen_message_1"))
    come_in(db, same)
    assert len(rows(db, "SELECT 1 FROM consent_fact")) == 1


def test_every_brand(db: Database) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO brand (id, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings) "
                "SELECT 2, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings FROM brand"
            )
        )
    come_in(db, consent(0, "email", ANN, "unsubscribed", brand=None))
    assert {(r.brand, r.purpose) for r in rows(db, "SELECT brand, purpose FROM consent")} == {
        (brand, purpose) for brand in (1, 2) for purpose in ("marketing", "transactional", "cart")
    }


def test_backfilled_consents_start_nothing(db: Database) -> None:
    body = {"channel": "email", "address": ANN, "state": "subscribed", "method": "import"}
    come_in(db, Arrival("import", "1", "consent", at(0), True, body))
    assert one(db, "SELECT backfill FROM fresh").backfill
