"""``offer``: asks for a code of an offer, waits for the answer, and goes on with a code or without.

The tick asks and parks the run; the stage ``offers``, one at a time, answers; the next tick wakes the run, as of the instant
of the answer.
"""

from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy import Select, Text, cast, func, literal, null, select

from antiphon.catalogue.offers.models import Name, flaw
from antiphon.catalogue.offers.tables import coupon_ask
from antiphon.journeys.asking import Ways, answered_moves, ask, forget, park, wake
from antiphon.journeys.steps.base import (
    LIMIT,
    TICK,
    Asking,
    BaseStep,
    Compilation,
    Statements,
    into_move,
)
from antiphon.journeys.tables import run
from antiphon.kit.durations import Duration, duration_words
from antiphon.store.schema import Instant

_ANSWERED = coupon_ask.c.state.in_(("given", "refused"))
#: What the tick runs for all steps of this kind.
PARK, WAKE, FORGET = park(coupon_ask), wake(coupon_ask, _ANSWERED), forget(coupon_ask, _ANSWERED)
ASK_COLUMNS = ("bucket", "run", "step", "entered_at", "person", "offer", "at", "when_dry", "use", "until", "tick")


class UseCode(BaseModel):
    """The code that everybody gets while the pool is dry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    use: str

    @field_validator("use")
    @classmethod
    def _usable(cls, code: str) -> str:
        if wrong := flaw(code):
            raise ValueError(f"{code[:40]!r} is no code: {wrong}")
        return code


class OfferStep(BaseStep):
    """Gives the person a code: the one that they have of the offer, or a new one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "ticket-percent"

    type: Literal["offer"]
    offer: Name
    #: What to do when the pool has no code left: go on without (`otherwise`), wait until it is filled, or use another code.
    when_dry: Literal["skip", "wait"] | UseCode = "skip"
    #: With `when_dry: wait`: how long at most.
    timeout: Duration | None = None
    #: There may be no offer of this name: as long as there is none, everybody goes on without a code.
    optional: bool = False
    #: Where to go with a code.
    next: str | None = None
    #: Where to go without one: the pool is dry, the offer is over, or they used theirs.
    otherwise: str | None = Field(default=None)

    @model_validator(mode="after")
    def _waits_for_a_time(self) -> "OfferStep":
        if (self.when_dry == "wait") != (self.timeout is not None):
            raise ValueError("`when_dry: wait` needs a `timeout`, so that nobody waits for ever; and only it takes one")
        if self.timeout is not None and self.timeout <= timedelta():
            raise ValueError("a timeout of no time is none")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        return {
            "with a code": following if self.next is None else self.next,
            "without": following if self.otherwise is None else self.otherwise,
        }

    def describe(self) -> str:
        if self.note:
            return self.note
        dry = ""
        if self.timeout is not None:
            dry = f"; waits up to {duration_words(self.timeout)} where there is none"
        elif isinstance(self.when_dry, UseCode):
            dry = f"; {self.when_dry.use} where there is none"
        return f"Gives a code of “{self.offer}”{dry}"

    def statements(self, compilation: Compilation, following: str) -> Statements:
        asking = ask(coupon_ask, ASK_COLUMNS, self.asks(compilation), ("open", "dry"))
        return Statements(into_move(self.moves(compilation, following)), asking=Asking(asking, PARK))

    def asks(self, compilation: Compilation) -> Select[Any]:
        """The SELECT of asks for the runs that are due here, in the order of ``ASK_COLUMNS``."""
        until = run.c.wake_at + literal(self.timeout) if self.timeout is not None else null()
        return (
            select(
                run.c.bucket,
                run.c.id.label("run"),
                run.c.step,
                run.c.entered_at,
                run.c.person,
                literal(self.offer, Text).label("offer"),
                run.c.wake_at.label("at"),
                literal("use" if isinstance(self.when_dry, UseCode) else self.when_dry, Text).label("when_dry"),
                literal(self.when_dry.use if isinstance(self.when_dry, UseCode) else "", Text).label("use"),
                cast(until, Instant).label("until"),
                TICK.label("tick"),
            )
            .where(compilation.due(self.id))
            .limit(LIMIT)
        )

    def moves(self, compilation: Compilation, following: str) -> Select[Any]:
        """The moves of due runs that were answered."""
        ways = Ways(coupon_ask.c.state == "given", *self.leads_to(following).values())
        why = func.jsonb_strip_nulls(
            func.jsonb_build_object(
                "offer", self.offer, "answer", coupon_ask.c.state, "why", func.nullif(coupon_ask.c.why, "")
            )
        )
        return answered_moves(coupon_ask, _ANSWERED, compilation, self.id, ways, why)
