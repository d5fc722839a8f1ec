"""How many a condition holds for now, and a few of them, in the time that somebody waits for a page.

Everybody is counted by one statement where PostgreSQL believes that it can: it reads each table once, with all cores that it
may take. Else, or when that is not done in time, portions of buckets are, one after the other until time is up. Buckets hold
people by a hash, so each is a sample of everybody: when all of them were counted the number is exact, else it is what the
counted ones come to, with its interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, sqrt
from statistics import variance
from typing import Any

from sqlalchemy import Connection, bindparam, func, text
from sqlalchemy.exc import OperationalError

from antiphon.audiences.evaluate import Who, evaluate
from antiphon.audiences.models import Condition
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.errors import AntiphonError
from antiphon.store.explain import cost
from antiphon.store.keys import keys
from antiphon.store.schema import Instant

#: Seconds that counting may take, and that a single portion may overrun them.
BUDGET, OVERRUN = 1.4, 0.4
#: Of these, counting everybody at once may take so many; and portions have so many at least, when it took them for nothing.
AT_ONCE, _AFTER = 1.2, 0.4
#: What counting everybody at once may cost at most by PostgreSQL's belief, before it is not even tried.
MOST_COST = 200_000.0
SAMPLE = 5
_PILOT = 4
_SURE = 1.96  # 95 of 100 intervals hold the number
_TIMEOUT = text("SELECT set_config('statement_timeout', :ms, true)")
_BEFORE = text("SELECT current_setting('statement_timeout')")
# Everybody's rows of one table, put aside to be looked up: what a server allows by default is too little for a million.
_MEMORY = text("SELECT set_config('work_mem', '64MB', true)")


@dataclass(frozen=True, slots=True)
class Counted:
    """``n`` people; ``exact``, or else between ``low`` and ``high`` in 95 of 100 cases, from ``share`` of all people."""

    n: int
    low: int
    high: int
    share: float
    sample: tuple[Who, ...]

    @property
    def exact(self) -> bool:
        return self.share >= 1


class TooSlowError(AntiphonError):
    """Not even a small part of the people could be counted in time."""


def count(
    connection: Connection, condition: Condition, now: datetime, clock: Callable[[], float], budget: float = BUDGET
) -> Counted:
    """Count inside an open reading transaction. ``clock`` tells seconds, for the pace alone.

    Raises ``TooSlowError`` where one portion takes longer than all may.
    """
    asked = evaluate(condition, bindparam("now", now, type_=Instant))
    told = asked.selected_columns
    per_bucket = asked.with_only_columns(told.bucket, func.count().label("n")).where(told.truth).group_by(told.bucket)
    allowed = connection.execute(_BEFORE).scalar_one()
    connection.execute(_MEMORY)
    started = clock()
    found: dict[int, int] | None = None
    if cost(connection, per_bucket, {"buckets": keys(BUCKETS)}) <= MOST_COST:
        found = _told(connection, per_bucket, BUCKETS, AT_ONCE * budget / BUDGET)
    if found is None:
        found = _portions(connection, per_bucket, clock, max(budget - (clock() - started), _AFTER))
    connection.execute(_TIMEOUT, {"ms": allowed})
    return _counted(list(found.values()), _sample(connection, asked, found))


def _portions(connection: Connection, per_bucket: Any, clock: Callable[[], float], budget: float) -> dict[int, int]:
    """People by bucket, of as many buckets as ``budget`` seconds allow."""
    started = clock()
    found: dict[int, int] = {}
    done, size = 0, _PILOT
    while done < len(BUCKETS):
        left = budget - (clock() - started)
        if done and left <= 0:
            break
        portion = BUCKETS[done : done + size]
        before = clock()
        told = _told(connection, per_bucket, portion, max(left, 0.1) + OVERRUN)
        if told is None and not done:
            raise TooSlowError(
                "This condition takes too long to count.", "Take it apart into segments, or ask for shorter windows."
            )
        if told is None:
            break
        found |= told
        done += len(portion)
        pace = max((clock() - before) / len(portion), 1e-6)
        size = min(len(BUCKETS) - done, max(1, int((budget - (clock() - started)) / pace * 0.8)), done * 8)
    return found


def _told(connection: Connection, per_bucket: Any, portion: Sequence[int], seconds: float) -> dict[int, int] | None:
    """People by bucket; None when that took too long."""
    connection.execute(_TIMEOUT, {"ms": str(int(seconds * 1000))})
    try:
        with connection.begin_nested():
            rows = connection.execute(per_bucket, {"buckets": keys(portion)}).all()
    except OperationalError:
        return None
    counted = {row.bucket: row.n for row in rows}
    return {bucket: counted.get(bucket, 0) for bucket in portion}


def _sample(connection: Connection, asked: Any, found: dict[int, int]) -> tuple[Who, ...]:
    """Some of those who were counted: from as few buckets as hold enough of them."""
    some, n = [], 0
    for bucket, each in found.items():
        if each and n < SAMPLE:
            some.append(bucket)
            n += each
    if not some:
        return ()
    told = asked.selected_columns
    few = asked.with_only_columns(told.bucket, told.person).where(told.truth).limit(SAMPLE)
    rows = connection.execute(few, {"buckets": keys(some)}).all()
    return tuple((row.bucket, row.person) for row in rows)


def _counted(each: Sequence[int], sample: tuple[Who, ...]) -> Counted:
    of, all_of = len(each), len(BUCKETS)
    total = sum(each)
    if of == all_of:
        return Counted(total, total, total, 1.0, sample)
    n = total * all_of / of
    # as many as were found vary like this among buckets; of none found, up to three may be (the rule of three)
    spread = variance(each) if of > 1 else float(total)
    error = _SURE * all_of * sqrt(max(spread, total / of) / of * (1 - of / all_of))
    high = n + error if total else 3 * all_of / of
    return Counted(round(n), max(total, int(n - error)), ceil(high), of / all_of, sample)


def members(connection: Connection, number: int, after: Who | None, limit: int) -> list[Any]:
    """Members of a segment by bucket and person: bucket, person, since."""
    bucket, person = after or (-1, 0)
    given = {"segment": number, "bucket": bucket, "person": person, "limit": limit}
    return list(connection.execute(_MEMBERS, given))


_MEMBERS = text("""
    SELECT bucket, person, since FROM segment_member
    WHERE segment = :segment AND (bucket, person) > (:bucket, :person) ORDER BY bucket, person LIMIT :limit
""")

__all__ = ["BUDGET", "Counted", "TooSlowError", "count", "members"]
