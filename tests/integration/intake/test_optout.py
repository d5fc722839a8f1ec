"""Opting out: suppression first, cancelling second, and back again only by the person's own act."""

from threading import Thread

import pytest
from sqlalchemy import text
from tests.integration.intake.helpers import T0, at, come_in, consent, one, resolve_all, rows

from antiphon.intake.inbound import receive_text
from antiphon.intake.optout import opt_out
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

PHONE = "+12125550100"
SHOP = "+15550100"
ANN = "ann@x.com"


def plan(
    db: Database, number: int, state: str, address: str = PHONE, channel: str = "sms", purpose: str = "marketing"
) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, "
                "version, step, occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at) "
                "VALUES (:a, :id, gen_random_uuid(), :address, :channel, 1, :purpose, 5, 1, 1, 1, 1, 's', 'k', :t, 1, "
                "'{}', :t, :t, :state, :t)"
            ),
            {
                "a": abucket_of(address),
                "id": number,
                "address": address,
                "channel": channel,
                "purpose": purpose,
                "t": T0,
                "state": state,
            },
        )


def states(db: Database) -> dict[int, str]:
    return {row.id: row.state for row in rows(db, "SELECT id, state FROM outbox")}


def barred(db: Database) -> bool:
    return bool(rows(db, "SELECT 1 FROM suppression WHERE lifted_at IS NULL OR at > lifted_at"))


def test_stop_suppresses_at_once_and_cancels_what_is_open(db: Database) -> None:
    for number, state in enumerate(["planned", "due", "claimed", "handing", "accepted", "cancelled"]):
        plan(db, number, state)
    plan(db, 10, "planned", address="+12125550199")
    plan(db, 11, "planned", purpose="transactional")
    found = receive_text(db, "(212) 555-0100", SHOP, "Stop!", now=at(1))
    assert (found.meaning, found.address, found.received_at) == ("stop", PHONE, at(1))
    assert one(db, "SELECT address, at, reason, source, hits FROM suppression") == (
        PHONE,
        at(1),
        "stop",
        "inbound sms",
        1,
    )
    gone = dict.fromkeys((0, 1, 2, 5, 11), "cancelled")
    assert states(db) == {**gone, 3: "handing", 4: "accepted", 10: "planned"}
    logged = rows(db, "SELECT message, from_state, to_state, rule FROM message_log ORDER BY message")
    assert [tuple(row) for row in logged] == [
        (number, state, "cancelled", "suppression.stop")
        for number, state in ((0, "planned"), (1, "due"), (2, "claimed"), (11, "planned"))
    ]


def test_stop_reaches_the_ledger_and_the_people(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "subscribed", "marketing", "cart", doubleOptIn=True), now=at(0))
    receive_text(db, PHONE, SHOP, "STOP", now=at(1))
    resolve_all(db, at(2))
    assert {(r.purpose, r.state) for r in rows(db, "SELECT purpose, state FROM consent")} == {
        (purpose, "unsubscribed") for purpose in ("marketing", "transactional", "cart")
    }
    assert [r.name for r in rows(db, "SELECT name FROM event ORDER BY at")] == ["SMS Subscribed", "SMS Unsubscribed"]
    assert one(db, "SELECT hits FROM suppression").hits == 1  # the ledger's entry is no second opt-out


def test_start_restores_what_there_was_but_not_cart_reminders(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "subscribed", "marketing", "cart", doubleOptIn=True), now=at(0))
    receive_text(db, PHONE, SHOP, "STOP", now=at(1))
    resolve_all(db, at(1))
    assert receive_text(db, PHONE, SHOP, "START", now=at(2)).meaning == "start"
    assert barred(db)  # lifted by what the ledger says, not by the text itself
    resolve_all(db, at(2))
    assert not barred(db)
    found = {r.purpose: r.state for r in rows(db, "SELECT purpose, state FROM consent")}
    assert found == {"marketing": "subscribed", "transactional": "subscribed", "cart": "unsubscribed"}
    receive_text(db, PHONE, SHOP, "stop", now=at(3))
    assert barred(db)
    assert one(db, "SELECT hits FROM suppression").hits == 2


def test_start_gives_nobody_a_subscription_that_they_never_had(db: Database) -> None:
    assert receive_text(db, PHONE, SHOP, "START", now=at(0)).meaning == "reply"
    receive_text(db, PHONE, SHOP, "STOP", now=at(1))
    resolve_all(db, at(1))
    receive_text(db, PHONE, SHOP, "START", now=at(2))
    resolve_all(db, at(2))
    assert not barred(db)
    assert one(db, "SELECT state FROM consent WHERE purpose = 'marketing'").state == "unsubscribed"


