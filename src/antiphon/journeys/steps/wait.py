"""``wait``: for a duration, until a local time, or until an event or a timeout.

A wait for an event looks back: an event that happened since the occasion, even before the run came here, ends it at once.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, select

from antiphon.audiences.filters import compile_filters
from antiphon.audiences.models import PropertyFilter
from antiphon.journeys.localtime import next_local_time
from antiphon.journeys.matching import Match, match_words, occasion_props, same
from antiphon.journeys.steps.base import (
    MOVE_COLUMNS,
    BaseStep,
    Compilation,
    Statements,
    Target,
    into_move_of_runs,
    move_select,
    straight,
)
from antiphon.journeys.tables import run
from antiphon.kit.durations import Duration, duration_words
from antiphon.people.humans import of_people
from antiphon.people.tables import event


class Until(BaseModel):
    """The event that a wait waits for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str
    where: list[PropertyFilter] = Field(default=[], max_length=20)
    #: The property that the event and the occasion must share; where one of them lacks it, the event counts.
    match: Match | None = None


class WaitStep(BaseStep):
    """Rests. Exactly one of ``for``, ``until_local`` and ``until``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    icon: ClassVar[str] = "clock"

    type: Literal["wait"]
    duration: Duration | None = Field(default=None, alias="for")
    until_local: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:30"])
    until: Until | None = None
    timeout: Duration | None = None
    #: Where to go after the time; with ``until``, after the event.
    next: str | None = None
    #: With ``until``: where to go when the timeout comes first.
    otherwise: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "WaitStep":
        if sum(kind is not None for kind in (self.duration, self.until_local, self.until)) != 1:
            raise ValueError("a wait needs exactly one of `for: 4h`, `until_local: '09:30'` and `until: {event: …}`")
        if (self.until is None) != (self.timeout is None):
            raise ValueError("`until` needs a `timeout`, so that nobody waits for ever; and only `until` takes one")
        if self.otherwise is not None and self.until is None:
            raise ValueError("`otherwise` goes with `until`: the way when the timeout comes first")
        if self.duration is not None and not self.duration:
            raise ValueError("a wait of no time is none")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        then = following if self.next is None else self.next
        if self.until is None:
            return {"then": then}
        return {self.until.event: then, "timeout": following if self.otherwise is None else self.otherwise}

    def describe(self) -> str:
        if self.duration is not None:
            return f"Waits {duration_words(self.duration)}"
        if self.until_local is not None:
            return f"Waits until {self.until_local}, the person's time"
        assert self.until is not None
        assert self.timeout is not None
        return f"Waits for “{self.until.event}”{match_words(self.until.match)}, at most {duration_words(self.timeout)}"

    def takes_time(self) -> bool:
        return True

    def wake(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        if self.duration is not None:
            return at + literal(self.duration)
        return at  # the other kinds look first, and then rest

    def goes_on(self) -> bool:
        return self.duration is not None  # the other kinds look, and may stay

    def statements(self, compilation: Compilation, following: str) -> Statements:
        return Statements(into_move_of_runs(self.moves(compilation, following)))

    def moves(self, compilation: Compilation, following: str) -> Select[Any]:
        ways = list(self.leads_to(following).values())
        if self.duration is not None:
            return straight(compilation, self.id, ways[0])
        if self.until_local is not None:
            return self._until_local(compilation, compilation.target(ways[0]))
        return self._until_event(compilation, compilation.target(ways[0]), compilation.target(ways[1]))

    def _until_local(self, compilation: Compilation, then: Target) -> Select[Any]:
        """Two looks: the first finds the instant and rests until it, the second goes on."""
        assert self.until_local is not None
        instant = next_local_time(run.c.bucket, run.c.person, run.c.wake_at, self.until_local)
        wanted = case((run.c.wake_at <= run.c.entered_at, instant), else_=run.c.wake_at)
        inner = move_select(compilation, self.id, to_step=literal(then.step), wake_at=wanted).subquery("looked")
        at = inner.c.at
        rests = inner.c.wake_at > at  # at the very minute nobody needs to rest
        changed = {
            "to_step": case((rests, literal(self.id)), else_=literal(then.step)),
            "outcome": case((rests, null()), else_=literal(then.outcome)),
            "wake_at": case((rests, inner.c.wake_at), else_=then.wake(at)),
        }
        return inner.select().with_only_columns(
            *(changed.get(name, inner.c[name]).label(name) for name in MOVE_COLUMNS)
        )

    def matches(self) -> ColumnElement[bool]:
        """Whether an event is one that the wait of a run is for."""
        assert self.until is not None
        return and_(
            compile_filters(self.until.where, event.c.props),
            of_people([self.until.event], event.c.props),
            same(self.until.match, event.c.props, occasion_props(run, self.until.match)),
        )

    def _until_event(self, compilation: Compilation, then: Target, otherwise: Target) -> Select[Any]:
        assert self.until is not None
        assert self.timeout is not None
        matching = and_(
            event.c.bucket == run.c.bucket,
            event.c.person == run.c.person,
            event.c.at >= run.c.occasion_at,
            event.c.name == self.until.event,
            self.matches(),
        )
        happened = exists().where(and_(matching, event.c.received_at <= run.c.wake_at))
        # what arrived after the instant of this look, but before it was made, wakes the run at its own instant
        arrived = select(func.min(event.c.received_at)).where(and_(matching, event.c.received_at > run.c.wake_at))
        deadline = run.c.entered_at + literal(self.timeout)
        timed_out = run.c.wake_at >= deadline
        # a timeout of which the instant has come stands, unless the event had arrived by then
        state = case((happened, 0), (timed_out, 1), else_=2)
        inner = move_select(
            compilation, self.id, to_step=state,
            wake_at=func.least(deadline, arrived.scalar_subquery(), type_=run.c.wake_at.type),
            why=case((happened, func.jsonb_build_object("event", self.until.event)),
                     (timed_out, func.jsonb_build_object("timeout", literal(str(self.timeout))))),
        ).subquery("looked")  # fmt: skip
        at = inner.c.at

        way = inner.c.to_step
        changed = {
            "to_step": case(
                (way == 0, literal(then.step)), (way == 1, literal(otherwise.step)), else_=literal(self.id)
            ),
            "outcome": case((way == 0, literal(then.outcome)), (way == 1, literal(otherwise.outcome))),
            "wake_at": case((way == 0, then.wake(at)), (way == 1, otherwise.wake(at)), else_=inner.c.wake_at),
        }
        return inner.select().with_only_columns(
            *(changed.get(name, inner.c[name]).label(name) for name in MOVE_COLUMNS)
        )
