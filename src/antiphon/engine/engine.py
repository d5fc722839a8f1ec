"""The engine: resolve, tick and dispatch as one cycle, on whatever clock it is given."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from antiphon.campaigns.contents import Contents
from antiphon.campaigns.planning import Carried, Planner
from antiphon.catalogue.offers import serving
from antiphon.catalogue.offers.models import Served
from antiphon.content.models import MessageContent
from antiphon.delivery.dispatch import Dispatcher
from antiphon.delivery.models import DispatchReport
from antiphon.engine import queries
from antiphon.engine.commands import run_commands
from antiphon.engine.errands.models import Ran
from antiphon.engine.errands.running import Errands
from antiphon.engine.shelves import Shelves
from antiphon.engine.tick import Ticker, TickReport
from antiphon.intake import promised
from antiphon.intake.feeds.keeping import tidy as tidy_feeds
from antiphon.intake.files.managing import tidy
from antiphon.intake.files.running import run_imports
from antiphon.intake.judging import JudgeReport, judge
from antiphon.intake.models import ResolveReport
from antiphon.intake.resolve import resolve
from antiphon.journeys.members import admit
from antiphon.journeys.registry import Registry
from antiphon.kit.signing import Signer
from antiphon.store.db import Database


@dataclass(frozen=True, slots=True)
class CycleReport:
    """What a cycle did. ``more``: there is work that is due already; ``next_due``: when the next falls due."""

    now: datetime
    resolved: ResolveReport
    tick: TickReport
    dispatched: DispatchReport
    judged: JudgeReport
    importing: bool = False
    shelving: bool = False
    served: Served = field(default_factory=Served)
    ran: Ran = field(default_factory=Ran)
    campaigns: Carried = field(default_factory=Carried)

    @property
    def more(self) -> bool:
        parts = (self.judged, self.resolved, self.tick, self.served, self.ran, self.campaigns, self.dispatched)
        return self.importing or self.shelving or any(part.more for part in parts)

    @property
    def next_due(self) -> datetime | None:
        parts = (self.tick, self.dispatched, self.judged, self.served, self.ran, self.campaigns)
        return min((part.next_due for part in parts if part.next_due), default=None)


class Engine:
    """Everything a worker does, a cycle at a time. Close it when done: it holds connections to providers."""

    def __init__(self, database: Database, signer: Signer, *, base_url: str = "", worker: str = "engine") -> None:
        self.database = database
        self.registry = Registry(database)
        self.ticker = Ticker(database, self.registry)
        self._shelves = Shelves(database)
        self.errands = Errands(database, self.registry, signer)
        self._commands = True  # what the last tick saw waiting; at first, a look does not hurt
        self.planner = Planner(database, worker)
        self._contents = Contents(database)
        self.dispatcher = Dispatcher(database, self.content_of, worker, signer, base_url, self.registry.recovers)

    def content_of(self, version: int, step: str) -> MessageContent:
        """What a step says: of a journey's version, or of a campaign, whose numbers are below zero."""
        known = self._contents.content_of if version < 0 else self.registry.content_of
        return known(version, step)

    def clock(self) -> datetime:
        """The database's clock: the one that all workers share."""
        with self.database.read() as connection:
            now: datetime = connection.execute(queries.CLOCK).scalar_one()
        return now

    def cycle(self, now: datetime | None = None) -> CycleReport:
        """Commands, imports, judging, resolve, tick, the catalogue, codes of offers, errands, campaigns, dispatch: once.

        ``now`` is the virtual instant; ``None`` is the database's clock.
        """
        if self._commands:
            self._commands = False
            run_commands(self.database, now or self.clock())
        importing = run_imports(self.database, now)
        judged = judge(self.database, now)
        resolved = resolve(self.database, now)
        instant = now or self.clock()
        if now is None and resolved.horizon is not None and not resolved.more:
            # as of the horizon everything that arrived can be reacted to, so that what is due then may go out now
            instant = resolved.horizon
        ticked = self.ticker.tick(instant)
        self._commands = ticked.commands > 0
        if self.registry.members and not ticked.more:  # what was asked for is let in before there is more of it
            admitted = admit(self.database, instant)
            ticked.more = admitted.more
        shelving = self._shelves.carry_on(instant, ticked, behind=resolved.more)
        served = serving.carry_on(self.database, instant) if ticked.offers else Served()
        if served.wished and promised.keep(self.database, instant):
            served.more = True
        ran = Ran()
        if ticked.errands:
            ran = self.errands.carry_on(instant, clock=self.clock if now is None else None)
        campaigns = self.planner.carry_on(instant) if ticked.campaigns else Carried()
        dispatched = self.dispatcher.run_once(instant, clock=self.clock if now is None else None)
        return CycleReport(instant, resolved, ticked, dispatched, judged, importing, shelving, served, ran, campaigns)

    def settle(self, now: datetime) -> list[CycleReport]:
        """Cycle at one virtual instant until nothing more is due at it."""
        reports = [self.cycle(now)]
        while reports[-1].more and len(reports) < _PATIENCE:
            reports.append(self.cycle(now))
        return reports

    def sweep(self, now: datetime) -> None:
        """Take back what dead workers held, and forget files that nobody came back to."""
        self.dispatcher.sweep(now)
        tidy(self.database, now)
        tidy_feeds(self.database, now)

    def close(self) -> None:
        self.errands.close()
        self.dispatcher.close()


#: A cycle that never runs dry at one instant is a fault; the next instant goes on where it stopped.
_PATIENCE = 1_000

#: How often what dead workers held is taken back.
SWEEP = timedelta(seconds=15)
