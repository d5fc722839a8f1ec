"""``enter``: asks another journey to let the person in, about the same occasion."""

from typing import ClassVar, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, Executable, Select, Text, and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from antiphon.journeys.steps.base import (
    BATCH,
    BUCKETS,
    REQUESTED,
    TICK,
    BaseStep,
    Compilation,
    Statements,
    into_move_of_runs,
    straight,
)
from antiphon.journeys.tables import move, run
from antiphon.people.tables import OWN_SOURCE, event, fresh
from antiphon.store.hashing import hash64

_EVENT = ("bucket", "person", "at", "id", "name", "props", "received_at", "backfill", "source", "via")
_FRESH = ("bucket", "event", "batch", "person", "at", "name", "received_at", "backfill")


class EnterStep(BaseStep):
    """Lets the person into another journey, by that one's own condition and re-entry, and goes on here."""

    icon: ClassVar[str] = "corner-down-right"

    type: Literal["enter"]
    journey: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    next: str | None = None

    def leads_to(self, following: str) -> dict[str, str]:
        return {"then": following if self.next is None else self.next}

    def describe(self) -> str:
        return self.note or f"Lets them into the journey “{self.journey}”"

    def statements(self, compilation: Compilation, following: str) -> Statements:
        moves = into_move_of_runs(straight(compilation, self.id, self.leads_to(following)["then"]))
        return Statements(moves, tells=(self._events(compilation), self._fresh(compilation)))

    def _moved(self, compilation: Compilation) -> Select[tuple[()]]:
        """Who goes on from here in this pass. Their runs still stand as they were."""
        joined = move.join(run, and_(run.c.bucket == move.c.bucket, run.c.id == move.c.run)).outerjoin(
            event,
            and_(
                event.c.bucket == run.c.bucket,
                event.c.person == run.c.person,
                event.c.at == run.c.occasion_at,
                event.c.id == run.c.occasion_event,
            ),
        )
        return (
            select()
            .select_from(joined)
            .where(
                move.c.bucket == func.any(BUCKETS),
                move.c.tick == TICK,
                move.c.version == compilation.version,
                move.c.from_step == self.id,
            )
        )

    def _events(self, compilation: Compilation) -> Executable:
        asked = func.jsonb_build_object("journey", self.journey, "from_run", cast(run.c.id, Text))
        props = func.coalesce(event.c.props, func.jsonb_build_object()).op("||")(asked)
        rows = self._moved(compilation).add_columns(
            run.c.bucket,
            run.c.person,
            move.c.at,
            _event_id(),
            literal(REQUESTED),
            props,
            move.c.at.label("received_at"),
            literal(False),
            literal(OWN_SOURCE),
            event.c.via,
        )
        return insert(event).from_select(_EVENT, rows).on_conflict_do_nothing()

    def _fresh(self, compilation: Compilation) -> Executable:
        rows = self._moved(compilation).add_columns(
            run.c.bucket,
            _event_id(),
            BATCH,
            run.c.person,
            move.c.at,
            literal(REQUESTED),
            move.c.at.label("received_at"),
            literal(False),
        )
        return insert(fresh).from_select(_FRESH, rows).on_conflict_do_nothing()


def _event_id() -> ColumnElement[int]:
    return hash64(literal("enter|") + cast(run.c.id, Text) + "|" + run.c.step + "|" + cast(move.c.seq, Text))
