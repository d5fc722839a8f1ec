"""Gathers what the pages about messages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.kit.errors import NotFoundError
from antiphon.rules.laws.naming import Named, named
from antiphon.web.definitions import Origin, Version, origins
from antiphon.web.messages import queries
from antiphon.web.paging import COUNT_LIMIT, PAGE, Count, Cursor, Page
from antiphon.web.people.models import name_of
from antiphon.web.times import Place
from antiphon.web.why import Why, read_reasons

#: The state, in the address, of decisions that came out against writing.
NOT_WRITTEN = "not-written"


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of messages with what its lines speak of."""

    page: Page[Row[Any]]
    count: Count
    origins: Mapping[int, Origin]
    whys: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Logged:
    """One change of a message's state."""

    at: datetime
    state: str
    rule: str | None
    until: str
    #: of the laws that held it, by themselves
    laws: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One message and everything that explains it."""

    row: Row[Any]
    origin: Origin | None
    why: Why | None
    log: Sequence[Logged]
    person: str
    place: Place

    @property
    def version(self) -> Version | None:
        """Of a journey, if it is of one."""
        return self.origin if isinstance(self.origin, Version) else None


def messages(connection: Connection, filters: Mapping[str, Any], start: Cursor) -> Listed:
    """``filters``: column → value, for the columns that lists may be filtered by."""
    names = frozenset(filters)
    values = {**filters, "at": start.at, "id": start.id, "limit": PAGE + 1}
    rows = connection.execute(queries.message_list(names), values).all()
    found = Page.of(rows, start, lambda row: Cursor(row.planned_at, row.id))
    counted = {**filters, "limit": COUNT_LIMIT + 1}
    n = connection.execute(queries.message_count(names), counted).scalar_one()
    count = _count(connection, n, estimated=not filters)
    return Listed(found, count, origins(connection, (row.version for row in found.rows)), {})


def not_written(connection: Connection, filters: Mapping[str, Any], start: Cursor) -> Listed:
    """Decisions against writing, each with its sentence; they have a journey, but neither channel nor state."""
    kept = {name: value for name, value in filters.items() if name == "journey"}
    names = frozenset(kept)
    values = {**kept, "at": start.at, "id": start.id, "limit": PAGE + 1}
    rows = connection.execute(queries.not_written(names), values).all()
    found = Page.of(rows, start, lambda row: Cursor(row.decided_at, row.id))
    n = connection.execute(queries.not_written_count(names), {**kept, "limit": COUNT_LIMIT + 1}).scalar_one()
    whys = {row.id: row.reasons.get("sentence", "") for row in found.rows}
    known = origins(connection, (row.version for row in found.rows))
    return Listed(found, _count(connection, n, estimated=False), known, whys)


def _count(connection: Connection, n: int, *, estimated: bool) -> Count:
    if n <= COUNT_LIMIT:
        return Count(n)
    if not estimated:
        return Count(COUNT_LIMIT, more=True)
    return Count(max(n, connection.execute(queries.ESTIMATE).scalar_one()), estimate=True)


def row_of(connection: Connection, abucket: int, number: int) -> Row[Any]:
    row = connection.execute(queries.MESSAGE, {"abucket": abucket, "id": number}).one_or_none()
    if row is None:
        raise NotFoundError("There is no such message", "The address may be mistyped, or the message was erased.")
    return row


def message(connection: Connection, abucket: int, number: int, shop: Place) -> Shown:
    row = row_of(connection, abucket, number)
    key = {"bucket": row.bucket, "id": number}
    person = connection.execute(queries.PERSON, {"bucket": row.bucket, "person": row.person}).one_or_none()
    place = _place(row, person.zone if person else None, shop)
    decided = connection.execute(queries.DECISION, key).one_or_none()
    log = connection.execute(queries.LOG, {"abucket": abucket, "id": number})
    return Shown(
        row,
        origins(connection, [row.version]).get(row.version),
        read_reasons(decided.reasons, place) if decided else None,
        [Logged(one.at, one.to_state, one.rule, _until(one.detail, place), _laws(one.detail)) for one in log],
        name_of(person.traits) if person else "",
        place,
    )


def _place(row: Row[Any], zone: int | None, shop: Place) -> Place:
    if zone is not None:
        return Place(zone, "their time")
    return (
        Place(row.zones[0], "by their area code") if row.zones else Place(shop.zone, "shop’s time, theirs is unknown")
    )


def _laws(detail: Any) -> tuple[Named, ...]:
    held = detail.get("held") if isinstance(detail, dict) else None
    return tuple(map(named, held or ()))


def _until(detail: Any, place: Place) -> str:
    """When a message that was put off is tried again, in the person's time."""
    until = detail.get("until") if isinstance(detail, dict) else None
    return place.full(datetime.fromisoformat(until)) if until else ""
