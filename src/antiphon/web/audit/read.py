"""Reading the audit log: a page of it, or all of it in portions."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, RowMapping

from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database
from antiphon.web.audit import queries
from antiphon.web.paging import COUNT_LIMIT, PAGE, START, Count, Cursor, Page

#: Rows of an export that one short transaction reads.
_PORTION = 1_000

_COLUMNS = ("at", "kind", "who", "origin", "area", "what", "about", "before", "after")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asks for; days are UTC's, both included."""

    area: str = ""
    who: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    def values(self, start: Cursor, limit: int) -> dict[str, Any]:
        """The parameters of ``queries``. Raises ``AntiphonError`` for what is no day."""
        until = _day(self.until)
        return {
            "area": self.area or None,
            "who": self.who or None,
            "about": self.about or None,
            "since": _day(self.since),
            "until": until + timedelta(days=1) if until else None,
            "at": start.at,
            "id": start.id,
            "limit": limit,
        }

    def chosen(self) -> dict[str, str]:
        names = ("area", "who", "about", "since", "until")
        return {name: value for name in names if (value := getattr(self, name))}


def _day(words: str) -> datetime | None:
    if not words:
        return None
    try:
        return datetime.combine(date.fromisoformat(words), time(), UTC)
    except ValueError as error:
        raise AntiphonError(f"{words!r} is no day.", "Write it as 2026-03-31.") from error


def entries(connection: Connection, wanted: Filter, start: Cursor) -> tuple[Page[Row[Any]], Count]:
    rows = connection.execute(queries.LIST, wanted.values(start, PAGE + 1)).all()
    n = connection.execute(queries.COUNT, wanted.values(START, COUNT_LIMIT + 1)).scalar_one()
    found = Page.of(rows, start, lambda row: Cursor(row.at, row.id))
    return found, Count(min(n, COUNT_LIMIT), more=n > COUNT_LIMIT)


def as_csv(database: Database, wanted: Filter) -> Iterator[str]:
    """The log as CSV, the newest first, each portion read by itself."""
    yield _lines([_COLUMNS])
    start = START
    while True:
        with database.read() as connection:
            rows = connection.execute(queries.LIST, wanted.values(start, _PORTION)).mappings().all()
        if not rows:
            return
        yield _lines([tuple(_cell(row, name) for name in _COLUMNS) for row in rows])
        start = Cursor(rows[-1]["at"], rows[-1]["id"])


def _cell(row: RowMapping, name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    words = orjson.dumps(value).decode() if isinstance(value, dict) else str(value)
    # a spreadsheet takes what begins like this for a formula
    return f"'{words}" if words[:1] in {"=", "+", "-", "@", "\t", "\r"} else words


def _lines(rows: list[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
