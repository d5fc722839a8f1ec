"""The tick of a campaign: picks its people, then decides them, some buckets at a time, each in a transaction of its own.

What a transaction did and that it was done commit together, under the buckets' locks: whoever dies in the middle leaves
whole buckets for others, and nobody is planned twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import orjson
import structlog
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from antiphon.campaigns import progress, queries, recalling, rejoining
from antiphon.campaigns.fitting import segments
from antiphon.campaigns.kept import Kept, kept
from antiphon.campaigns.policy import policies
from antiphon.campaigns.tally import barred_by
from antiphon.decisions.columns import Asked
from antiphon.decisions.decide import Foreseen, decide_asked
from antiphon.decisions.settings import brand_settings
from antiphon.delivery.plan import hand_over
from antiphon.kit.buckets import BUCKETS, bucket_of, hash64
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database
from antiphon.store.faults import is_the_worlds
from antiphon.store.keys import keys
from antiphon.store.locks import try_lock_buckets

log = structlog.get_logger(__name__)

#: About half a second of work, and some 100 MB of columns.
PORTION = 10_000
#: Buckets that are picked at first; then as many as take about half a second.
_FIRST, _MOST, _AIM = 16, 128, 0.5
_TIMEOUT = timedelta(seconds=60)
#: How often it is looked whether everything has left.
_LOOK = timedelta(seconds=30)
#: When to come again for what somebody else is in the middle of.
_SOON = timedelta(milliseconds=100)


@dataclass(slots=True)
class Carried:
    """``more``: there is work at this very instant; ``next_due``: when the next falls due."""

    planned: int = 0
    more: bool = False
    next_due: datetime | None = None

    def wake(self, at: datetime) -> None:
        self.next_due = at if self.next_due is None else min(self.next_due, at)


@dataclass(slots=True)
class Planner:
    """Carries campaigns forward. One per worker; ``worker`` says where among the buckets it begins."""

    database: Database
    worker: str = ""
    clock: Callable[[], float] = monotonic  # for the pace alone
    #: Called between commits (gathered, planned) and before one (decided); tests end a process here.
    checkpoint: Callable[[str], None] = lambda _name: None
    _size: int = _FIRST
    _looked: dict[int, datetime] = field(default_factory=dict)
    _rejoined: set[int] = field(default_factory=set)

    def carry_on(self, now: datetime) -> Carried:
        """One portion of each campaign that has something to do at ``now``."""
        carried = Carried()
        with self.database.read() as connection:
            rows = connection.execute(queries.ACTIVE).all()
        for row in rows:
            try:
                self._carry(kept(row), now, carried)
            except AntiphonError as error:  # it cannot be read, or names what is not there any more
                self._hold(row.id, row.slug, error.what)
            except DBAPIError as error:
                if is_the_worlds(error):
                    raise
                if isinstance(error.orig, QueryCanceled) and self._size > 1:
                    self._size, carried.more = max(1, self._size // 4), True  # picking fewer at a time may do
                    continue
                self._hold(row.id, row.slug, str(error.orig).splitlines()[0])
        return carried

    def _hold(self, number: int, slug: str, words: str) -> None:
        """Its own SQL failed: it stands still, and says why, until somebody resumes it."""
        log.error("campaign held", campaign=slug, error=words)
        with self.database.begin("campaigns") as connection:
            connection.execute(queries.HOLD, {"id": number, "error": words})

    def _carry(self, one: Kept, now: datetime, carried: Carried) -> None:
        row = one.row
        if row.waking is not None:
            if recalling.tell(self.database, one, now):
                carried.more = True
            else:
                carried.wake(now + _SOON)
        elif row.state == "planning" and now < row.gather_at:
            carried.wake(row.gather_at)
        elif row.state == "planning":
            self._plan(one, now, carried)
        elif row.state == "sending":
            self._look(one, now, carried)

    def _plan(self, one: Kept, now: datetime, carried: Carried) -> None:
        with self.database.read() as connection:
            given = {"campaign": one.id, "buckets": keys(BUCKETS)}
            known = {each.bucket: each for each in connection.execute(queries.BUCKETS, given)}
        missing = [bucket for bucket in self._order() if bucket not in known]
        if missing:
            self._gather(one, missing)
            carried.more = True
        elif one.id not in self._rejoined:
            rejoining.pick_again(self.database, one)
            self._rejoined.add(one.id)
            carried.more = True
        elif now < one.row.plan_at:
            carried.wake(one.row.plan_at)
        elif waiting := [bucket for bucket in self._order() if not known[bucket].planned]:
            carried.planned += self._decide(one, now, waiting, {bucket: known[bucket].wanted for bucket in waiting})
            carried.more = True
        else:
            if not rejoining.left_over(self.database, one):
                with self.database.begin("campaigns") as connection:
                    connection.execute(queries.PLANNED, {"id": one.id, "now": now})
            carried.more = True

    def _order(self) -> Sequence[int]:
        """The buckets, from another one on for each worker: two of them meet at the end, not at the beginning."""
        first = hash64(self.worker) % len(BUCKETS)
        return BUCKETS[first:] + BUCKETS[:first]

    def _gather(self, one: Kept, missing: Sequence[int]) -> None:
        """Pick the people of some buckets."""
        began = self.clock()
        with self.database.begin("campaigns", durable=False, statement_timeout=_TIMEOUT) as connection:
            mine = _first_free(connection, missing, [1] * len(missing), self._size)
            if not mine or not rejoining.still(connection, one):
                return
            done = set(_rows_by_bucket(connection, one, mine))
            open_ = keys([bucket for bucket in mine if bucket not in done])
            rejoining.pick(connection, one, open_)
            connection.execute(queries.COUNT_MEMBERS, {"buckets": open_, "campaign": one.id})
        self.checkpoint("gathered")
        took = max(self.clock() - began, 1e-3)
        self._size = max(1, min(_MOST, int(self._size * min(2.0, _AIM / took))))

    def _decide(self, one: Kept, now: datetime, waiting: Sequence[int], wanted: dict[int, int]) -> int:
        """Decide the people of some buckets, and put their messages into the outbox."""
        with self.database.begin("campaigns", durable=False, statement_timeout=_TIMEOUT) as connection:
            mine = _first_free(connection, waiting, [wanted[bucket] for bucket in waiting], PORTION)
            if not mine or not rejoining.still(connection, one):
                return 0
            open_ = keys([b for b, each in _rows_by_bucket(connection, one, mine).items() if not each.planned])
            asked = _asked(connection, one, open_)
            settings = brand_settings(connection.execute(queries.BRAND).one().settings)
            tick = progress.next_tick(connection)
            known = policies(one.campaign, one.origin, max(one.opens, one.row.plan_at), one.closes)
            times = max(1.0, sum(wanted.values()) / max(1, len(asked.people)))
            texts = segments(connection, one.campaign, asked.people, asked.steps)
            report, foreseen = decide_asked(connection, now, asked, tick, known, settings, times, texts)
            if report.email or report.sms:
                hand_over(connection, now, open_, tick)
            _mark(connection, one, now, open_, foreseen)
            self.checkpoint("decided")
        self.checkpoint("planned")
        return report.decided

    def _look(self, one: Kept, now: datetime, carried: Carried) -> None:
        """Whether everything has left, now and then."""
        looked = self._looked.get(one.id)
        if looked is not None and looked <= now < looked + _LOOK:
            carried.wake(looked + _LOOK)
            return
        self._looked[one.id] = now
        with self.database.read() as connection:
            still = connection.execute(queries.ANY_OPEN, {"origin": one.origin}).scalar_one()
        if still:
            carried.wake(now + _LOOK)
        else:
            progress.finish(self.database, one, now)


def _first_free(connection: Connection, wanted: Sequence[int], sizes: Sequence[int], most: int) -> list[int]:
    """Some buckets in order that nobody else holds, locked: together at most ``most``, at least one."""
    for group in _groups(wanted, sizes, most):
        if mine := try_lock_buckets(connection, group):
            return mine
    return []


def _groups(wanted: Sequence[int], sizes: Sequence[int], most: int) -> Iterator[list[int]]:
    group: list[int] = []
    filled = 0
    for bucket, size in zip(wanted, sizes, strict=True):
        if group and filled + size > most:
            yield group
            group, filled = [], 0
        group.append(bucket)
        filled += size
    if group:
        yield group


def _rows_by_bucket(connection: Connection, one: Kept, buckets: Sequence[int]) -> dict[int, Any]:
    given = {"campaign": one.id, "buckets": keys(buckets)}
    return {row.bucket: row for row in connection.execute(queries.BUCKETS, given)}


def _asked(connection: Connection, one: Kept, buckets: Sequence[int]) -> Asked:
    given = {"campaign": one.id, "origin": one.origin, "buckets": keys(buckets)}
    rows = connection.execute(queries.WANTED, given).cursor.fetchall()
    people, steps = map(list, zip(*rows, strict=True)) if rows else ([], [])
    at = max(one.opens, one.row.plan_at)
    return Asked(one.origin, at, f"campaign:{one.id}", people, steps, one.campaign.value)


def _mark(connection: Connection, one: Kept, now: datetime, buckets: Sequence[int], foreseen: Foreseen | None) -> None:
    counted: dict[int, list[int]] = {bucket: [0, 0, 0] for bucket in buckets}
    barred: dict[int, dict[str, int]] = defaultdict(dict)
    given = {"campaign": one.id, "buckets": keys(buckets)}
    barred |= {row.bucket: row.barred for row in connection.execute(queries.BARRED_BEFORE, given)}
    if foreseen is not None:
        people: Sequence[int] = foreseen.intents.columns["person"]
        rules = barred_by(foreseen)
        for person, channel, rule in zip(people, foreseen.made.channel.tolist(), rules, strict=True):
            bucket = bucket_of(person)
            counted[bucket][channel] += 1
            if rule:
                barred[bucket][rule] = barred[bucket].get(rule, 0) + 1
    values: dict[str, Any] = {**given, "now": now}
    for place, name in ((0, "emails"), (1, "texts"), (-1, "unwrittens")):
        values[name] = [counted[bucket][place] for bucket in buckets]
    values["barreds"] = [orjson.dumps(barred[bucket]).decode() for bucket in buckets]
    connection.execute(queries.MARK_PLANNED, values)
