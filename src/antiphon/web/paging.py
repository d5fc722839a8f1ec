"""Pages of long lists: by key, never by offset, so that page one thousand costs what page one costs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from antiphon.kit.errors import AntiphonError

PAGE = 50
#: Lists longer than this are not counted to the end.
COUNT_LIMIT = 10_000

Row = TypeVar("Row")


_CUT_OFF = ("This page address was cut off.", "Go back to the start of the list.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place behind which a page begins: an instant and an id that breaks its ties."""

    at: datetime
    id: int

    def __str__(self) -> str:
        raw = f"{self.at.astimezone(UTC).isoformat()}|{self.id}"
        return urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()

    @staticmethod
    def parse(text: str) -> "Cursor":
        try:
            at, _, number = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode().partition("|")
            return Cursor(datetime.fromisoformat(at).astimezone(UTC), int(number))
        except (ValueError, OverflowError, Base64Error) as error:
            raise AntiphonError(*_CUT_OFF) from error


#: Before every row: the newest come first.
START = Cursor(datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1)


def cursor_from(text: str) -> Cursor:
    """Where a page of rows begins, whose ids are the database's: no row has a larger one."""
    found = Cursor.parse(text) if text else START
    if abs(found.id) > START.id:
        raise AntiphonError(*_CUT_OFF)
    return found


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Up to ``PAGE`` rows, and the cursor of the next page when there is one."""

    rows: Sequence[Row]
    after: Cursor | None
    first: bool

    @staticmethod
    def of(rows: Sequence[Row], start: Cursor, cursor: Callable[[Row], Cursor]) -> "Page[Row]":
        """From up to ``PAGE + 1`` rows as queried."""
        more = len(rows) > PAGE
        return Page(rows[:PAGE], cursor(rows[PAGE - 1]) if more else None, start == START)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a list has: exact up to ``COUNT_LIMIT``, beyond that ``more``, or the planner's estimate."""

    n: int
    more: bool = False
    estimate: bool = False
