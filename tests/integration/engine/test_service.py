"""Service messages: what answers a person in the matter of consent, once, at once, and nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.addresses.wordings import Wording
from antiphon.delivery.gate import SERVICE_CAP
from antiphon.intake.inbound import receive_text
from antiphon.intake.keywords import end_keyword, save_keyword
from antiphon.intake.opting_in import SignUp, begin_opt_in
from antiphon.intake.optout import opt_out
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

PHONE, SHOP, ANN = "+12125550101", "+15550100", "ann@example.com"
MINUTE = timedelta(minutes=1)
NIGHT = timedelta(hours=12)  # after midnight in New York: what people set off themselves is answered all the same


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    for shop in open_shop(db):
        shop.now += NIGHT
        yield shop


def texts(shop: ShopUnderTest, address: str = PHONE) -> list[str]:
    rows = shop.rows("SELECT body FROM sandbox_message WHERE address = :a AND NOT inbound ORDER BY id", a=address)
    return [row.body for row in rows]


def says(shop: ShopUnderTest, body: str, message_id: str | None = None) -> str:
    found = receive_text(shop.db, PHONE, SHOP, body, shop.now, message_id)
    shop.settle()
    return found.meaning


def consent(shop: ShopUnderTest, purpose: str = "marketing", brand: int = 1) -> tuple[str, bool] | None:
    rows = shop.rows("SELECT state, double_opt_in FROM consent WHERE purpose = :p AND brand = :b", p=purpose, b=brand)
    return tuple(rows[0]) if rows else None


def test_a_stop_is_confirmed_once(shop: ShopUnderTest) -> None:
    shop.reachable("ann", phone=PHONE)
    shop.settle()
    for _ in range(2):
        assert says(shop, "STOP", "SM1") == "stop"
    shop.now += MINUTE
    assert says(shop, "stop!!", "SM2") == "stop"
    assert texts(shop) == ["Lamps: You are unsubscribed and get no more texts. Reply START to come back."]
    row = shop.rows("SELECT purpose, step, state, planned_at, accepted_at, person FROM outbox")[0]
    assert tuple(row[:3]) == ("service", "stop", "accepted")
    assert shop.one("SELECT count(*) FROM person WHERE id = :p", p=row.person) == 1
    log = shop.rows("SELECT to_state FROM message_log ORDER BY seq")
    assert [entry.to_state for entry in log] == ["handing", "accepted"]


def test_who_comes_back_and_leaves_again_is_confirmed_again(shop: ShopUnderTest) -> None:
    shop.reachable("ann", phone=PHONE)
    shop.settle()
    for word in ("STOP", "START", "STOP"):
        shop.now += MINUTE
        says(shop, word)
    assert [body.split(": ")[1].split()[2] for body in texts(shop)] == ["unsubscribed", "signed", "unsubscribed"]


def test_a_confirmation_later_than_five_minutes_is_not_sent(shop: ShopUnderTest) -> None:
    shop.reachable("ann", phone=PHONE)
    shop.settle()
    receive_text(shop.db, PHONE, SHOP, "STOP", shop.now)
    shop.now += 5 * MINUTE
    shop.settle()
    assert texts(shop) == []
    assert shop.rows("SELECT state, rule FROM outbox") == [("dropped", "expired")]


def test_help_is_answered_whoever_asks_and_changes_nothing(shop: ShopUnderTest) -> None:
    assert says(shop, "HELP", "SM1") == "help"
    says(shop, "HELP", "SM1")
    assert len(texts(shop)) == 1
    assert "shop@example.com" in texts(shop)[0]
    says(shop, "STOP")
    shop.now += MINUTE
    assert says(shop, "help") == "help"
    assert [body.startswith("Lamps: Write to") for body in texts(shop)] == [True, False, True]
    assert shop.one("SELECT count(*) FROM suppression WHERE lifted_at IS NULL") == 1


def test_machines_that_answer_machines_come_to_an_end(shop: ShopUnderTest) -> None:
    for number in range(SERVICE_CAP + 3):
        shop.now += MINUTE
        says(shop, "INFO", f"SM{number}")
    assert len(texts(shop)) == SERVICE_CAP
    assert shop.one("SELECT count(*) FROM outbox WHERE rule = 'cap.service_24h' AND state = 'dropped'") == 3


def test_a_sign_up_by_text_waits_for_its_yes(shop: ShopUnderTest) -> None:
    begin_opt_in(
        shop.db, SignUp("sms", PHONE, ("marketing", "cart"), wording="Text me", ip="192.0.2.1"), now=shop.now, key="f1"
    )
    shop.settle()
    assert consent(shop) == ("pending", False)
    (asked,) = texts(shop)
    assert "Reply YES" in asked
    assert "(including cart reminders)" in asked
    assert says(shop, "Yes", "SM1") == "start"
    assert consent(shop) == ("subscribed", True)
    assert consent(shop, "cart") == ("subscribed", True)
    assert "You are signed up" in texts(shop)[1]
    says(shop, "Yes", "SM1")
    assert len(texts(shop)) == 2
    shop.now += MINUTE
    assert says(shop, "yes") == "reply", "an answer to some other question"


def test_a_form_filled_in_again_and_again_asks_once(shop: ShopUnderTest) -> None:
    for _ in range(4):
        begin_opt_in(shop.db, SignUp("sms", PHONE), now=shop.now)
        shop.now += MINUTE
    shop.settle()
    assert len(texts(shop)) == 1


def test_a_form_does_not_text_who_said_stop(shop: ShopUnderTest) -> None:
    says(shop, "STOP")
    shop.now += timedelta(hours=2)
    begin_opt_in(shop.db, SignUp("sms", PHONE), now=shop.now)
    shop.settle()
    assert len(texts(shop)) == 1
    assert shop.one("SELECT rule FROM outbox WHERE step = 'confirm'") == "suppression.stop"


def test_a_sign_up_by_email_is_asked_even_after_an_unsubscribe(shop: ShopUnderTest) -> None:
    opt_out(shop.db, "email", ANN, "one-click", "test", shop.now)
    shop.settle()
    shop.now += MINUTE
    begin_opt_in(shop.db, SignUp("email", ANN), now=shop.now)
    shop.settle()
    (sent,) = shop.rows("SELECT subject, body, html, headers FROM sandbox_message")
    assert sent.subject == "Please confirm your address"
    assert re.search(r"https://shop\.example/confirm/[\w-]+", sent.body)
    assert "Unsubscribe" not in sent.html
    assert shop.one("SELECT count(*) FROM suppression WHERE lifted_at IS NOT NULL") == 0, "asking lifts nothing"


def test_a_dead_mailbox_is_asked_nothing(shop: ShopUnderTest) -> None:
    opt_out(shop.db, "email", ANN, "hard bounce", "test", shop.now)
    shop.now += MINUTE
    begin_opt_in(shop.db, SignUp("email", ANN), now=shop.now)
    shop.settle()
    assert shop.rows("SELECT state, rule FROM outbox") == [("cancelled", "suppression.hard_bounce")]


def test_a_keyword_begins_an_opt_in(shop: ShopUnderTest) -> None:
    wording = Wording(1, "sms", ("marketing", "cart"), "en", "Text LAMPS to 55555 for recurring texts. STOP to end.")
    save_keyword(shop.db, "Lamps!", wording, shop.now, "robin")
    assert says(shop, " lamps ", "SM1") == "keyword"
    assert "Reply YES" in texts(shop)[0]
    fact = shop.rows("SELECT wording, wording_version, method, detail FROM consent_fact WHERE purpose = 'marketing'")[0]
    assert fact[:3] == (wording.text, wording.version, "keyword")
    assert fact.detail["text"] == "lamps" or fact.detail["text"] == " lamps "
    says(shop, "YES")
    assert consent(shop) == ("subscribed", True)
    confirmed = shop.rows("SELECT wording_version FROM consent_fact WHERE double_opt_in AND purpose = 'cart'")
    assert [row.wording_version for row in confirmed] == [wording.version]
    shop.now += MINUTE
    assert end_keyword(shop.db, 1, "lamps", shop.now)
    assert says(shop, "LAMPS") == "reply"


def test_a_keyword_brings_back_who_said_stop(shop: ShopUnderTest) -> None:
    """The text comes from the phone itself; still nothing but the question goes out before the YES."""
    shop.reachable("ann", phone=PHONE)
    save_keyword(
        shop.db, "lamps", Wording(1, "sms", ("marketing",), "en", "Text LAMPS for recurring texts"), shop.now, "robin"
    )
    says(shop, "STOP")
    shop.now += MINUTE
    says(shop, "LAMPS")
    assert "Reply YES" in texts(shop)[-1]
    assert consent(shop) == ("pending", False)
    says(shop, "yes")
    assert consent(shop) == ("subscribed", True)


@pytest.mark.parametrize("word", ["STOP", "unsub", "yes", "Start", "HELP", "", "x" * 31])
def test_words_that_mean_something_are_no_keywords(shop: ShopUnderTest, word: str) -> None:
    with pytest.raises(AntiphonError):
        save_keyword(shop.db, word, Wording(1, "sms", ("marketing",), "en", "Text it for texts"), shop.now, "robin")


def test_the_brand_that_was_texted_answers(shop: ShopUnderTest) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO brand (id, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings) "
                "SELECT 2, 'Shades', base_url, from_name, 'hi@shades.example', '+15550200', '', zone, settings FROM brand"
            )
        )
    receive_text(shop.db, PHONE, "+15550200", "HELP", shop.now)
    shop.settle()
    assert texts(shop)[0].startswith("Shades: Write to hi@shades.example")
    begin_opt_in(shop.db, SignUp("sms", PHONE, brand=2), now=shop.now)
    shop.settle()
    receive_text(shop.db, PHONE, "+15550200", "YES", shop.now + MINUTE)
    shop.now += MINUTE
    shop.settle()
    assert consent(shop, brand=2) == ("subscribed", True)
    assert consent(shop) is None
    receive_text(shop.db, PHONE, "+15550200", "STOP", shop.now + MINUTE)
    shop.now += MINUTE
    shop.settle()
    assert {consent(shop, brand=brand) for brand in (1, 2)} == {("unsubscribed", False)}, "every brand"


def test_a_brand_may_say_it_in_its_own_words(shop: ShopUnderTest) -> None:
    with shop.db.begin("settings") as connection:
        connection.execute(
            text(
                "INSERT INTO service_text (brand, kind, channel, text, changed_at, changed_by) "
                "VALUES (1, 'help', 'sms', '{{ brand.name }} here: call 555 0100', :now, 'robin')"
            ),
            {"now": shop.now},
        )
    says(shop, "help")
    assert texts(shop) == ["Lamps here: call 555 0100"]


def test_no_step_can_plan_a_service_message(shop: ShopUnderTest) -> None:
    source = shop.db  # a journey's purposes are a closed list
    assert source is not None
    with pytest.raises(AntiphonError):
        shop.publish(
            "name: X\nid: x\ntrigger: {event: Order Completed}\nsteps:\n"
            "  - id: a\n    message: {channels: [sms], purpose: service, sms: {text: hi}}\n"
        )


def test_nobody_can_have_people_written_to_by_posting(shop: ShopUnderTest) -> None:
    """The marks of our own arrivals mean nothing in what others send."""
    shop.arrive("track", {"userId": "x", "event": "SMS Replied", "answer": "help", "brand": 1, "as": "track"})
    shop.arrive("consent", {"channel": "sms", "address": PHONE, "state": "pending", "answer": "confirm", "brand": 1})
    shop.settle()
    assert texts(shop) == []
