"""A shop for engine tests: short ways to say what people do, and to let time pass."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from tests.conftest import NOON

from antiphon.engine.engine import Engine
from antiphon.engine.virtual import carry
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.publish import publish
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

#: Stages say when they are to look again; this long is nothing looked at that nobody announced. What a stage failed to
#: announce comes so late that a test sees it; and days in which nothing happens cost little.
REST = timedelta(hours=12)
PRODUCT = {"product_id": "p1", "name": "Lamp", "price": 40.0, "quantity": 1}


@dataclass
class ShopUnderTest:
    """``now`` is the virtual clock; what is told without a time happens now."""

    db: Database
    engine: Engine
    now: datetime = NOON
    _numbers: Iterator[int] = field(default_factory=count)

    def publish(self, source: str) -> int:
        with self.db.begin("commands") as connection:
            return publish(connection, source, "test", self.now).version

    def playbook(self, name: str) -> int:
        return self.publish(playbooks()[name])

    def arrive(self, type_: str, body: dict[str, Any], at: datetime | None = None, *, backfill: bool = False) -> None:
        arrival = Arrival("test", f"m{next(self._numbers)}", type_, at or self.now, backfill, body)
        store_arrivals(self.db, [arrival], self.now)

    def does(self, who: str, event: str, at: datetime | None = None, *, backfill: bool = False, **props: Any) -> None:
        self.arrive("track", {"userId": who, "event": event, "properties": props}, at, backfill=backfill)

    def leaves_cart(self, who: str, cart: str, at: datetime | None = None) -> None:
        props: dict[str, Any] = {"cart_id": cart, "url": f"https://shop.example/cart/{cart}", **PRODUCT}
        self.does(who, "Product Added", at, **props)

    def knows(self, who: str, **traits: Any) -> None:
        self.arrive("identify", {"userId": who, "traits": traits})

    def consents(self, who: str, channel: str, address: str, *purposes: str, state: str = "subscribed") -> None:
        body: dict[str, Any] = {
            "userId": who,
            "channel": channel,
            "address": address,
            "purposes": list(purposes or ("marketing",)),
        }
        body |= {"state": state, "effectiveAt": self.now.isoformat(), "method": "web form", "doubleOptIn": True}
        self.arrive("consent", body)

    def reachable(self, who: str, email: str | None = None, phone: str | None = None) -> None:
        self.knows(who, first_name=who.title(), timezone="America/New_York")
        if email:
            self.consents(who, "email", email)
        if phone:
            self.consents(who, "sms", phone, "marketing", "cart")

    def passes(self, time: timedelta, step: timedelta = timedelta(minutes=5)) -> None:
        since = self.now
        self.now += time
        carry(self.engine, since, self.now, step, longest=REST)

    def settle(self) -> None:
        self.engine.settle(self.now)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(text(sql), values))

    def one(self, sql: str, **values: Any) -> Any:
        with self.db.read() as connection:
            return connection.execute(text(sql), values).scalar()


def open_shop(db: Database) -> Iterator[ShopUnderTest]:
    engine = Engine(db, Signer(b"x" * 32), base_url="https://shop.example", worker="test")
    engine.dispatcher.horizon = REST
    with db.begin("test") as connection:
        connection.execute(
            text("UPDATE brand SET name = 'Lamps', base_url = 'https://shop.example', postal_address = 'A 1'")
        )
    yield ShopUnderTest(db, engine)
    engine.close()
