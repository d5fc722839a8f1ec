"""Caps on all that is planned for one person, of both channels and of all journeys and campaigns together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions import queries
from antiphon.decisions.columns import Intents
from antiphon.decisions.models import LONG_AGO
from antiphon.decisions.settings import Caps
from antiphon.store.keys import Ids, keys

_DAY, WEEK = 86_400, timedelta(days=7)


@dataclass(slots=True)
class Crowd:
    """``times`` of messages by person, in seconds from now, for those whom one more message may bring to a cap."""

    caps: Caps
    times: dict[int, list[int]] = field(default_factory=dict)

    def room_from(self, person: int) -> int:
        """From when on there is room for one more, whatever else is planned; LONG_AGO where there is room at once.

        What is planned ahead counts as well: until the last of too many is a day old, nothing is put between them.
        """
        times = sorted(self.times.get(person, ()), reverse=True)
        found = LONG_AGO
        for most, seconds in ((self.caps.day, _DAY), (self.caps.week, int(WEEK.total_seconds()))):
            if len(times) >= most:
                found = max(found, times[most - 1] + seconds)
        return found

    def add(self, person: int, due: int) -> None:
        if person in self.times:
            self.times[person].append(due)


def crowded(connection: Connection, now: datetime, intents: Intents, caps: Caps) -> tuple[Intents, Crowd]:
    """The intents with the moment from which caps leave room. Asks only about people whom it may concern."""
    persons: Sequence[int] = intents.columns["person"]
    asked = Counter(persons)
    least = min(caps.day, caps.week)
    crowd = Crowd(caps)
    whose = {
        (bucket, person)
        for bucket, person, lately in zip(intents.columns["bucket"], persons, intents.columns["lately"], strict=True)
        if lately + asked[person] > least
    }
    if not whose:
        return intents, crowd
    crowd.times = {person: [] for _, person in whose}
    for row in planned(connection, now, sorted(whose)):
        crowd.times[row.person].append(row.due)
    full = np.array([crowd.room_from(person) for person in persons], dtype=np.int32)
    return replace(intents, batch=replace(intents.batch, full=full)), crowd


def planned(connection: Connection, now: datetime, whose: Sequence[tuple[int, int]]) -> Sequence[Any]:
    """What is planned for some people (bucket, id) and keeps others away: a week back, and ahead."""
    since = now - WEEK
    called_off = connection.execute(queries.CALLED_OFF, {"since": since}).scalars().all()
    given: Mapping[str, Any] = {
        "buckets": keys([bucket for bucket, _ in whose]),
        "people": Ids(person for _, person in whose),
        "now": int(now.timestamp()),
        "at": now,
        "since": since,
        "called_off": list(called_off),
    }
    return connection.execute(queries.PLANNED, given).all()


def by_person(rows: Sequence[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    return found
