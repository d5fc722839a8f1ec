"""Sign-ups: what waits for its confirmation, and what confirms it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.integration.intake.helpers import T0, at, come_in, consent, one, resolve_all, rows

from antiphon.addresses.models import CONFIRM_WITHIN
from antiphon.addresses.wordings import Wording, keep_wording
from antiphon.intake.opting_in import SignUp, begin_opt_in, confirm
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

ANN, PHONE = "ann@x.com", "+12125550100"
FORM = SignUp("email", " Ann@X.com", wording="Yes, write to me", wording_version="v1", ip="192.0.2.1", user_id="7")


def states(db: Database) -> dict[str, tuple[str, bool]]:
    return {
        r.purpose: (r.state, r.double_opt_in) for r in rows(db, "SELECT purpose, state, double_opt_in FROM consent")
    }


def test_a_sign_up_waits_until_it_is_confirmed(db: Database) -> None:
    begin_opt_in(db, FORM, now=at(0))
    resolve_all(db, at(0))
    assert states(db) == {"marketing": ("pending", False)}
    assert confirm(db, "email", ANN, 1, "link", at(5), ip="192.0.2.2")
    resolve_all(db, at(5))
    assert states(db) == {"marketing": ("subscribed", True)}
    fact = one(db, "SELECT wording, wording_version, ip, method, detail FROM consent_fact WHERE state = 'subscribed'")
    assert fact[:4] == ("Yes, write to me", "v1", "192.0.2.2", "double opt-in")
    assert fact.detail["askedAt"] == at(0).isoformat()
    assert not confirm(db, "email", ANN, 1, "link", at(6))


def test_two_presses_of_the_button_are_one_confirmation(db: Database) -> None:
    begin_opt_in(db, FORM, now=at(0))
    resolve_all(db, at(0))
    for minute in (5, 6):
        assert confirm(db, "email", ANN, 1, "link", at(minute))
    resolve_all(db, at(7))
    assert one(db, "SELECT effective_at FROM consent_fact WHERE state = 'subscribed'").effective_at == at(5)


def test_a_form_that_is_sent_twice_is_one_sign_up(db: Database) -> None:
    for minute in (0, 1):
        begin_opt_in(db, FORM, now=at(minute), key="form-1")
    resolve_all(db, at(1))
    assert len(rows(db, "SELECT 1 FROM consent_fact")) == 1


def test_nothing_is_confirmed_that_was_taken_back_or_is_too_old(db: Database) -> None:
    begin_opt_in(db, FORM, now=at(0))
    come_in(db, consent(1, "email", ANN, "unsubscribed", "marketing", method="one-click"), now=at(1))
    assert not confirm(db, "email", ANN, 1, "link", at(2))
    begin_opt_in(db, FORM, now=at(3))
    resolve_all(db, at(3))
    assert not confirm(db, "email", ANN, 1, "link", at(3) + CONFIRM_WITHIN + timedelta(seconds=1))
    assert confirm(db, "email", ANN, 1, "link", at(3) + CONFIRM_WITHIN)


def test_a_single_opt_in_holds_at_once(db: Database) -> None:
    begin_opt_in(db, FORM, now=at(0), double=False)
    resolve_all(db, at(0))
    assert states(db) == {"marketing": ("subscribed", False)}


@pytest.mark.parametrize(
    "wrong", [SignUp("email", "nobody"), SignUp("sms", "12"), SignUp("email", ANN, purposes=()), SignUp("fax", ANN)]
)
def test_what_nobody_can_agree_to(db: Database, wrong: SignUp) -> None:
    with pytest.raises(AntiphonError):
        begin_opt_in(db, wrong, now=at(0))


def test_wordings_are_kept_as_they_were(db: Database) -> None:
    wording = Wording(1, "sms", ("marketing", "cart"), "en", "I agree to recurring texts")
    with db.begin("settings") as connection:
        versions = {keep_wording(connection, wording, T0, "robin") for _ in range(2)}
    (version,) = versions
    with db.read() as connection:
        row = connection.execute(text("SELECT version, brand, channel, purposes, locale, text FROM wording")).one()
    assert row == (version, 1, "sms", ["marketing", "cart"], "en", "I agree to recurring texts")
    with pytest.raises(Exception, match="only added to"), db.begin("test") as connection:
        connection.execute(text("UPDATE wording SET text = 'I agree to anything'"))


@pytest.mark.parametrize("statement", ["UPDATE consent_fact SET state = 'subscribed'", "DELETE FROM consent_fact"])
def test_the_ledger_is_only_added_to(db: Database, statement: str) -> None:
    come_in(db, consent(0, "email", ANN, "unsubscribed"))
    with pytest.raises(Exception, match="only added to"), db.begin("test") as connection:
        connection.execute(text(statement))
    with db.begin("test") as connection:  # the right to be forgotten, in a transaction that says so
        connection.execute(text("SET LOCAL antiphon.erase = 'on'"))
        connection.execute(text("DELETE FROM consent_fact"))
