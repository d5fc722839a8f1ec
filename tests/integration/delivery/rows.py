"""Rows that delivery works on, with the fields that a test does not name filled in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.content.models import EmailContent, MessageContent, SmsContent
from antiphon.delivery.dispatch import _CLAIMS, Dispatcher
from antiphon.kit.buckets import BUCKETS, abucket_of, bucket_of, person_id
from antiphon.kit.signing import Signer
from antiphon.kit.zones import zone_id
from antiphon.store.db import Database

NEW_YORK = zone_id("America/New_York")
SIGNER = Signer(b"a secret for tests, 32 bytes long")
BASE_URL = "https://go.example.com"

EMAIL = EmailContent(
    subject="{{ person.first_name | default: 'Hello' }}, your cart",
    preheader="Still here",
    mjml=(
        "<mj-section><mj-column>{% if person.vip %}<mj-text>Dear VIP</mj-text>{% endif %}"
        "<mj-text>{{ person.first_name }}</mj-text>"
        '<mj-button href="{{ cart_url }}">Back to the cart</mj-button></mj-column></mj-section>'
    ),
)
SMS = SmsContent(text="{{ person.first_name }}, your cart waits: {{ cart_url }}")
BOTH = MessageContent(email=EMAIL, sms=SMS)


def content_of(version: int, step: str) -> MessageContent:
    return BOTH


def dispatcher(
    db: Database, worker: str = "w1", content: Callable[[int, str], MessageContent] = content_of
) -> Dispatcher:
    return Dispatcher(db, content, worker, SIGNER, BASE_URL)


@dataclass
class Shop:
    """Puts people, consents and messages where the stages before delivery would have put them."""

    db: Database
    now: datetime = NOON
    counter: int = field(default=0)

    def react(self, through: datetime) -> None:
        with self.db.begin("test") as connection:
            connection.execute(text("UPDATE bucket_state SET reacted_through = :t"), {"t": through})

    def person(self, **traits: Any) -> int:
        self.counter += 1
        person = person_id(self.counter, self.counter % 256)
        with self.db.begin("test") as connection:
            connection.execute(
                text(
                    "INSERT INTO person (bucket, id, die, traits, first_seen_at, last_seen_at) "
                    "VALUES (:bucket, :id, 0, :traits, :now, :now)"
                ),
                {"bucket": bucket_of(person), "id": person, "traits": Jsonb(traits), "now": self.now},
            )
        return person

    def event(self, person: int, name: str, at: datetime, event: int, **props: Any) -> None:
        with self.db.begin("test") as connection:
            connection.execute(
                text(
                    "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                    "VALUES (:bucket, :person, :at, :id, :name, :props, :at)"
                ),
                {
                    "bucket": bucket_of(person),
                    "person": person,
                    "at": at,
                    "id": event,
                    "name": name,
                    "props": Jsonb(props),
                },
            )

    def consent(
        self, channel: str, address: str, purpose: str = "marketing", state: str = "subscribed", *, double: bool = False
    ) -> None:
        with self.db.begin("test") as connection:
            connection.execute(
                text(
                    "INSERT INTO consent (abucket, channel, address, brand, purpose, state, effective_at, double_opt_in) "
                    "VALUES (:abucket, :channel, :address, 1, :purpose, :state, :at, :double)"
                ),
                {
                    "abucket": abucket_of(address),
                    "channel": channel,
                    "address": address,
                    "purpose": purpose,
                    "state": state,
                    "at": self.now - timedelta(days=30),
                    "double": double,
                },
            )

    def subscribe(self, *addresses: str) -> None:
        """Full consent on each address, cart reminders by double opt-in included."""
        for address in addresses:
            channel = "email" if "@" in address else "sms"
            self.consent(channel, address)
            if channel == "sms":
                self.consent(channel, address, "cart", double=True)

    def suppress(self, channel: str, address: str, reason: str = "stop") -> None:
        """What an opt-out writes first."""
        with self.db.begin("opt-out") as connection:
            connection.execute(
                text(
                    "INSERT INTO suppression (abucket, channel, address, at, reason, source) "
                    "VALUES (:abucket, :channel, :address, :at, :reason, 'test')"
                ),
                {
                    "abucket": abucket_of(address),
                    "channel": channel,
                    "address": address,
                    "at": self.now,
                    "reason": reason,
                },
            )

    def cancel(self, address: str) -> int:
        """What an opt-out does second."""
        with self.db.begin("opt-out") as connection:
            return connection.execute(
                text(
                    "UPDATE outbox SET state = 'cancelled', rule = 'suppression.stop' WHERE abucket = :abucket "
                    "AND address = :address AND state IN ('planned', 'due', 'claimed')"
                ),
                {"abucket": abucket_of(address), "address": address},
            ).rowcount

    def plan(self, address: str, **fields: Any) -> int:
        """A planned message, due now; returns its id."""
        self.counter += 1
        number = self.counter
        person = fields.pop("person", person_id(9_999, 77))
        values = {
            "abucket": abucket_of(address),
            "id": number,
            "key": uuid5(_CLAIMS, str(number)),
            "address": address,
            "channel": "email" if "@" in address else "sms",
            "brand": 1,
            "purpose": "marketing",
            "bucket": bucket_of(person),
            "person": person,
            "run": number,
            "journey": 1,
            "version": 1,
            "step": "first",
            "occasion_key": f"occasion-{number}",
            "occasion_at": self.now - timedelta(minutes=30),
            "occasion_event": number,
            "zones": [NEW_YORK],
            "planned_at": self.now,
            "due_at": self.now,
            "expires_at": None,
            "state": "planned",
            "state_at": self.now,
        } | fields
        columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.db.begin("test") as connection:
            connection.execute(text(f"INSERT INTO outbox ({columns}) VALUES ({places})"), values)
        return number

    def end_run(self, run: int, outcome: str = "exited", person: int | None = None) -> None:
        with self.db.begin("test") as connection:
            connection.execute(
                text(
                    "INSERT INTO run_done (bucket, id, person, journey, version, run_key, n, step, outcome, moves, "
                    "occasion_at, occasion_event, started_at, ended_at) "
                    "VALUES (:bucket, :run, :person, 1, 1, 'k', 1, 'first', :outcome, 1, :now, 1, :now, :now)"
                ),
                {
                    "bucket": bucket_of(person or person_id(9_999, 77)),
                    "person": person or person_id(9_999, 77),
                    "run": run,
                    "outcome": outcome,
                    "now": self.now,
                },
            )

    def sender(self, channel: str, **fields: Any) -> None:
        if "settings" in fields:
            fields["settings"] = Jsonb(fields["settings"])
        sets = ", ".join(f"{name} = :{name}" for name in fields)
        with self.db.begin("settings") as connection:
            connection.execute(text(f"UPDATE sender SET {sets} WHERE id = :channel"), fields | {"channel": channel})

    def row(self, message: int) -> Any:
        with self.db.read() as connection:
            return connection.execute(text("SELECT * FROM outbox WHERE id = :id"), {"id": message}).mappings().one()

    def states(self) -> dict[int, str]:
        with self.db.read() as connection:
            return {row.id: row.state for row in connection.execute(text("SELECT id, state FROM outbox"))}

    def log(self, message: int) -> list[tuple[str, str, str | None]]:
        with self.db.read() as connection:
            rows = connection.execute(
                text("SELECT from_state, to_state, rule FROM message_log WHERE message = :m ORDER BY seq"),
                {"m": message},
            )
            return [tuple(row) for row in rows]

    def sandbox(self) -> Sequence[Any]:
        with self.db.read() as connection:
            return connection.execute(text("SELECT * FROM sandbox_message ORDER BY id")).mappings().all()


ALL_BUCKETS = BUCKETS
