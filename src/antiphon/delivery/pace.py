"""The pace of campaigns that have one: no more messages an hour than they say, whoever claims them.

A bucket of tokens that holds a twentieth of an hour's, and refills with the rest in an hour: whatever hour one looks at, no
more have left in it. What has to wait is given a moment of its own, so that it is looked at once and not with each round.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.gate import too_late
from antiphon.delivery.models import Message, Verdict

THROTTLE = "campaign.throttle"
_HOUR = timedelta(hours=1)
_SHARE = 20


@dataclass(slots=True)
class _Pace:
    """``free_at``: when a token is free, at most a full bucket ago; ``reserved``: up to when moments were given away."""

    every: timedelta
    free_at: datetime
    reserved: datetime

    @classmethod
    def of(cls, row: Any, now: datetime) -> "_Pace":
        full = max(1, row.per_hour // _SHARE)
        every = _HOUR / max(1, row.per_hour - full)
        return cls(every, max(row.free_at, now - every * (full - 1)), row.reserved_until)

    def take(self, now: datetime) -> bool:
        if self.free_at > now:
            return False
        self.free_at += self.every
        return True

    def moment(self, now: datetime) -> datetime:
        """A moment that no other message was given."""
        self.reserved = max(self.reserved + self.every, self.free_at, now)
        return self.reserved


def in_pace(
    connection: Connection, now: datetime, messages: Sequence[Message]
) -> tuple[list[Message], list[tuple[Message, Verdict]]]:
    """Those that may leave now, and the verdicts on those that are too many."""
    campaigns = sorted({-m.journey for m in messages if m.journey < 0})
    rows = connection.execute(queries.LOCK_PACES, {"campaigns": campaigns}).all() if campaigns else []
    if not rows:
        return list(messages), []
    paces = {-row.campaign: _Pace.of(row, now) for row in rows}
    passed: list[Message] = []
    slowed: list[tuple[Message, Verdict]] = []
    for message in messages:
        pace = paces.get(message.journey)
        if pace is None or pace.take(now):
            passed.append(message)
        else:
            slowed.append((message, _later(message, pace.moment(now))))
    given = Counter(message.journey for message in passed)
    for origin, pace in paces.items():
        values = {"campaign": -origin, "free_at": pace.free_at, "reserved_until": pace.reserved, "given": given[origin]}
        connection.execute(queries.SET_PACE, values)
    return passed, slowed


def _later(message: Message, at: datetime) -> Verdict:
    """Put off, or ended where its own end comes first."""
    late = too_late(message, at)
    detail = {"campaign": -message.journey, "until": at.isoformat()}
    if late is not None:
        return Verdict("drop", late, detail=detail | {"barred_by": THROTTLE})
    return Verdict("defer", THROTTLE, at, detail)
