"""Finding everything that points at one person."""

from collections.abc import Collection

from sqlalchemy import Connection

from antiphon.intake.graph import columns, load_identifiers
from antiphon.intake.verdicts import current
from antiphon.kit.buckets import bucket_of
from antiphon.people import queries as people
from antiphon.people.identifiers import EMAIL, PHONE, Key, channel_of
from antiphon.privacy import queries
from antiphon.privacy.models import Address, Preview, Subject

_KINDS = {"email": EMAIL, "sms": PHONE}


def subject_of(connection: Connection, person: int) -> Subject | None:
    """The person, under the name that merges left; ``None`` when there is none, or none any more."""
    person = current(connection, person)
    where = {"bucket": bucket_of(person), "person": person}
    if not connection.execute(queries.IS_THERE, where).scalar_one():
        return None
    keys: tuple[Key, ...] = tuple(
        sorted((row.kind, row.value) for row in connection.execute(people.IDENTIFIERS_OF, where))
    )
    held = {(row.channel, row.address) for row in connection.execute(queries.HELD, where)}
    held |= {(channel, value) for kind, value in keys if (channel := channel_of(kind))}
    addresses = tuple(sorted(held))
    return Subject(person, where["bucket"], keys, addresses, frozenset(_shared(connection, person, addresses)))


def _shared(connection: Connection, person: int, addresses: Collection[Address]) -> set[Address]:
    """The addresses that somebody else holds too: whoever was ever seen with them may."""
    if not addresses:
        return set()
    ends = {(_KINDS[channel], value): (channel, value) for channel, value in addresses}
    beside: set[Key] = set(ends)
    beside |= {(row.other_kind, row.other_value) for row in connection.execute(people.NEIGHBOURS, columns(ends))}
    others = {known.person for known in load_identifiers(connection, beside).values()} - {person}
    if not others:
        return set()
    given = {"buckets": [bucket_of(other) for other in others], "people": list(others)}
    held = {(row.channel, row.address) for row in connection.execute(people.ADDRESSES, given)}
    return held & set(addresses)


def preview(connection: Connection, person: int) -> Preview | None:
    """What erasing a person would do; ``None`` when there is nobody."""
    subject = subject_of(connection, person)
    if subject is None:
        return None
    counts = {
        name: int(connection.execute(queries.count(name), subject.where).scalar_one())
        for name in ("event", "run", "run_done", "decision")
    }
    messages = len(connection.execute(queries.MESSAGES, subject.where).all())
    waiting = int(connection.execute(queries.OPEN_MESSAGES, subject.where).scalar_one())
    return Preview(subject, counts, messages, waiting)
