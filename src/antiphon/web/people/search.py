"""The list of people, and finding one by address, number or name."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.kit.buckets import BUCKETS, bucket_of
from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE
from antiphon.web.paging import COUNT_LIMIT, PAGE, Count, Cursor, Page
from antiphon.web.people import queries
from antiphon.web.people.models import PersonRow, Reach

#: Names are looked for among this many of the people who were here last.
NAMES_AMONG = 100_000

_PHONE = re.compile(r"\+?[\d\s().-]{3,}")


def people_page(connection: Connection, start: Cursor) -> Page[PersonRow]:
    rows = connection.execute(queries.LIST, {"at": start.at, "id": start.id, "limit": PAGE + 1}).all()
    found = Page.of(rows, start, lambda row: Cursor(row.last_seen_at, row.id))
    return Page(with_reaches(connection, found.rows), found.after, found.first)


def count(connection: Connection) -> Count:
    n = connection.execute(queries.COUNT, {"limit": COUNT_LIMIT + 1}).scalar_one()
    if n <= COUNT_LIMIT:
        return Count(n)
    return Count(max(n, connection.execute(queries.ESTIMATE).scalar_one()), estimate=True)


def find(connection: Connection, words: str) -> list[PersonRow]:
    """Up to a page of people whose address, customer id or device begins with ``words``, then those of that name."""
    ids = {person for low, kinds in _beginnings(words) for person in _by_identifier(connection, low, kinds)}
    rows: list[Row[Any]] = []
    if ids:
        values = {"buckets": [bucket_of(person) for person in ids], "people": list(ids)}
        rows = sorted(connection.execute(queries.PEOPLE, values), key=lambda row: row.last_seen_at, reverse=True)
    if "@" not in words and len(rows) < PAGE:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", " ".join(words.split())) + "%"
        named = {"among": NAMES_AMONG, "pattern": pattern, "limit": PAGE}
        rows += [row for row in connection.execute(queries.FIND_NAMES, named) if row.id not in ids]
    return list(with_reaches(connection, rows[:PAGE]))


def _beginnings(words: str) -> Iterable[tuple[str, list[str]]]:
    """The beginnings of identifiers that ``words`` may mean, with the kinds that each may be."""
    yield words.lower(), [EMAIL]
    if words.upper() != words.lower() or words[:1].isdigit():
        yield words, [CUSTOMER, DEVICE]
    if _PHONE.fullmatch(words):
        digits = re.sub(r"\D", "", words)
        yield f"+{digits}", [PHONE]
        yield f"+1{digits}", [PHONE]


def _by_identifier(connection: Connection, low: str, kinds: list[str]) -> list[int]:
    values = {"abuckets": list(BUCKETS), "kinds": kinds, "low": low, "high": low + "\U0010ffff", "limit": PAGE}
    return [row.person for row in connection.execute(queries.FIND_IDENTIFIERS, values)]


def with_reaches(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[PersonRow]:
    ids = [row.id for row in rows]
    values = {"buckets": [bucket_of(person) for person in ids], "people": ids}
    found: dict[int, list[Reach]] = {}
    for row in connection.execute(queries.REACHES, values) if ids else ():
        reach = Reach(row.channel, row.address, row.marketing, row.transactional, row.cart, row.cart_double)
        found.setdefault(row.person, []).append(reach)
    return [
        PersonRow(row.id, row.traits, row.zone, row.first_seen_at, row.last_seen_at, tuple(found.get(row.id, ())))
        for row in rows
    ]
