"""People, addresses and engagement, written straight into their tables; intents are kept until they are asked for."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from antiphon.decisions.columns import INTENT
from antiphon.decisions.models import MessagePolicy
from antiphon.kit.buckets import BUCKETS, abucket_of, bucket_of, hash64, person_id
from antiphon.kit.zones import zone_id
from antiphon.store.db import Database

VERSION = 7


def zone(name: str) -> int:
    found = zone_id(name)
    assert found is not None
    return found


NEW_YORK, LOS_ANGELES = zone("America/New_York"), zone("America/Los_Angeles")


@dataclass(frozen=True)
class Shop:
    """What a test writes; ``now`` is the instant of the decision."""

    db: Database
    now: datetime
    intents: list[tuple[Any, ...]] = field(default_factory=list)

    def asked(self, buckets: Collection[int] = BUCKETS) -> dict[str, list[Any]]:
        """The intents so far of people in ``buckets``, by columns; they are asked for once."""
        mine = [intent for intent in self.intents if intent[0] in buckets]
        self.intents[:] = [intent for intent in self.intents if intent[0] not in buckets]
        columns = [list(column) for column in zip(*mine, strict=True)] or [[] for _ in INTENT]
        return dict(zip(INTENT, columns, strict=True))

    def _run(self, statement: str, **values: Any) -> None:
        with self.db.begin("test") as connection:
            connection.execute(text(statement), values)

    def person(self, serial: int, *, zone: int | None = NEW_YORK, die: int = 0, preferred: str | None = None) -> int:
        person = person_id(serial, serial % 256)
        traits = json.dumps({"preferred_channel": preferred} if preferred else {})
        self._run(
            "INSERT INTO person (bucket, id, die, traits, zone, first_seen_at, last_seen_at) "
            "VALUES (:bucket, :person, :die, cast(:traits AS jsonb), :zone, :at, :at)",
            bucket=bucket_of(person), person=person, die=die, traits=traits, zone=zone, at=self.now,
        )  # fmt: skip
        return person

    def address(
        self,
        person: int,
        address: str,
        *,
        marketing: str = "subscribed",
        cart: bool = True,
        zones: Iterable[int] = (),
        since: timedelta = timedelta(days=30),
    ) -> None:
        self._run(
            "INSERT INTO person_address (bucket, person, channel, address, abucket, since, zones, marketing, cart, "
            "cart_double) VALUES (:bucket, :person, :channel, :address, :abucket, :since, :zones, :marketing, :cart, "
            ":double)",
            bucket=bucket_of(person), person=person, channel="email" if "@" in address else "sms", address=address,
            abucket=abucket_of(address), since=self.now - since, zones=list(zones), marketing=marketing,
            cart="subscribed" if cart else "never", double=cart,
        )  # fmt: skip

    def lives_in(self, person: int, place: str) -> None:
        self._run(
            "INSERT INTO person_place (bucket, person, place, via, since) VALUES (:bucket, :person, :place, 'x:1', :at)",
            bucket=bucket_of(person), person=person, place=place, at=self.now,
        )  # fmt: skip

    def engaged(self, person: int, channel: str, ago: timedelta) -> None:
        self._run(
            "INSERT INTO engagement (bucket, person, channel, last_at, responses) VALUES (:bucket, :person, :channel, "
            ":at, 1)",
            bucket=bucket_of(person), person=person, channel=channel, at=self.now - ago,
        )  # fmt: skip

    def intent(
        self,
        person: int,
        step: str = "first",
        *,
        ago: timedelta = timedelta(0),
        occasion_ago: timedelta = timedelta(minutes=30),
        occasion: str = "cart-1",
        value: float = 80,
    ) -> int:
        number = hash64(f"{person}|{step}|{occasion}")
        at, since = self.now - ago, self.now - ago - occasion_ago
        instants = (at.isoformat(), int(at.timestamp()), since.isoformat(), int(since.timestamp()))
        about = (5, occasion, f"{occasion}#1", float(value))
        self.intents.append((bucket_of(person), number, person, 1, 1, VERSION, step, 1, *instants, *about))
        return number


def policies(**steps: MessagePolicy) -> dict[tuple[int, str], MessagePolicy]:
    return {(VERSION, step): policy for step, policy in steps.items()}
