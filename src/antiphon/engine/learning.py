"""Learning beside the worker's cycles, in a thread of its own: a refit may take minutes, and cycles must not wait."""

import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from antiphon.catalogue.recommend.learning import Stopped, learn
from antiphon.decisions.affinity.learning import learn_affinity
from antiphon.decisions.budget.settle import settle
from antiphon.decisions.timing.heat import count_hours
from antiphon.decisions.timing.learning import learn_hours
from antiphon.people.statistics import EVERY, refresh
from antiphon.store.db import Database

log = structlog.get_logger(__name__)

#: How often it is looked whether something is to be learned; the first time so long after the worker began.
LOOK = timedelta(minutes=10)
FIRST = timedelta(minutes=1)


class Learner:
    """Learns when it is due. Asked in every cycle; costs nothing but a comparison between looks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next: datetime | None = None
        self._refreshed: datetime | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def carry_on(self, now: datetime) -> None:
        """Look whether something is due, and begin with it."""
        if self._next is None:
            self._next = now + FIRST
        if now < self._next or (self._thread is not None and self._thread.is_alive()):
            return
        self._next = now + LOOK
        self._thread = threading.Thread(target=self._learn, args=(now,), name="learner", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Break off at the next portion."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _refresh(self, now: datetime) -> None:
        """Figures of too few are not kept, so that this one remembers as well when it looked."""
        if self._refreshed is None or now - self._refreshed >= EVERY:
            refresh(self._database, now, stopping=self._stopping.is_set)
            self._refreshed = now

    def _learn(self, now: datetime) -> None:
        try:
            settle(self._database, now)
            self._refresh(now)
            learn(self._database, now, stopping=self._stopping.is_set)
            learn_hours(self._database, now, stopping=self._stopping.is_set)
            learn_affinity(self._database, now, stopping=self._stopping.is_set)
            count_hours(self._database, now, stopping=self._stopping.is_set)
        except Stopped:
            log.info("learning was broken off")
        except (DBAPIError, OSError) as error:
            log.warning("learning waits", error=str(error).splitlines()[0])
        except Exception:
            log.exception("learning failed")
