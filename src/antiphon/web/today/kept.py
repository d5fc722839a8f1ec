"""Figures over millions of rows are counted once in a while, not for every look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from sqlalchemy import text

from antiphon.store.db import Database
from antiphon.web.today import read
from antiphon.web.today.models import Barred, Period, Tile

#: Figures are counted anew after this, or after so many times as long as the counting took.
SHORTEST, TIMES = timedelta(seconds=10), 30
#: Counting a month of a large shop may take longer than a page should.
TIMEOUT = "60s"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted over ``span``, and how long it may be shown."""

    span: Period
    tiles: list[Tile]
    barred: list[Barred]
    not_written: list[tuple[str, int]]
    lasts: timedelta


class KeptFigures:
    """The figures of each period; one request counts, others wait for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[int, Figures] = {}
        self._lock = Lock()

    def of(self, days: int, now: datetime) -> Figures:
        with self._lock:
            kept = self._kept.get(days)
            if kept is None or not kept.span.end <= now < kept.span.end + kept.lasts:
                kept = self._kept[days] = self._count(read.period(days, now))
            return kept

    def _count(self, span: Period) -> Figures:
        began = monotonic()
        with self._database.read() as connection:
            connection.execute(text(f"SET LOCAL statement_timeout = '{TIMEOUT}'"))
            tiles, barred = read.tiles(connection, span), read.barred(connection, span)
            not_written = read.not_written(connection, span)
        took = timedelta(seconds=monotonic() - began)
        return Figures(span, tiles, barred, not_written, max(SHORTEST, TIMES * took))
