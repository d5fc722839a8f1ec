"""The worker: cycles when something is due or somebody rings, rests otherwise."""

import os
import socket
import threading
import uuid
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from antiphon import __version__
from antiphon.engine import queries
from antiphon.engine.engine import SWEEP, Engine
from antiphon.engine.learning import Learner
from antiphon.engine.wake import Bell
from antiphon.intake.rezoning import refresh_zones
from antiphon.privacy.retention import retain

log = structlog.get_logger(__name__)

HEARTBEAT = timedelta(seconds=10)
FORGET = timedelta(days=1)
#: How often what is too old is looked for.
RETAIN = timedelta(minutes=10)
LONGEST_REST = 15.0
#: After an error of the world (a database that restarts, a full disk) it tries again after this, then ever more slowly.
FIRST_RETRY, LAST_RETRY = 0.2, 15.0


def worker_name() -> str:
    """A name that no other worker has: host, process, and something random for what outlives both."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"


class Worker:
    """Runs cycles until it is stopped. One thread; any number of workers, in any processes."""

    def __init__(self, engine: Engine, bell: Bell, name: str) -> None:
        self.engine = engine
        self.bell = bell
        self.name = name
        self.trouble: str | None = None
        engine.errands.ring = bell.ring
        self._learner = Learner(engine.database)
        self._stopping = threading.Event()
        self._beat: datetime | None = None
        self._swept: datetime | None = None
        self._retained: datetime | None = None
        self._zones_fresh = False  # the data comes with the release: once it is done, it is done
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="worker")
        self._thread.start()

    def stop(self, patience: float = 30.0) -> None:
        """Finish the cycle under way and leave. Safe to call from a signal handler's thread."""
        self._stopping.set()
        self.bell.ring()
        if self._thread is not None:
            self._thread.join(patience)

    def run(self) -> None:
        """Cycle until stopped. An error is logged, waited out and tried again: nothing is lost by it.

        One that nobody foresaw is no reason to end: the pages would go on, and nobody would carry anything forward.
        """
        retry = FIRST_RETRY
        while not self._stopping.is_set():
            try:
                rest = self._cycle()
            except Exception as error:  # noqa: BLE001  # the worker's thread is the last to hear of it
                words = str(error.orig if isinstance(error, DBAPIError) else error) or type(error).__name__
                self.trouble = words.splitlines()[0]
                tell = log.warning if isinstance(error, DBAPIError | OSError) else log.exception
                tell("worker waits", error=self.trouble, seconds=retry)
                self._stopping.wait(retry)
                retry = min(retry * 2, LAST_RETRY)
                continue
            self.trouble, retry = None, FIRST_RETRY
            if rest > 0:
                self.bell.wait(rest)
        self._leave()

    def _cycle(self) -> float:
        """One cycle; returns how many seconds nothing is due."""
        report = self.engine.cycle()
        self._upkeep(report.now)
        if report.more:
            return 0.0
        if report.tick.planned or report.dispatched.claimed:
            return 0.001  # what was planned may be due already
        due = report.next_due
        rest = (due - report.now).total_seconds() if due else LONGEST_REST
        return max(0.01, min(rest, LONGEST_REST))

    def _upkeep(self, now: datetime) -> None:
        if self._beat is None or now - self._beat >= HEARTBEAT:
            self._beat = now
            with self.engine.database.begin("worker", durable=False) as connection:
                note = {"id": self.name, "host": socket.gethostname(), "pid": os.getpid(), "now": now}
                connection.execute(queries.HEARTBEAT, note | {"version": __version__, "note": self.trouble})
        if self._retained is None or now - self._retained >= RETAIN:
            self._retained = now
            retain(self.engine.database, now)
        if self._swept is None or now - self._swept >= SWEEP:
            self._swept = now
            self.engine.sweep(now)
            if not self._zones_fresh:
                self._zones_fresh = refresh_zones(self.engine.database, now).done
        self._learner.carry_on(now)

    def _leave(self) -> None:
        self._learner.stop()
        try:
            with self.engine.database.begin("worker", durable=False) as connection:
                before = (self._beat or datetime.now().astimezone()) - FORGET
                connection.execute(queries.FORGET_WORKERS, {"id": self.name, "before": before})
        except OperationalError as error:
            log.warning("worker could not sign off", error=str(error.orig))
        self.engine.close()