def test_yes_confirms_what_waits_for_it(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "pending", "marketing", "cart"), now=at(0))
    assert receive_text(db, PHONE, SHOP, "Yes!", now=at(1)).meaning == "start"
    resolve_all(db, at(1))
    found = rows(db, "SELECT purpose, state, double_opt_in FROM consent ORDER BY purpose")
    assert [tuple(row) for row in found] == [("cart", "subscribed", True), ("marketing", "subscribed", True)]
    assert receive_text(db, PHONE, SHOP, "yes", now=at(2)).meaning == "reply"


@pytest.mark.parametrize(
    ("body", "sure"), [("no me escriban más", True), ("I want to cancel my order", False), ("stpo", False)]
)
def test_what_may_be_a_stop_is_one_and_is_kept_for_a_human(db: Database, body: str, sure: bool) -> None:
    assert receive_text(db, PHONE, SHOP, body, now=at(0)).meaning == "stop"
    assert barred(db)
    resolve_all(db, at(0))
    for fact in rows(db, "SELECT detail -> 'reply' AS reply FROM consent_fact"):
        assert (fact.reply["text"], fact.reply["sure"]) == (body, sure)


def test_a_doubtful_yes_confirms_nothing_and_is_asked_for_again(db: Database) -> None:
    come_in(db, consent(0, "sms", PHONE, "pending", "marketing", "cart"), now=at(0))
    assert receive_text(db, PHONE, SHOP, "yes please", now=at(1)).meaning == "reply"
    resolve_all(db, at(1))
    assert {row.state for row in rows(db, "SELECT state FROM consent")} == {"pending"}
    assert [row.step for row in rows(db, "SELECT step FROM outbox")] == ["confirm+cart"]
    assert receive_text(db, PHONE, SHOP, "YES", now=at(2)).meaning == "start"


def test_a_doubtful_yes_to_nothing_is_a_reply(db: Database) -> None:
    assert receive_text(db, PHONE, SHOP, "yes please", now=at(1)).meaning == "reply"
    resolve_all(db, at(1))
    assert rows(db, "SELECT 1 FROM outbox") == []


@pytest.mark.parametrize(("body", "meaning"), [("HELP", "help"), ("Is it in stock?", "reply"), ("", "reply")])
def test_other_texts_are_replies(db: Database, body: str, meaning: str) -> None:
    assert receive_text(db, PHONE, SHOP, body, now=at(0)).meaning == meaning
    resolve_all(db, at(0))
    event = one(db, "SELECT name, props, via FROM event")
    assert event == ("SMS Replied", {"text": body, "to": SHOP}, f"phone:{PHONE}")
    assert rows(db, "SELECT 1 FROM suppression") == []
    assert one(db, "SELECT address, inbound, body FROM sandbox_message") == (PHONE, True, body)


def test_a_redelivered_text_changes_nothing(db: Database) -> None:
    for _ in range(2):
        receive_text(db, PHONE, SHOP, "hello", message_id="SM1")
    assert resolve_all(db).events == 1


def test_leaving_a_mailing_keeps_the_mail_about_orders(db: Database) -> None:
    plan(db, 1, "planned", ANN, "email")
    plan(db, 2, "planned", ANN, "email", "transactional")
    opt_out(db, "email", " Ann@X.com", "one-click", "message 1", now=at(1))
    assert states(db) == {1: "cancelled", 2: "planned"}
    assert one(db, "SELECT rule FROM outbox WHERE id = 1").rule == "suppression.one-click"
    resolve_all(db, at(1))
    assert {r.purpose for r in rows(db, "SELECT purpose FROM consent WHERE state = 'unsubscribed'")} == {
        "marketing",
        "cart",
    }


def test_an_address_that_bounces_gets_nothing_more(db: Database) -> None:
    plan(db, 2, "planned", ANN, "email", "transactional")
    opt_out(db, "email", ANN, "hard bounce", "smtp", now=at(1))
    assert states(db) == {2: "cancelled"}


def test_opting_out_twice_is_as_good_as_once(db: Database) -> None:
    opt_out(db, "email", ANN, "one-click", "a", now=at(1))
    opt_out(db, "email", ANN, "one-click", "b", now=at(1))
    assert one(db, "SELECT at, hits FROM suppression") == (at(1), 1)
    with pytest.raises(AntiphonError, match="not an address of email"):
        opt_out(db, "email", "nobody", "one-click", "a")


def test_the_suppression_stands_while_the_cancelling_waits(db: Database) -> None:
    """Dispatch holds the message; the opt-out is there for its last look all the same."""
    plan(db, 1, "claimed")
    with db.begin("dispatch") as dispatch:
        dispatch.execute(text("UPDATE outbox SET state = 'handing', handing_at = :t WHERE id = 1"), {"t": at(1)})
        thread = Thread(target=receive_text, args=(db, PHONE, SHOP, "STOP"))
        thread.start()
        thread.join(0.7)
        assert thread.is_alive()
        assert barred(db)
    thread.join()
    assert states(db) == {1: "handing"}
    assert rows(db, "SELECT 1 FROM message_log") == []
