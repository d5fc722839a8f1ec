"""The catalogue's part of a cycle: feeds that come in, and occasions that are to be told."""

from datetime import datetime, timedelta

from antiphon.catalogue.telling import tell
from antiphon.engine.tick import TickReport
from antiphon.intake.feeds.running import run_feeds
from antiphon.store.db import Database

#: How long occasions wait until all that people did before is reacted to: a look that is not counted yet would not be told.
PATIENCE = timedelta(minutes=5)


class Shelves:
    """Asks for nothing where the tick saw nothing: an idle cycle costs no statement more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting_since: datetime | None = None

    def carry_on(self, now: datetime, ticked: TickReport, *, behind: bool) -> bool:
        """One transaction of each; returns whether another cycle should follow at once. ``behind``: the resolver is."""
        more = ticked.feeds and run_feeds(self._database, now)
        if not ticked.occasions:
            self._waiting_since = None
            return more
        self._waiting_since = self._waiting_since or now
        if (behind or ticked.more) and now - self._waiting_since < PATIENCE:
            return more  # which there is anyhow
        told = tell(self._database, now)
        if not told.more:
            self._waiting_since = None
        return more or told.more or told.events > 0
