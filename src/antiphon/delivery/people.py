"""Who a batch is for and what it is about: read by the person's key, apart from everything that the address holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers.naming import NO_OFFERS, Named, named_of
from antiphon.catalogue.offers.rendering import values_of
from antiphon.content.context import Occasion, Recipient, best_status
from antiphon.content.models import MessageContent
from antiphon.delivery import queries
from antiphon.delivery.models import Message
from antiphon.store.db import Database

Person = tuple[int, int]  # bucket, id

#: An id may have been merged away, and its survivor too.
_HOPS = 4


@dataclass(frozen=True, slots=True)
class People:
    """Recipients and occasions of a batch by message id, and who the recipients are by now."""

    recipients: dict[int, Recipient] = field(default_factory=dict)
    occasions: dict[int, Occasion] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)


def offers_named(content: MessageContent, channel: str) -> Named:
    """The offers that a content names on a channel."""
    said = content.sms if channel == "sms" else content.email
    return named_of(said.model_dump_json()) if said is not None else NO_OFFERS


def read_people(
    database: Database, messages: Sequence[Message], now: datetime, offers: Mapping[int, frozenset[str]]
) -> People:
    """Recipient and occasion of each message; a person who was merged is read under the surviving id.

    ``offers``: which of them a message speaks of; codes that are good at ``now`` come along with the recipient.
    """
    with database.read() as connection:
        now_called = _survivors(connection, {(m.bucket, m.person) for m in messages})
        recipients = _recipients(connection, set(now_called.values()))
        occasions = _occasions(connection, messages, now_called)
        speaking = {now_called[m.bucket, m.person] for m in messages if offers.get(m.id)}
        codes = values_of(connection, speaking, frozenset().union(*offers.values()), now)
    for person, had in codes.items():
        if person in recipients:
            recipients[person] = replace(recipients[person], offers=had)
    nobody, nothing = Recipient(), Occasion()
    return People(
        {m.id: recipients.get(now_called[m.bucket, m.person], nobody) for m in messages},
        {m.id: occasions.get(m.id, nothing) for m in messages},
        {m.id: now_called[m.bucket, m.person] for m in messages},
    )


def _arrays(persons: Iterable[Person]) -> dict[str, list[int]]:
    ordered = sorted(persons)
    return {"buckets": [p[0] for p in ordered], "persons": [p[1] for p in ordered]}


def _survivors(connection: Connection, persons: set[Person]) -> dict[Person, Person]:
    """Each person's present id: almost always the same."""
    names = {person: person for person in persons}
    for _ in range(_HOPS):
        rows = connection.execute(queries.ALIASES, _arrays(set(names.values()))).all()
        if not rows:
            break
        moved = {(row.bucket, row.person): (row.to_bucket, row.to_person) for row in rows}
        names = {person: moved.get(name, name) for person, name in names.items()}
    return names


def _recipients(connection: Connection, persons: set[Person]) -> dict[Person, Recipient]:
    arrays = _arrays(persons)
    states: dict[tuple[int, int, str], list[str]] = defaultdict(list)
    for row in connection.execute(queries.STATUSES, arrays):
        states[row.bucket, row.person, row.channel].append(row.marketing)
    return {
        (row.bucket, row.id): Recipient(
            row.traits,
            best_status(states[row.bucket, row.id, "email"]),
            best_status(states[row.bucket, row.id, "sms"]),
        )
        for row in connection.execute(queries.PEOPLE, arrays)
    }


def _occasions(
    connection: Connection, messages: Sequence[Message], now_called: dict[Person, Person]
) -> dict[int, Occasion]:
    wanted: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for message in messages:
        bucket, person = now_called[message.bucket, message.person]
        wanted[bucket, person, message.occasion_at, message.occasion_event].append(message.id)
    keys = list(wanted)
    names = ("buckets", "persons", "ats", "events")
    rows = connection.execute(
        queries.OCCASIONS, {name: [key[place] for key in keys] for place, name in enumerate(names)}
    )
    return {
        message: Occasion(row.name, row.at, row.props)
        for row in rows
        for message in wanted[row.bucket, row.person, row.at, row.id]
    }
