"""People made at random: the same for the same seed, as plain values, and written into their tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import insert, text

from antiphon.audiences.tables import segment, segment_member
from antiphon.catalogue.tables import product
from antiphon.kit.buckets import abucket_of, bucket_of, person_id
from antiphon.kit.zones import zone_id
from antiphon.people.tables import engagement, event, event_total, person, person_address, person_product, statistic
from antiphon.store.db import Database, copy_rows

#: Nothing happens after it: from then on time alone changes what is true.
END = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # an hour before New York's clocks go forward
ZONES = tuple(zone_id(name) for name in ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"))
BRAND_ZONE = zone_id("America/Los_Angeles")
NAMES = ("Product Viewed", "Order Completed", "Seen")
CHANNELS = ("email", "sms")
STATES = ("never", "pending", "subscribed", "unsubscribed")
PRODUCTS = ("a", "b", "c", "d")
RELATIONS = ("viewed", "carted", "bought", "wished")
SEGMENTS = ("regulars", "strangers")
STATISTICS = {"high_value_revenue": 150.0, "lapse_days": 45.5, "usual_orders": 2.0}
BIRTHDAYS = (
    "1990-03-08", "2000-02-29", "--03-15", "12-31", "1980-04-01T00:00:00Z", "01-01", "2001-02-30", "13-01", "03-081", "soon",
)  # fmt: skip


@dataclass(frozen=True)
class Occurrence:
    id: int
    at: datetime
    received_at: datetime
    name: str
    props: dict[str, Any]


@dataclass(frozen=True)
class Address:
    channel: str
    marketing: str
    transactional: str
    cart: str
    double: bool


@dataclass(frozen=True)
class Engaged:
    delivered: int
    first_delivered_at: datetime | None
    last_at: datetime | None
    opened_at: datetime | None
    counts: dict[str, int]
    last_delivered_at: datetime | None


@dataclass(frozen=True)
class Handled:
    product: str
    relation: str
    n: int
    last_at: datetime


@dataclass(frozen=True)
class Product:
    price: float | None
    stock: int | None
    category: tuple[str, ...]
    deleted: bool = False


@dataclass(frozen=True)
class Human:
    id: int
    die: int
    zone: int | None
    traits: dict[str, Any]
    addresses: list[Address]
    events: list[Occurrence]
    engaged: dict[str, Engaged]
    products: list[Handled]
    segments: frozenset[str]

    @property
    def who(self) -> tuple[int, int]:
        return bucket_of(self.id), self.id


CATALOGUE = {
    "a": Product(10.0, 3, ("shoes",)),
    "b": Product(25.0, 0, ("shoes", "sale")),
    "c": Product(None, None, ()),
    "d": Product(5.0, 9, ("hats",), deleted=True),
}


def ago(chance: Random, days: int) -> datetime:
    """An instant before the end: often whole days or hours before it, so that windows end exactly there."""
    sort = chance.random()
    if sort < 0.5:
        return END - timedelta(days=chance.randrange(days))
    at = END - timedelta(hours=chance.randrange(days * 24))
    return at if sort < 0.7 else at - timedelta(microseconds=chance.randrange(3_600_000_000))


def human(seed: int) -> Human:
    """Person number ``seed``; some have nothing at all."""
    chance = Random(seed)
    poor = chance.random() < 0.15
    return Human(
        id=person_id(seed + 1, seed % 256),
        die=chance.randrange(-(1 << 63), 1 << 63),
        zone=chance.choice((None, *ZONES)),
        traits={} if poor else _traits(chance),
        addresses=[] if poor else [_address(chance) for _ in range(chance.randrange(4))],
        events=[] if poor else [_event(chance, seed * 100 + n) for n in range(chance.choice((0, 1, 3, 8, 12)))],
        engaged={} if poor else _engagements(chance),
        products=[] if poor else _products(chance),
        segments=frozenset(name for name in SEGMENTS if not poor and chance.random() < 0.5),
    )


def _traits(chance: Random) -> dict[str, Any]:
    every: dict[str, Any] = {
        "country": chance.choice(("US", "CA", "us", None)),
        "age": chance.choice((17, 18, 18.5, 40, "18", True)),
        "vip": chance.choice((True, False)),
        "home": {"city": chance.choice(("Bern", "Köln", ""))},
        "birthday": chance.choice(BIRTHDAYS),
        "preferred_channel": chance.choice(("email", "sms", "post", None)),
        "preferredChannel": chance.choice(("email", "sms")),
    }
    return {name: value for name, value in every.items() if chance.random() < 0.7}


def _address(chance: Random) -> Address:
    states = chance.choices(STATES, k=3)
    return Address(chance.choice(CHANNELS), states[0], states[1], states[2], chance.random() < 0.5)


def _event(chance: Random, number: int) -> Occurrence:
    at = ago(chance, chance.choice((3, 40, 400)))
    late = timedelta(hours=chance.randrange(48)) if chance.random() < 0.3 else timedelta()
    props: dict[str, Any] = {
        "total": chance.choice((0, 20, 49.99, 50, 100, -30, "100", 1e300, None)),
        "revenue": chance.choice((10, 80)),
        "color": chance.choice(("red", "blue")),
        "product_id": chance.choice((*PRODUCTS, "unheard of")),
        "products": chance.choice(
            ([{"product_id": "a"}, {"product_id": "b"}], [{"product_id": "c"}], [1, "x"], "a", None)
        ),
    }
    kept = {name: value for name, value in props.items() if chance.random() < 0.6}
    return Occurrence(number, at, min(at + late, END), chance.choice(NAMES), kept)


def _engagements(chance: Random) -> dict[str, Engaged]:
    found = {one: _engaged(chance) for one in CHANNELS if chance.random() < 0.7}
    if len(found) == 2 and chance.random() < 0.2:  # by email and by text at the very same instant
        found["sms"] = replace(found["sms"], last_at=found["email"].last_at)
    return found


def _engaged(chance: Random) -> Engaged:
    delivered = chance.choice((0, 1, 4, 5, 5, 30))
    return Engaged(
        delivered,
        ago(chance, chance.choice((40, 300))) if delivered else None,
        ago(chance, chance.choice((60, 250))) if chance.random() < 0.6 else None,
        ago(chance, 250) if chance.random() < 0.3 else None,
        {name: chance.randrange(6) for name in ("responses", "clicks", "replies", "opens", "visits", "orders")},
        ago(chance, chance.choice((40, 300))) if delivered else None,
    )


def _products(chance: Random) -> list[Handled]:
    pairs = [(product, relation) for product in (*PRODUCTS, "unheard of") for relation in RELATIONS]
    some = chance.sample(pairs, chance.randrange(6))
    return [Handled(product, relation, chance.randrange(1, 4), ago(chance, 100)) for product, relation in some]


def worth(props: dict[str, Any]) -> float:
    """What an order came to: its revenue, else its total, where those are numbers; nothing where it is absurd."""
    for name in ("revenue", "total"):
        value = props.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value if abs(value) < 1e9 else 0
    return 0


def write(db: Database, people: Sequence[Human]) -> None:
    """Everybody into the tables, with the totals that the tick would keep."""
    with db.begin("test") as connection:
        connection.execute(text("UPDATE brand SET zone = :zone WHERE id = 1"), {"zone": BRAND_ZONE})
        copy_rows(
            connection, person, ("bucket", "id", "die", "traits", "zone", "first_seen_at", "last_seen_at"),
            [(*one.who, one.die, Jsonb(one.traits), one.zone, END, END) for one in people],
        )  # fmt: skip
        copy_rows(
            connection, person_address,
            ("bucket", "person", "channel", "address", "abucket", "since", "marketing", "transactional", "cart", "cart_double"),
            [
                (*one.who, a.channel, f"{n}@{one.id}", abucket_of("x"), END, a.marketing, a.transactional, a.cart, a.double)
                for one in people for n, a in enumerate(one.addresses)
            ],
        )  # fmt: skip
        copy_rows(
            connection, event, ("bucket", "person", "at", "id", "name", "props", "received_at"),
            [(*one.who, e.at, e.id, e.name, Jsonb(e.props), e.received_at) for one in people for e in one.events],
        )  # fmt: skip
        copy_rows(
            connection, event_total, ("bucket", "person", "name", "n", "value", "first_at", "last_at"), _totals(people)
        )
        names = ("responses", "clicks", "replies", "opens", "visits", "orders")
        copy_rows(
            connection, engagement,
            ("bucket", "person", "channel", "delivered", "first_delivered_at", "last_at", "opened_at", "last_delivered_at",
             *names),
            [
                (*one.who, channel, e.delivered, e.first_delivered_at, e.last_at, e.opened_at, e.last_delivered_at,
                 *(e.counts[n] for n in names))
                for one in people for channel, e in one.engaged.items()
            ],
        )  # fmt: skip
        copy_rows(
            connection, person_product, ("bucket", "person", "product", "relation", "n", "first_at", "last_at"),
            [(*one.who, p.product, p.relation, p.n, p.last_at, p.last_at) for one in people for p in one.products],
        )  # fmt: skip
        connection.execute(
            insert(product),
            [
                {
                    "id": name, "title": name, "price": one.price, "stock": one.stock, "category": list(one.category),
                    "deleted_at": END if one.deleted else None, "created_at": END, "updated_at": END,
                }
                for name, one in CATALOGUE.items()
            ],
        )  # fmt: skip
        connection.execute(
            insert(segment),
            [
                {
                    "id": number, "name": name, "title": name, "definition": {}, "source": "", "created_at": END,
                    "changed_at": END, "changed_by": "test",
                }
                for number, name in enumerate(SEGMENTS)
            ],
        )  # fmt: skip
        copy_rows(
            connection, segment_member, ("bucket", "segment", "person", "since"),
            [(one.who[0], SEGMENTS.index(name), one.id, END) for one in people for name in one.segments],
        )  # fmt: skip
        copy_rows(
            connection, statistic, ("brand", "name", "value", "n", "at"),
            [(1, name, value, 10, END) for name, value in STATISTICS.items()],
        )  # fmt: skip


def _totals(people: Iterable[Human]) -> list[tuple[Any, ...]]:
    rows = []
    for one in people:
        for name in NAMES:
            mine = [e for e in one.events if e.name == name]
            if mine:
                value = sum(worth(e.props) for e in mine) if name == "Order Completed" else 0
                times = [e.at for e in mine]
                rows.append((*one.who, name, len(mine), round(value, 2), min(times), max(times)))
    return rows
