"""The tick: one transaction that carries buckets forward to ``now``."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from antiphon.audiences.segments.failures import SegmentFailedError
from antiphon.audiences.segments.upkeep import Keeper, Kept, hold
from antiphon.catalogue.offers import queries as offers
from antiphon.decisions.settings import BrandSettings
from antiphon.engine import queries
from antiphon.engine.advance import advance
from antiphon.engine.archive import Archive
from antiphon.engine.counting import count_delivered
from antiphon.engine.failures import VersionFailedError, reading
from antiphon.engine.moving import Mover
from antiphon.engine.parts import Parts
from antiphon.engine.react import Scope, react
from antiphon.engine.work import Work
from antiphon.journeys import abandonment
from antiphon.journeys import queries as journeys
from antiphon.journeys.abandonment import AbandonmentSettings
from antiphon.journeys.errands import asking as errands
from antiphon.journeys.registry import Registry
from antiphon.journeys.steps import offer
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import keys

log = structlog.get_logger(__name__)

#: About a second of work where messages come of it; as much as others may have to wait for their part of a backlog.
LIMIT = 10_000
#: After an error: few enough to find the guilty version quickly.
SMALL_LIMIT = 50
#: How much less a tick may do after one that failed with more, and for how long.
_LESS = 8
_CAREFUL_FOR = timedelta(minutes=10)
STATEMENT_TIMEOUT = timedelta(seconds=60)
#: When to come again for buckets that somebody else held: they may have left more than they could do.
SOON = timedelta(milliseconds=100)
#: How often the least due instant of a bucket is looked up, whatever is known of it.
_FLOOR_GOOD_FOR = timedelta(minutes=5)


@dataclass(slots=True)
class TickReport:
    """What a tick did. ``more``: there is work left that is due already. ``next_due``: when the next work falls due."""

    now: datetime
    buckets: int = 0
    reacted: int = 0
    derived: int = 0
    entered: int = 0
    moved: int = 0
    decided: int = 0
    planned: int = 0
    commands: int = 0  # how many wait
    occasions: bool = False  # of products, that are to be told
    feeds: bool = False  # of products, that are coming in
    campaigns: bool = False  # under way
    offers: bool = False  # there are some, or somebody asked for a code of one
    errands: bool = False  # some wait to be done
    more: bool = False
    next_due: datetime | None = None
    held: list[int] = field(default_factory=list)  # versions
    held_segments: list[str] = field(default_factory=list)
    segments: Kept = field(default_factory=Kept)


class Ticker:
    """Carries buckets forward. One per worker; any number of workers, because a tick locks what it touches."""

    def __init__(self, database: Database, registry: Registry, settings: AbandonmentSettings | None = None) -> None:
        self._database = database
        self._registry = registry
        self._abandonment = settings or AbandonmentSettings()
        self._archive = Archive()
        self._mover = Mover()
        self._parts = Parts()
        self._floor_checked: dict[int, datetime] = {}  # by bucket, of which a tick may have others than the last
        self._careful = LIMIT  # the most that a tick may do, until
        self._careful_until: datetime | None = None
        self._keeper = Keeper()

    def tick(self, now: datetime, buckets: Sequence[int] = BUCKETS, limit: int = LIMIT) -> TickReport:
        """Carry forward those of ``buckets`` that nobody else holds.

        A version whose own SQL fails is held, with its error, and the others go on: the tick is made again with few
        runs, and what fails then too is the version's fault. So is a segment.
        """
        if self._careful_until is not None and now >= self._careful_until:
            self._careful, self._careful_until = LIMIT, None
        limit = min(limit, self._careful)
        try:
            return self._tick(now, buckets, limit)
        except (VersionFailedError, SegmentFailedError) as first:
            log.warning("tick failed, trying with few runs", failed=str(first))
            # a version that is only slow would cost a timeout in each tick: it goes on in small portions for a while
            self._careful, self._careful_until = max(SMALL_LIMIT, limit // _LESS), now + _CAREFUL_FOR
        try:
            return self._tick(now, buckets, SMALL_LIMIT)
        except VersionFailedError as failure:
            log.exception("version held", version=failure.version, where=failure.where)
            with self._database.begin("commands") as connection:
                held = {"version": failure.version, "now": now, "error": f"{failure.where}: {failure.words}"}
                connection.execute(journeys.HOLD_VERSION, held)
            return TickReport(now, more=True, held=[failure.version])
        except SegmentFailedError as failure:
            # its cause would repeat the people's numbers
            log.error("segment held", segment=failure.name, where=failure.where, error=failure.words)  # noqa: TRY400
            with self._database.begin("segments") as connection:
                hold(connection, failure, now)
            return TickReport(now, more=True, held_segments=[failure.name])

    def _tick(self, now: datetime, buckets: Sequence[int], limit: int) -> TickReport:
        with ExitStack() as undone:
            undone.callback(self._forget)  # what it remembers to have done, where nothing was done
            report, finished = self._in_one(now, buckets, limit)
            undone.pop_all()
        self._parts.committed(finished=finished)
        return report

    def _forget(self) -> None:
        self._archive.forget()
        self._mover.forget()
        self._floor_checked.clear()

    def _in_one(self, now: datetime, buckets: Sequence[int], limit: int) -> tuple[TickReport, bool]:
        """One transaction; and whether it came to the end of what is due in its buckets."""
        with self._database.begin("tick", durable=False, statement_timeout=STATEMENT_TIMEOUT) as connection:
            mine = keys(self._parts.lock(connection, buckets))
            report = TickReport(now, buckets=len(mine))
            if not mine:
                report.next_due = now + SOON
                return report, True
            limit = self._parts.share(limit, SMALL_LIMIT)
            start = connection.execute(queries.START, {"buckets": mine}).one()
            with reading():
                self._registry.refresh(connection)
            scope, fresh = _scope(connection, now, mine, start.batch, limit)
            floor = self._floor(connection, scope, fresh, start.floor)
            live = list(self._registry.live.values())
            archived = self._registry.archived
            ended, none_left = self._archive.end_runs(connection, now, mine, archived, limit)
            if start.answered:
                connection.execute(offer.WAKE, {"buckets": mine, "floor": floor})
            if start.errands_done:
                connection.execute(errands.WAKE, {"buckets": mine, "floor": floor})
            if start.answered or start.errands_done:
                self._mover.forget()  # who rested for an answer goes along, before the old version writes to them
            carried, all_carried = self._mover.move(connection, now, mine, self._registry.movings, limit)
            none_left = none_left and all_carried
            written_to = count_delivered(connection, mine) if start.delivered else ()
            segments = partial(self._keeper.keep, connection, now, mine, scope.batch, written_to, limit)
            if start.offers and fresh:
                connection.execute(offers.NOTE_USES, scope.values())
            reacted = react(connection, scope, live, start.zone, self._abandonment, fresh, segments)
            if reacted.derived and floor > now - 2 * self._abandonment.forget:
                floor = now - 2 * self._abandonment.forget  # derived events may lie back as far as an outage
            work = Work(
                now,
                mine,
                floor,
                self._registry.live,
                self._registry.policies(),
                BrandSettings.model_validate(start.settings),
                limit,
                start.batch,
                self._registry.standing or not none_left,
            )
            done = advance(connection, work)
            if start.answered:
                connection.execute(offer.FORGET, {"buckets": mine})
            if start.errands_done:
                connection.execute(errands.FORGET, {"buckets": mine})
            report.reacted, report.derived, report.entered = reacted.events, reacted.derived, reacted.entered
            report.moved = ended + carried + reacted.moved + done.moved
            report.decided, report.planned = done.decided, done.planned
            caught_up = scope.batch == start.batch
            settled = done.drained and not done.standing
            self._settle(connection, work, start.horizon if caught_up else None, settled)
            report.commands, report.occasions, report.feeds, report.campaigns = (
                start.commands, start.occasions, start.feeds, start.campaigns,
            )  # fmt: skip
            report.offers, report.errands = start.offers or done.codes, start.errands or done.errands
            report.segments = reacted.segments
            finished = caught_up and done.drained and none_left
            report.more = not finished or self._parts.partly or report.commands > 0
            report.more = report.more or reacted.segments.more or done.told
            report.next_due = self._next_due(connection, mine, now, all_of_them=len(mine) == len(buckets))
            return report, finished

    def _floor(self, connection: Connection, scope: Scope, fresh: int, known: datetime) -> datetime:
        """The least instant at which a run of these buckets may be due; now and then looked up afresh."""
        good_since = scope.now - _FLOOR_GOOD_FOR
        if any(self._floor_checked.get(bucket, good_since) <= good_since for bucket in scope.buckets):
            self._archive.forget()
            self._mover.forget()
            self._floor_checked |= dict.fromkeys(scope.buckets, scope.now)
            known = connection.execute(queries.TRUE_FLOOR, scope.values()).scalar_one() or scope.now
        lowest = [known, scope.now]
        if fresh:
            lowest.append(connection.execute(queries.EARLIEST_FRESH, scope.values()).scalar_one())
        return min(lowest)

    @staticmethod
    def _settle(connection: Connection, work: Work, horizon: datetime | None, settled: bool) -> None:
        connection.execute(
            queries.ADVANCE_BUCKETS,
            {
                "buckets": work.buckets,
                "reacted_through": horizon or "-infinity",
                "floor": work.now if settled else work.floor,
            },
        )

    def _next_due(
        self, connection: Connection, buckets: list[int], now: datetime, *, all_of_them: bool
    ) -> datetime | None:
        runs = connection.execute(journeys.NEXT_DUE_RUN, {"buckets": buckets, "floor": now}).scalar_one()
        silence = abandonment.next_due(connection, buckets, self._abandonment)
        truths = self._keeper.next_due(connection, buckets)
        soon = None if all_of_them else now + SOON
        return min((at for at in (runs, silence, truths, soon) if at is not None), default=None)


def _scope(connection: Connection, now: datetime, buckets: list[int], newest: int, limit: int) -> tuple[Scope, int]:
    """Whole batches of fresh events, at least one and about ``limit`` rows at most; and how many rows they are."""
    batches = connection.execute(queries.FRESH_BATCHES, {"buckets": buckets, "batch": newest}).all()
    taken, rows = newest, 0
    for place, row in enumerate(batches):
        if place and rows + row.n > limit:
            taken = batches[place - 1].batch
            break
        rows += row.n
    return Scope(now, buckets, taken), rows
