"""Doubtful opt-outs: they hold at once, and a human may find that they were none."""

from datetime import timedelta

import pytest
from tests.integration.intake.helpers import at, come_in, consent, one, resolve_all, rows

from antiphon.intake.inbound import receive_text
from antiphon.intake.reviewing import ReviewedText, let_stand, restore, texts_to_look_at
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor
from antiphon.store.db import Database

PHONE, SHOP = "+12125550100", "+15550100"
ROBIN = Actor("robin@example.com", "user")
DOUBTFUL = "enough of this nonsense now, no more"


def doubtful(db: Database, minute: float = 1) -> ReviewedText:
    found = receive_text(db, PHONE, SHOP, DOUBTFUL, at(minute), f"SM{minute}")
    assert (found.meaning, found.sure) == ("stop", False)
    resolve_all(db, at(minute))
    with db.read() as connection:
        (text,) = texts_to_look_at(connection, "open", at(minute + 1), 10)
    return text


def barred(db: Database) -> bool:
    return bool(rows(db, "SELECT 1 FROM suppression WHERE lifted_at IS NULL OR at > lifted_at"))


def states(db: Database) -> dict[str, tuple[str, bool]]:
    return {
        r.purpose: (r.state, r.double_opt_in) for r in rows(db, "SELECT purpose, state, double_opt_in FROM consent")
    }


def test_it_opts_out_and_is_listed(db: Database) -> None:
    text = doubtful(db)
    assert barred(db)
    assert (text.body, text.address, text.review) == (DOUBTFUL, PHONE, "open")
    let_stand(db, text.abucket, text.id, ROBIN, "", at(3))
    assert barred(db)
    assert one(db, "SELECT review, reviewed_by FROM inbound_text") == ("stands", "robin@example.com")
    with pytest.raises(AntiphonError, match="looked at it already"):
        restore(db, text.abucket, text.id, ROBIN, "a mistake", at(4))


def test_a_sure_stop_is_not_listed(db: Database) -> None:
    receive_text(db, PHONE, SHOP, "STOP", at(1))
    with db.read() as connection:
        assert texts_to_look_at(connection, "", at(9), 10) == []
    row = one(db, "SELECT abucket, id FROM inbound_text")
    with pytest.raises(NotFoundError):
        restore(db, row.abucket, row.id, ROBIN, "a mistake", at(2))


def test_what_was_none_gives_everything_back(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "subscribed", "marketing", "cart", doubleOptIn=True), now=at(0))
    text = doubtful(db)
    with pytest.raises(AntiphonError, match="reason"):
        restore(db, text.abucket, text.id, ROBIN, " ", at(2))
    restore(db, text.abucket, text.id, ROBIN, "They spoke of the weather", at(2))
    resolve_all(db, at(2))
    assert not barred(db)
    given = ("subscribed", True)
    assert states(db) == {"marketing": given, "cart": given, "transactional": ("subscribed", False)}
    fact = one(db, "SELECT method, detail FROM consent_fact WHERE method = 'review' AND purpose = 'cart'")
    assert fact.detail["review"] | {"text": ""} == {
        "text": "",
        "at": at(1).isoformat(),
        "by": "robin@example.com",
        "reason": "They spoke of the weather",
    }
    assert one(db, "SELECT area, what FROM audit") == ("consents", "reply looked at: restored")


def test_nobody_gets_what_they_did_not_have(db: Database) -> None:
    text = doubtful(db)
    restore(db, text.abucket, text.id, ROBIN, "a mistake", at(2))
    resolve_all(db, at(2))
    assert states(db)["marketing"] == ("unsubscribed", False)


def test_a_later_opt_out_cannot_be_taken_back(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "subscribed", "marketing"), now=at(0))
    text = doubtful(db)
    receive_text(db, PHONE, SHOP, "STOP", at(2))
    with pytest.raises(AntiphonError, match="opted out again"):
        restore(db, text.abucket, text.id, ROBIN, "a mistake", at(2) + timedelta(hours=1))
    assert barred(db)
