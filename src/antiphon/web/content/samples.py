"""People whom a text is tried on: some of those who get texts, as messages to them would see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import phonenumbers
from sqlalchemy import Connection

from antiphon.catalogue.offers.naming import named_of
from antiphon.catalogue.offers.rendering import samples_of
from antiphon.content.context import Occasion, Recipient, best_status
from antiphon.delivery import queries as delivery
from antiphon.web.content import text_queries as queries
from antiphon.web.figures import mask

#: How many a text is counted on, and of how many one can choose whose phone is shown.
SAMPLE, CHOICE = 200, 12
_RECENT = timedelta(days=180)


#: By the names of offers what templates see of a code.
Codes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One person: where texts go, who they are, and what the text would be about."""

    bucket: int
    person: int
    address: str
    recipient: Recipient
    occasion: Occasion

    @property
    def name(self) -> str:
        """What they are called in a list: their first name, and the end of their number."""
        traits = self.recipient.traits
        first = traits.get("first_name") or traits.get("firstName") or traits.get("name")
        return f"{str(first)[:40]} ({mask(self.address)})" if first else mask(self.address)

    def given(self, codes: Codes) -> "Sample":
        """The same person with codes of offers."""
        return replace(self, recipient=replace(self.recipient, offers=codes)) if codes else self

    @property
    def country(self) -> str | None:
        """The country of their number; ``None`` when nobody can tell."""
        return country_of(self.address)


@lru_cache(maxsize=4_096)
def country_of(phone: str) -> str | None:
    """ISO 3166-1 alpha-2 of a number in E.164."""
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None
    return found if found and len(found) == 2 and found.isalpha() else None


#: Nobody in particular, where nobody gets texts yet.
ANN = Sample(0, 0, "+12125550101", Recipient({"first_name": "Ann"}, "subscribed", "subscribed"), Occasion())


def samples(connection: Connection, about: str, now: datetime) -> list[Sample]:
    """People who get texts, each with their newest event named ``about``; where some have one, only those."""
    rows = connection.execute(queries.SAMPLE, {"limit": SAMPLE}).all()
    arrays = _arrays([(row.bucket, row.person) for row in rows])
    states: dict[tuple[int, int, str], list[str]] = defaultdict(list)
    for row in connection.execute(delivery.STATUSES, arrays):
        states[row.bucket, row.person, row.channel].append(row.marketing)
    traits = {(row.bucket, row.id): row.traits for row in connection.execute(delivery.PEOPLE, arrays)}
    where = arrays | {"name": about, "since": now - _RECENT}
    occasions = {
        (row.bucket, row.person): Occasion(row.name, row.at, row.props)
        for row in (connection.execute(queries.OCCASIONS, where) if about else ())
    }
    if occasions:
        rows = [row for row in rows if (row.bucket, row.person) in occasions]
    return [
        Sample(
            row.bucket,
            row.person,
            row.address,
            Recipient(
                traits.get((row.bucket, row.person), {}),
                best_status(states[row.bucket, row.person, "email"]),
                best_status(states[row.bucket, row.person, "sms"]),
            ),
            occasions.get((row.bucket, row.person), Occasion()),
        )
        for row in sorted(rows, key=lambda row: (row.bucket, row.person))
    ]


def sample_codes(connection: Connection, words: str, now: datetime) -> Codes:
    """Made up codes of the offers that a template names: nobody's own is shown to somebody else."""
    return samples_of(connection, named_of(words).all, now)


def what_they_did(connection: Connection, people: Sequence[Sample]) -> list[str]:
    """Names of events of these people, the most usual first."""
    arrays = _arrays([(one.bucket, one.person) for one in people])
    return [row.name for row in connection.execute(queries.NAMES, arrays)]


def _arrays(persons: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    return {"buckets": [bucket for bucket, _ in persons], "persons": [person for _, person in persons]}
