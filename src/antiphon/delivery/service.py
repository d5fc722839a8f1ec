"""Planning service messages: into the outbox like every other, with a key made of what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from uuid import UUID

from sqlalchemy import Connection

from antiphon.content.service import ServiceText, step_of
from antiphon.delivery import queries
from antiphon.kit.buckets import abucket_of, bucket_of

#: How long after what they answer they may still leave. A STOP's confirmation within five minutes is presumed to be
#: covered by the consent that it ends (47 CFR 64.1200(a)(12)); the others are only of use while they are expected.
LASTS = {
    "stop": timedelta(minutes=5),
    "help": timedelta(hours=1),
    "confirm": timedelta(hours=24),
    "confirmed": timedelta(hours=24),
    "code": timedelta(hours=24),
}

_POSITIVE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Service:
    """One service message to be planned. ``answers`` names what it answers: the same is answered once per address."""

    kind: str
    channel: str
    address: str
    brand: int
    person: int
    at: datetime
    answers: str
    cart: bool = False
    language: str = ""  # that of the sign-up; empty: the brand's


def plan_service(connection: Connection, now: datetime, wanted: Sequence[Service]) -> int:
    """Plan service messages; returns how many were new."""
    if not wanted:
        return 0
    keys = [_key(one) for one in wanted]
    return connection.execute(
        queries.PLAN_SERVICE,
        {
            "now": now,
            "abuckets": [abucket_of(one.address) for one in wanted],
            "ids": [key.int & _POSITIVE for key in keys],
            "keys": keys,
            "addresses": [one.address for one in wanted],
            "channels": [one.channel for one in wanted],
            "brands": [one.brand for one in wanted],
            "buckets": [bucket_of(one.person) for one in wanted],
            "persons": [one.person for one in wanted],
            "steps": [step_of(one.kind, cart=one.cart, language=one.language) for one in wanted],
            "occasions": [one.answers for one in wanted],
            "ats": [one.at for one in wanted],
            "expires_ats": [one.at + LASTS[one.kind] for one in wanted],
        },
    ).rowcount


def _key(one: Service) -> UUID:
    named = f"{one.address}|service|{one.kind}|{one.channel}|{one.brand}|{one.answers}"
    return UUID(md5(named.encode(), usedforsecurity=False).hexdigest())


def read_service_texts(connection: Connection) -> dict[tuple[int, str, str], ServiceText]:
    """Brands' own words, by brand, kind and channel."""
    return {
        (row.brand, row.kind, row.channel): ServiceText(row.text, row.subject or "")
        for row in connection.execute(queries.SERVICE_TEXTS)
    }
