"""The stage ``errands``: does what runs asked for, and answers them.

Calls are claimed for a time and committed before anybody is called; they are made beside the cycles, which must not wait for
other people's servers. A crash in between lets the claim run out: the same call is made again, under the same id.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from antiphon.engine.errands import queries, wire
from antiphon.engine.errands.bodies import Bodies
from antiphon.engine.errands.calling import outcome_of
from antiphon.engine.errands.marking import mark
from antiphon.engine.errands.models import Answer, Calls, Errand, Outcome, Ran
from antiphon.engine.errands.reading import claim, pointers_of
from antiphon.engine.errands.updating import hand_in
from antiphon.journeys.errands.addresses import place_of
from antiphon.journeys.errands.hosts import hosts
from antiphon.journeys.registry import Registry
from antiphon.journeys.steps.base import BaseStep
from antiphon.journeys.steps.call import CallStep
from antiphon.journeys.steps.update import UpdateStep
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

log = structlog.get_logger(__name__)

#: How far one turn looks into a backlog, and what it takes of it.
LOOK, UPDATES = 20_000, 5_000
#: Calls that are made at once, and those of one step among them: a server that is slow must not hold up all others.
CALLS, CALLS_OF_STEP = 128, 32
#: How long whoever claimed a call has for it; longer than a call can last with all that is beside it.
LEASE = timedelta(seconds=60)
#: When it is looked again whether the resolver has come so far.
SOON = timedelta(milliseconds=200)

Clock = Callable[[], datetime]


class Errands:
    """One per worker. Asked in every cycle in which the tick saw errands."""

    def __init__(self, database: Database, registry: Registry, signer: Signer) -> None:
        self._database = database
        self._registry = registry
        self._bodies = Bodies(signer)
        self._calling: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None
        #: Called when calls were answered beside the cycles.
        self.ring: Callable[[], None] | None = None

    def carry_on(self, now: datetime, clock: Clock | None = None) -> Ran:
        """Do what is due. On a virtual clock (``clock`` is ``None``) calls are made and answered in this very turn, as of
        ``now``; else beside the cycles, and ``ring`` says when they are."""
        with self._database.read() as connection:
            agenda = connection.execute(queries.AGENDA, {"now": now}).one()
            due = connection.execute(queries.DUE_STEPS, {"now": now, "look": LOOK}).all()
        done = Ran(next_due=agenda.try_at)
        if agenda.sent_at is not None:
            if agenda.horizon is not None and agenda.sent_at <= agenda.horizon:
                done.answered = self._answer(agenda.horizon, now)
            else:
                done.next_due = min(now + SOON, agenda.try_at or now + SOON)
        if updates := [row for row in due if row.kind == "update"]:
            done.sent = self._update(updates, now, virtual=clock is None)
        if calls := [row for row in due if row.kind == "call"]:
            self._call(calls, now, clock, done)
        done.more = done.sent + done.answered > 0 or done.more
        return done

    def close(self, patience: float = wire.TOTAL) -> None:
        """Wait for calls under way; what is not answered then is called again once its claim has run out."""
        if self._under_way is not None:
            try:
                self._under_way.result(patience)
            except FutureTimeoutError:
                log.warning("calls were left under way")
        if self._calling is not None:
            self._calling.shutdown(wait=False, cancel_futures=True)

    def _answer(self, horizon: datetime, now: datetime) -> int:
        """Answer the changes that the resolver has made."""
        with self._database.begin("errands") as connection:
            mine = connection.execute(queries.ARRIVED_BUCKETS, {"horizon": horizon}).scalars().all()
            lock_buckets(connection, sorted(mine))
            given = {"buckets": list(mine), "horizon": horizon, "now": now}
            return connection.execute(queries.ARRIVED, given).rowcount

    def _update(self, rows: Sequence[Any], now: datetime, *, virtual: bool) -> int:
        with self._database.begin("errands") as connection:
            if not connection.execute(queries.TRY_UPDATING).scalar_one():
                return 0  # another worker is at it
            share = max(1, UPDATES // len(rows))
            errands = self._claim(connection, rows, now, share, UPDATES)
            known = [(one, step) for one in errands if isinstance(step := self._step(one), UpdateStep)]
            pointers = pointers_of(connection, [one for one, _ in known])
            hand_in(connection, known, pointers, now if virtual else None)
            return len(known)

    def _call(self, rows: Sequence[Any], now: datetime, clock: Clock | None, done: Ran) -> None:
        if self._under_way is not None and not self._under_way.done():
            return  # its end rings
        calls = self.claim(rows, now)
        done.called = len(calls.requests) + len(calls.refused)
        if not done.called:
            return
        if clock is None:
            self.finish(calls, lambda: now)
            done.more = True
            return
        self._calling = self._calling or ThreadPoolExecutor(1, thread_name_prefix="calls")
        self._under_way = self._calling.submit(self._beside, calls, clock)

    def claim(self, rows: Sequence[Any], now: datetime) -> Calls:
        """Take calls until their lease ends, and make up what is to be sent."""
        with self._database.begin("errands") as connection:
            errands = self._claim(connection, rows, now, CALLS_OF_STEP, CALLS)
            known = [(one, step) for one in errands if isinstance(step := self._step(one), CallStep)]
            return self._bodies.made(connection, known, now)

    def finish(self, calls: Calls, clock: Clock) -> None:
        """Make claimed calls and write down what came of them."""
        with self._database.read() as connection:
            allowed = hosts(connection)
        answers = wire.call_all([request for _, request in calls.requests], allowed)
        now = clock()
        found: list[tuple[Errand, Answer]] = [
            *zip((errand for errand, _ in calls.requests), answers, strict=True),
            *calls.refused,
        ]
        outcomes = [self._outcome(errand, answer, now) for errand, answer in found]
        with self._database.begin("errands") as connection:
            mark(connection, outcomes, now)

    def _beside(self, calls: Calls, clock: Clock) -> None:
        try:
            self.finish(calls, clock)
        except (DBAPIError, OSError) as error:
            log.warning("calls wait", error=str(error).splitlines()[0])
        except Exception:
            log.exception("calls failed")
        if self.ring is not None:
            self.ring()

    def _outcome(self, errand: Errand, answer: Answer, now: datetime) -> Outcome:
        step = self._step(errand)
        where = place_of(step.url).words if isinstance(step, CallStep) else ""
        return outcome_of(errand, where, answer, now)

    def _claim(self, connection: Connection, rows: Sequence[Any], now: datetime, each: int, most: int) -> list[Errand]:
        due: list[Any] = []
        for row in rows:
            if len(due) < most:
                given = {"version": row.version, "step": row.step, "now": now, "limit": min(each, most - len(due))}
                due += connection.execute(queries.DUE, given).all()
        return claim(connection, due, now + LEASE)

    def _step(self, errand: Errand) -> BaseStep | None:
        """The step of an errand; ``None`` of a version that is not at work: its run will end."""
        one = self._registry.live.get(errand.version)
        return None if one is None else one.version.journey.step(errand.step)
