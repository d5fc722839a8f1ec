"""Who answered campaigns, counted once in a while, not for every look."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from sqlalchemy import text

from antiphon.store.db import Database
from antiphon.web.campaigns import queries

#: Counted anew after this, or after so many times as long as the counting took.
SHORTEST, TIMES = timedelta(seconds=10), 30
#: Answers of older campaigns change no more.
RECENT = timedelta(days=60)
#: Counting may take longer than a page should, once in a while.
TIMEOUT = "20s"


@dataclass(frozen=True, slots=True)
class Answers:
    """People: ``clicked`` a link of it, ``answered``: that, or a reply, a visit or an order on its channel since."""

    clicked: int = 0
    answered: int = 0


#: Channel → its answers.
ByChannel = dict[str, Answers]


class KeptAnswers:
    """By the numbers that campaigns' messages bear."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[int, tuple[datetime, timedelta, ByChannel]] = {}
        self._lock = Lock()

    def of(self, opened: Iterable[tuple[int, datetime]], now: datetime) -> dict[int, ByChannel]:
        """Of campaigns by number, with when their windows opened."""
        wanted = dict(opened)
        with self._lock:
            stale = {one: at for one, at in wanted.items() if not self._fresh(one, now)}
            if stale:
                began = monotonic()
                found = self._count(list(stale), min(stale.values()))
                lasts = max(SHORTEST, TIMES * timedelta(seconds=monotonic() - began))
                self._kept.update({one: (now, lasts, found.get(one, {})) for one in stale})
            return {one: self._kept[one][2] for one in wanted}

    def _fresh(self, one: int, now: datetime) -> bool:
        kept = self._kept.get(one)
        return kept is not None and kept[0] <= now < kept[0] + kept[1]

    def _count(self, origins: list[int], since: datetime) -> dict[int, ByChannel]:
        found: dict[int, ByChannel] = defaultdict(dict)
        with self._database.read() as connection:
            connection.execute(text(f"SET LOCAL statement_timeout = '{TIMEOUT}'"))
            for row in connection.execute(queries.ANSWERS, {"origins": origins, "since": since}):
                found[row.journey][row.channel] = Answers(row.clicked, row.answered)
        return found
