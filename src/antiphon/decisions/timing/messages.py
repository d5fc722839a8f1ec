"""Messages that people got and what they answered, as columns by the clocks of people, read a portion at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.models import CHANNELS
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.exposure import LONGEST, Sends
from antiphon.kit.zones import spans
from antiphon.people.counted import RESPONSES
from antiphon.store.db import Database
from antiphon.store.keys import Ids, keys

#: Answers that somebody must have given to have hours by them.
LEAST_ANSWERS = 3
#: How far back messages are looked at.
HISTORY = timedelta(days=365)
#: People at a time: 2.3 kB each for what they were exposed to.
PAGE = 1_000

_HOUR = 3600.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Messages:
    """What some people got: ``people`` by their ids, ``sends`` with these numbered, and when (seconds) of what ``origin``."""

    people: Ints
    sends: Sends
    at: Ints
    origin: Ints

    def before(self, split: int) -> Sends:
        """What was known at an instant: messages of later are not there, and answers of later neither."""
        some = self.at < split
        seen = self.sends.rows(some)
        until = np.minimum(seen.until, (split - self.at[some]) / _HOUR)
        return Sends(seen.person, seen.channel, seen.hour, until, seen.answered & (seen.until <= until))

    def later(self, split: int, now: int) -> NDArray[np.int64]:
        """Rows of messages from then on of which it is known what came of them."""
        return np.flatnonzero((self.at >= split) & (self.at < now - LONGEST * _HOUR))


def pages(database: Database, now: datetime, buckets: Sequence[int], size: int = PAGE) -> Iterator[Messages]:
    """Everybody in some buckets who answered often enough, some at a time."""
    after = -(2**63)
    while True:
        with database.read() as connection:
            given = {"buckets": keys(buckets), "after": after, "least": LEAST_ANSWERS, "limit": size}
            found = connection.execute(queries.ANSWERERS, given).all()
            if not found:
                return
            brand = connection.execute(queries.ZONE).scalar_one()
            which = {"buckets": keys([row.bucket for row in found]), "people": Ids([row.person for row in found])}
            when = {"since": now - HISTORY, "now": now}
            sent = connection.execute(queries.SENT, {**which, **when}).all()
            came = connection.execute(queries.ANSWERED, {**which, **when, "responses": list(RESPONSES)}).all()
        zones = {row.person: brand if row.zone is None else row.zone for row in found}
        yield messages(zones, sent, came, int(now.timestamp()))
        after = max(row.person for row in found)


def messages(zones: Mapping[int, int], sent: Sequence[Any], came: Sequence[Any], now: int) -> Messages:
    """From rows (person, channel, second, origin) of messages and (person, channel, second) of answers; zones by person."""
    people = np.array(sorted(zones), np.int64)
    person, channel, at, origin = _columns(sent, 4)
    who, where, when = _columns(came, 3)
    place, of = np.searchsorted(people, person), np.searchsorted(people, who)
    order = np.lexsort((at, channel, place))
    place, channel, at, origin = place[order], channel[order], at[order], origin[order]
    first = _first_answers((place, channel, at), (of, where, when))
    limit = np.minimum((now - at) / _HOUR, LONGEST)
    until = np.where(np.isnan(first), limit, (first - at) / _HOUR)
    answered = until < limit
    zone = np.array([zones[each] for each in people.tolist()], np.int64)[place]
    hour = (at + _offsets(zone, at)) / _HOUR
    return Messages(people, Sends(place, channel, hour % 24, np.minimum(until, limit), answered), at, origin)


def joined(parts: Sequence[Messages]) -> Messages:
    """Several together; nobody is in two."""
    starts = np.cumsum([0, *(len(part.people) for part in parts)])[:-1]
    columns = [
        (part.sends.person + start, part.sends.channel, part.sends.hour, part.sends.until, part.sends.answered)
        for part, start in zip(parts, starts.tolist(), strict=True)
    ]
    sends = Sends(*(np.concatenate(each) for each in zip(*columns, strict=True)))
    people, at, origin = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("people", "at", "origin")
    )
    return Messages(people, sends, at, origin)


def _columns(rows: Sequence[Any], number: int) -> tuple[Ints, ...]:
    return tuple(np.array([tuple(row) for row in rows], np.int64).reshape(-1, number).T)


def _first_answers(sent: tuple[Ints, Ints, Ints], came: tuple[Ints, Ints, Ints]) -> Floats:
    """The second of each message's first answer: one belongs to the newest message of its person and channel before it."""
    found = np.full(len(sent[2]), np.nan)
    if not len(found) or not len(came[2]):
        return found
    start = int(min(sent[2].min(), came[2].min()))
    span = int(max(sent[2].max(), came[2].max())) - start + 1
    rank, asked = ((who * len(CHANNELS) + channel) * span + at - start for who, channel, at in (sent, came))
    place = np.searchsorted(rank, asked, side="right") - 1
    newest = np.maximum(place, 0)
    mine = (place >= 0) & (sent[0][newest] == came[0]) & (sent[1][newest] == came[1])
    order = np.argsort(-came[2][mine], kind="stable")  # the first of all is written last
    found[newest[mine][order]] = came[2][mine][order]
    return found


def _offsets(zone: Ints, at: Ints) -> Floats:
    """Seconds that each clock is ahead of UTC."""
    found = np.zeros(len(at))
    for each in np.unique(zone).tolist():
        rows = zone == each
        parts = spans(each)
        ends = np.array([part.end.timestamp() for part in parts[:-1]])
        offsets = np.array([part.utc_offset for part in parts], np.float64)
        found[rows] = offsets[np.searchsorted(ends, at[rows], side="right")]
    return found
