"""The audit finds nothing in a clean run, and finds each kind of violation when one is planted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from antiphon.demo.audit import RULES, audit, count
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.zones import zone_id
from antiphon.store.db import Database

#: A Wednesday, 15:00 in New York, noon in Los Angeles.
SENT_AT = datetime(2026, 3, 4, 20, tzinfo=UTC)
LEFT_AT = SENT_AT - timedelta(hours=1)
PHONE, EMAIL = "+12125550123", "ada@example.com"
PERSON = 256 * 7 + 3


@dataclass
class Planter:
    """Writes rows as the product would have left them."""

    connection: Connection
    events: int = 0
    messages: int = 0

    def put(self, table: str, **row: Any) -> None:
        names = ", ".join(row)
        self.connection.execute(
            text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + n for n in row)})"),
            row,
        )

    def person(self, zone: str | None = "America/New_York") -> None:
        self.put(
            "person",
            bucket=bucket_of(PERSON),
            id=PERSON,
            die=5,
            zone=zone_id(zone),
            first_seen_at=LEFT_AT,
            last_seen_at=LEFT_AT,
        )

    def consent(self, channel: str, purpose: str, state: str = "subscribed", **over: Any) -> None:
        self.events += 1
        address = PHONE if channel == "sms" else EMAIL
        row = {"effective_at": LEFT_AT - timedelta(days=9), "double_opt_in": True} | over
        row.setdefault("recorded_at", row["effective_at"])
        self.put(
            "consent_fact",
            abucket=abucket_of(address),
            id=self.events,
            brand=1,
            channel=channel,
            address=address,
            purpose=purpose,
            state=state,
            method="web form",
            **row,
        )

    def instead(self, purpose: str, state: str = "subscribed", **over: Any) -> None:
        """The only fact of the phone for a purpose."""
        self.connection.execute(text("SET LOCAL antiphon.erase = 'on'"))  # the ledger is only added to
        self.connection.execute(
            text("DELETE FROM consent_fact WHERE channel = 'sms' AND purpose = :purpose"), {"purpose": purpose}
        )
        self.consent("sms", purpose, state, **over)

    def occasion(self, name: str = "Cart Abandoned", at: datetime = LEFT_AT, cart: str = "c1") -> int:
        self.events += 1
        self.put(
            "event",
            bucket=bucket_of(PERSON),
            person=PERSON,
            at=at,
            id=self.events,
            name=name,
            props=f'{{"cart_id": "{cart}"}}',
            received_at=at,
        )
        return self.events

    def message(self, channel: str, occasion: int, at: datetime = SENT_AT, **over: Any) -> int:
        self.messages += 1
        address = PHONE if channel == "sms" else EMAIL
        row: dict[str, Any] = {
            "abucket": abucket_of(address),
            "id": self.messages,
            "key": uuid4(),
            "address": address,
            "channel": channel,
            "brand": 1,
            "purpose": "cart",
            "bucket": bucket_of(PERSON),
            "person": PERSON,
            "run": self.messages,
            "journey": 1,
            "version": 1,
            "step": "first",
            "occasion_key": f"c{occasion}",
            "occasion_at": LEFT_AT,
            "occasion_event": occasion,
            "zones": [],
            "planned_at": at,
            "due_at": at,
            "handing_at": at,
            "accepted_at": at,
            "state": "accepted",
            "state_at": at,
        } | over
        self.put("outbox", **row)
        self.wire(channel, address, at, self.messages)
        return self.messages

    def wire(
        self, channel: str, address: str, at: datetime, message: int | None, body: str = "Hi", inbound: bool = False
    ) -> None:
        self.put(
            "sandbox_message",
            abucket=abucket_of(address),
            message=message,
            channel=channel,
            address=address,
            at=at,
            body=body,
            inbound=inbound,
        )

    def suppression(self, channel: str, at: datetime, reason: str = "stop", lifted_at: datetime | None = None) -> None:
        address = PHONE if channel == "sms" else EMAIL
        self.put(
            "suppression",
            abucket=abucket_of(address),
            channel=channel,
            address=address,
            at=at,
            reason=reason,
            source="test",
            lifted_at=lifted_at,
        )


def found(db: Database, plant: Callable[[Planter], None], *, zone: str | None = "America/New_York") -> dict[str, int]:
    """The violations of a database in which a properly consenting person got what ``plant`` wrote."""
    with db.begin("install") as connection:
        planter = Planter(connection)
        planter.person(zone)
        for channel, purpose in (("sms", "marketing"), ("sms", "cart"), ("email", "marketing")):
            planter.consent(channel, purpose)
        plant(planter)
    counted = count(audit(db))
    assert tuple(counted) == RULES
    return {rule: n for rule, n in counted.items() if n}


def test_proper_messages_are_clean(db: Database) -> None:
    def plant(p: Planter) -> None:
        cart = p.occasion()
        p.message("sms", cart)
        p.message("email", cart, SENT_AT + timedelta(hours=4))
        p.message("email", cart, SENT_AT + timedelta(days=4), step="last")  # emails have no 48 hours
        p.message("sms", p.occasion("Order Completed"), purpose="transactional", step="thanks")
        p.message("sms", p.occasion(cart="c2"), SENT_AT + timedelta(days=1))  # another cart, another text

    assert found(db, plant) == {}


def test_what_did_not_leave_is_no_violation(db: Database) -> None:
    def plant(p: Planter) -> None:
        cart = p.occasion(at=LEFT_AT - timedelta(days=3))
        for state in ("dropped", "cancelled", "held", "planned", "due", "claimed", "failed"):
            p.message("sms", cart, state=state)
        p.connection.execute(text("DELETE FROM sandbox_message"))

    assert found(db, plant) == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p: p.consent("sms", "marketing", "unsubscribed", effective_at=LEFT_AT), "given up"),
        (lambda p: p.consent("sms", "cart", "unsubscribed", effective_at=LEFT_AT), "no cart reminders"),
        (lambda p: p.instead("cart", double_opt_in=False), "single opt-in"),
        (lambda p: p.instead("marketing", "pending"), "not confirmed"),
        (lambda p: p.instead("marketing", expires_at=SENT_AT), "expired"),
    ],
)
def test_text_without_consent(db: Database, change: Callable[[Planter], None], why: str) -> None:
    def plant(p: Planter) -> None:
        change(p)
        p.message("sms", p.occasion())

    assert found(db, plant) == {"text_without_consent": 1}, why


def test_a_second_sign_up_takes_nothing_away(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.consent("sms", "marketing", "pending", effective_at=LEFT_AT)
        p.consent("sms", "cart", double_opt_in=False, effective_at=LEFT_AT)
        p.message("sms", p.occasion())

    assert found(db, plant) == {}


def test_an_opt_in_from_before_the_opt_out_never_counts(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.consent("sms", "marketing", "unsubscribed", effective_at=LEFT_AT, recorded_at=LEFT_AT)
        p.consent("sms", "marketing", effective_at=LEFT_AT - timedelta(hours=1), recorded_at=SENT_AT)
        p.message("sms", p.occasion())

    assert found(db, plant) == {"text_without_consent": 1}


def test_consent_that_came_after_does_not_heal(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.connection.execute(text("SET LOCAL antiphon.erase = 'on'"))
        p.connection.execute(text("DELETE FROM consent_fact"))
        for purpose in ("marketing", "cart"):
            p.consent("sms", purpose, recorded_at=SENT_AT + timedelta(minutes=1))
        p.message("sms", p.occasion())

    assert found(db, plant) == {"text_without_consent": 2}


def test_calling_a_reminder_transactional_does_not_excuse_it(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.connection.execute(text("SET LOCAL antiphon.erase = 'on'"))
        p.connection.execute(text("DELETE FROM consent_fact"))
        p.message("sms", p.occasion(), purpose="transactional")

    assert found(db, plant)["text_without_consent"] == 2


def test_email_without_consent(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.consent("email", "marketing", "unsubscribed", effective_at=LEFT_AT)
        p.message("email", p.occasion())

    assert found(db, plant) == {"email_without_consent": 1}


@pytest.mark.parametrize(
    ("at", "zone", "purpose"),
    [
        (datetime(2026, 3, 4, 14, 59, tzinfo=UTC), "America/New_York", "cart"),  # 9:59
        (datetime(2026, 3, 5, 1, 0, tzinfo=UTC), "America/New_York", "cart"),  # 20:00
        (datetime(2026, 3, 8, 15, 30, tzinfo=UTC), "America/New_York", "cart"),  # Sunday 11:30, an hour lost that night
        (datetime(2026, 3, 4, 17, 30, tzinfo=UTC), "America/Los_Angeles", "cart"),  # declared zone: 9:30
        (datetime(2026, 3, 4, 12, 30, tzinfo=UTC), None, "cart"),  # the phone's own: 7:30
        (datetime(2026, 3, 5, 2, 30, tzinfo=UTC), None, "transactional"),  # 21:30
    ],
)
def test_text_outside_hours(db: Database, at: datetime, zone: str | None, purpose: str) -> None:
    def plant(p: Planter) -> None:
        name = "Cart Abandoned" if purpose == "cart" else "Order Completed"
        p.message("sms", p.occasion(name, at - timedelta(hours=2)), at, purpose=purpose)

    assert found(db, plant, zone=zone) == {"text_outside_hours": 1}


def test_hours_do_not_bind_email(db: Database) -> None:
    assert found(db, lambda p: void(p.message("email", p.occasion(), datetime(2026, 3, 5, 7, tzinfo=UTC)))) == {}


def test_second_text_for_one_abandonment(db: Database) -> None:
    def plant(p: Planter) -> None:
        cart = p.occasion()
        p.message("sms", cart)
        p.message("sms", cart, SENT_AT + timedelta(hours=2), step="second")

    assert found(db, plant) == {"second_text_for_cart": 1}


def test_second_text_for_a_cart_that_was_abandoned_twice(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.message("sms", p.occasion())
        p.message("sms", p.occasion("Checkout Abandoned"), SENT_AT + timedelta(hours=2))

    assert found(db, plant) == {"second_text_for_cart": 1}


def test_text_after_48_hours(db: Database) -> None:
    def plant(p: Planter) -> None:
        # what the message itself says of its occasion is not believed
        p.message("sms", p.occasion(at=SENT_AT - timedelta(hours=48, minutes=1)), occasion_at=SENT_AT)

    assert found(db, plant) == {"text_after_48h": 1}


def test_duplicate_on_the_wire(db: Database) -> None:
    def plant(p: Planter) -> None:
        message = p.message("email", p.occasion())
        p.wire("email", EMAIL, SENT_AT + timedelta(seconds=3), message)

    assert found(db, plant) == {"duplicate_message": 1}


def test_one_step_that_wrote_twice(db: Database) -> None:
    def plant(p: Planter) -> None:
        cart = p.occasion()
        p.message("email", cart, run=1)
        p.message("email", cart, SENT_AT + timedelta(hours=1), run=1)

    assert found(db, plant) == {"duplicate_message": 1}


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_message_after_opt_out(db: Database, channel: str) -> None:
    def plant(p: Planter) -> None:
        p.suppression(channel, SENT_AT - timedelta(seconds=1))
        p.message(channel, p.occasion())

    assert found(db, plant) == {"message_after_opt_out": 1}


@pytest.mark.parametrize("words", [" Stop! ", "please stop", "STOPALL"])
def test_stop_that_nobody_recorded(db: Database, words: str) -> None:
    def plant(p: Planter) -> None:
        p.wire("sms", PHONE, SENT_AT - timedelta(minutes=1), None, words, inbound=True)
        p.message("sms", p.occasion())

    assert found(db, plant) == {"message_after_opt_out": 1}


def test_an_opt_out_bars_texts_of_service_but_not_their_emails(db: Database) -> None:
    def plant(p: Planter) -> None:
        for channel in ("sms", "email"):
            p.suppression(channel, LEFT_AT)
            p.message(channel, p.occasion("Order Completed"), purpose="transactional")

    assert found(db, plant) == {"message_after_opt_out": 1}


@pytest.mark.parametrize(
    ("step", "minutes"), [("stop", 6), ("help", 61), ("confirm", 24 * 60 + 1), ("confirmed", 1500)]
)
def test_a_service_message_without_a_cause(db: Database, step: str, minutes: int) -> None:
    def plant(p: Planter, minutes: int) -> None:
        at = SENT_AT - timedelta(minutes=minutes)
        p.wire("sms", PHONE, at, None, "hello", inbound=True)
        p.instead("marketing", effective_at=at)
        p.instead("cart", effective_at=at - timedelta(days=9))
        p.message("sms", 0, purpose="service", step=step, run=0)

    assert found(db, lambda p: plant(p, minutes)) == {"service_without_cause": 1}


def test_service_messages_that_answer_are_no_violations(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.wire("sms", PHONE, SENT_AT - timedelta(minutes=5), None, "STOP", inbound=True)
        p.suppression("sms", SENT_AT - timedelta(minutes=5))
        for step in ("stop", "help"):
            p.message("sms", 0, purpose="service", step=step, run=0)

    assert found(db, plant) == {}


def test_an_own_opt_in_lifts_it(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.suppression("sms", LEFT_AT, lifted_at=LEFT_AT + timedelta(minutes=5))
        p.message("sms", p.occasion())

    assert found(db, plant) == {}


def test_messages_before_the_opt_out_are_clean(db: Database) -> None:
    def plant(p: Planter) -> None:
        p.message("sms", p.occasion())
        p.suppression("sms", SENT_AT + timedelta(seconds=1))
        p.wire("sms", PHONE, SENT_AT + timedelta(seconds=1), None, "STOP", inbound=True)
        p.consent("sms", "marketing", "unsubscribed", effective_at=SENT_AT + timedelta(seconds=1))

    assert found(db, plant) == {}


def void(_: object) -> None:
    """Drops a value."""
