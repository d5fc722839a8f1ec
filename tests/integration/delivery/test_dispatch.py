"""Messages from the outbox to the sandbox: what leaves, what does not and why."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, Shop, dispatcher

from antiphon.content.models import EmailContent, MessageContent
from antiphon.store.db import Database

PHONE, MAIL = "+12125550101", "ann@example.com"


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON)
    return shop


def test_an_email_leaves_rendered_for_its_person(shop: Shop) -> None:
    ann = shop.person(firstName="Ann", vip=True)
    shop.event(ann, "Cart Abandoned", NOON - timedelta(minutes=30), 5, cart_url="https://shop.example/cart?a=1&b=2")
    shop.subscribe(MAIL)
    message = shop.plan(MAIL, person=ann, occasion_event=5, purpose="cart")

    report = dispatcher(shop.db).run_once(NOON)

    assert (report.claimed, report.states, report.more) == (1, {"accepted": 1}, False)
    row = shop.row(message)
    assert (row["state"], row["subject"], row["accepted_at"]) == ("accepted", "Ann, your cart", NOON)
    (sent,) = shop.sandbox()
    assert row["provider_ref"] == f"sandbox-{message}"
    assert "Dear VIP" in sent["html"]
    assert f'href="{BASE_URL}/c/' in sent["html"]
    assert "shop.example" not in sent["html"], "every link is a redirect"
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["headers"]["List-Unsubscribe"][1:-1] in sent["html"]
    assert shop.log(message) == [("claimed", "handing", None), ("handing", "accepted", None)]


def test_a_text_carries_brand_and_way_out_and_counts_segments(shop: Shop) -> None:
    ann = shop.person(first_name="Ann")
    shop.subscribe(PHONE)
    message = shop.plan(PHONE, person=ann)
    dispatcher(shop.db).run_once(NOON)
    (sent,) = shop.sandbox()
    assert sent["body"] == "My shop: Ann, your cart waits:\nReply STOP to opt out"
    assert (sent["segments"], shop.row(message)["segments"], shop.row(message)["subject"]) == (1, 1, sent["body"])


def test_nothing_leaves_before_its_bucket_has_reacted(shop: Shop) -> None:
    shop.subscribe(MAIL)
    shop.react(NOON - timedelta(seconds=1))
    waiting, urgent = shop.plan(MAIL), shop.plan("bob@example.com", purpose="transactional")
    dispatcher(shop.db).run_once(NOON)
    assert shop.states() == {waiting: "planned", urgent: "accepted"}
    shop.react(NOON)
    dispatcher(shop.db).run_once(NOON)
    assert shop.states()[waiting] == "accepted"


def test_every_message_that_does_not_leave_says_why(shop: Shop) -> None:
    shop.subscribe("+12125550102", "+12125550103")
    missing = shop.plan(PHONE)
    shop.suppress("sms", "+12125550102")
    stopped = shop.plan("+12125550102")
    late = shop.plan("+12125550103", purpose="cart", occasion_at=NOON - timedelta(hours=49))
    exited = shop.plan(MAIL)
    shop.end_run(exited)
    report = dispatcher(shop.db).run_once(NOON)
    assert report.rules == {"consent.missing": 1, "suppression.stop": 1, "carrier.48h": 1, "exit": 1}
    assert shop.states() == {missing: "dropped", stopped: "cancelled", late: "dropped", exited: "cancelled"}
    assert shop.log(missing) == [("planned", "dropped", "consent.missing")]
    assert shop.sandbox() == []


def test_quiet_hours_defer_and_the_deferred_text_leaves_later(shop: Shop) -> None:
    night = NOON + timedelta(hours=10)  # 22:00 in New York
    shop.subscribe(PHONE)
    shop.react(NOON + timedelta(days=2))
    message = shop.plan(PHONE, due_at=night)
    worker = dispatcher(shop.db)
    report = worker.run_once(night)
    row = shop.row(message)
    assert (row["state"], row["rule"]) == ("planned", "quiet_hours.sms")
    assert row["due_at"] == NOON + timedelta(hours=22)  # 10:00
    assert report.rules == {"quiet_hours.sms": 1}
    worker.run_once(row["due_at"])
    assert shop.row(message)["state"] == "accepted"


def test_one_phone_under_two_people_gets_one_text(shop: Shop) -> None:
    ann, bob = shop.person(first_name="Ann"), shop.person(first_name="Bob")
    shop.subscribe(PHONE)
    first = shop.plan(PHONE, person=ann, purpose="cart", occasion_key="cart-1")
    second = shop.plan(PHONE, person=bob, purpose="cart", occasion_key="cart-1")
    third = shop.plan(PHONE, person=bob, purpose="cart", occasion_key="cart-2")
    dispatcher(shop.db).run_once(NOON)
    assert shop.states() == {first: "accepted", second: "dropped", third: "dropped"}
    assert shop.row(second)["rule"] == shop.row(third)["rule"] == "carrier.one_text"
    assert len(shop.sandbox()) == 1


def test_the_one_text_of_a_failed_message_may_be_taken_over(shop: Shop) -> None:
    shop.subscribe(PHONE)
    shop.sender("sms", settings={"refuse": [PHONE]})
    first = shop.plan(PHONE, purpose="cart", occasion_key="cart-1")
    dispatcher(shop.db).run_once(NOON)
    shop.sender("sms", settings={})
    second = shop.plan(PHONE, purpose="cart", occasion_key="cart-1")
    dispatcher(shop.db).run_once(NOON)
    assert shop.states() == {first: "failed", second: "accepted"}
    assert shop.row(first)["rule"] == "provider.rejected"


def test_a_template_that_fails_on_one_person_fails_alone(shop: Shop) -> None:
    words = "<mj-section><mj-column><mj-text>{{ 10 | divided_by: person.n }}</mj-text></mj-column></mj-section>"
    content = MessageContent(email=EmailContent(subject="Hi", mjml=words))
    people = [shop.person(n=n) for n in (1, 0, 2)]
    shop.subscribe(*(f"p{n}@example.com" for n in range(3)))
    messages = [shop.plan(f"p{n}@example.com", person=person) for n, person in enumerate(people)]
    report = dispatcher(shop.db, content=lambda version, step: content).run_once(NOON)
    assert [shop.states()[m] for m in messages] == ["accepted", "failed", "accepted"]
    assert report.rules == {"template.error": 1}
    assert "failed on this person" in shop.row(messages[1])["error"]


def test_a_text_about_an_abandonment_under_another_purpose_is_held(shop: Shop) -> None:
    ann = shop.person()
    shop.event(ann, "Cart Abandoned", NOON - timedelta(minutes=30), 5)
    shop.subscribe(PHONE)
    message = shop.plan(PHONE, person=ann, occasion_event=5, purpose="marketing")
    dispatcher(shop.db).run_once(NOON)
    assert (shop.row(message)["state"], shop.row(message)["rule"]) == ("held", "carrier.purpose")


def test_next_due_tells_when_to_come_again(shop: Shop) -> None:
    worker = dispatcher(shop.db)
    assert worker.run_once(NOON).next_due is None
    shop.plan(MAIL, due_at=NOON + timedelta(minutes=7))
    assert worker.run_once(NOON).next_due == NOON + timedelta(minutes=7)


def test_pacing_holds_at_the_hand_over(shop: Shop) -> None:
    shop.sender("email", rate=2.0, burst=3.0, tokens=3.0)
    for number in range(9):
        shop.subscribe(f"p{number}@example.com")
        shop.plan(f"p{number}@example.com")
    worker = dispatcher(shop.db)
    sent = []
    for second in range(5):
        at = NOON + timedelta(seconds=second)
        while (report := worker.run_once(at)).more:
            pass
        sent.append(sum(state == "accepted" for state in shop.states().values()))
    assert sent == [3, 5, 7, 9, 9]
    assert report.next_due is None


def test_texts_cost_segments_and_what_was_not_used_goes_back(shop: Shop) -> None:
    shop.sender("sms", rate=10.0, burst=10.0, tokens=10.0)
    shop.subscribe(PHONE)
    shop.plan(PHONE)
    dispatcher(shop.db).run_once(NOON)
    with shop.db.read() as connection:
        assert connection.execute(text("SELECT tokens FROM sender WHERE id = 'sms'")).scalar_one() == 9.0
