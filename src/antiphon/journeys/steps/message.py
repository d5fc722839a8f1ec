"""``message``: asks for a message, waits for the decision, and goes on from the moment that was decided."""

from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Numeric, SmallInteger, Text

from antiphon.audiences.compiler import FOREVER
from antiphon.audiences.filters import number_of, text_of
from antiphon.content.bound import upper_bound
from antiphon.content.models import MessageContent
from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.tables import decision, intent
from antiphon.journeys.sql import usable_key
from antiphon.journeys.steps.base import (
    BUCKETS,
    END,
    LIMIT,
    TICK,
    BaseStep,
    Compilation,
    Statements,
    due,
    into_move,
    moves_of_runs,
)
from antiphon.journeys.tables import run
from antiphon.kit.durations import Duration, duration_words, parse_duration
from antiphon.people.tables import event
from antiphon.store.hashing import hash64

Channel = Literal["email", "sms"]
_NAMES = {"email": "email", "sms": "text"}
_MOST_WORTH = cast(10**9, Numeric)

INTENT_COLUMNS = (
    "bucket",
    "id",
    "person",
    "run",
    "journey",
    "version",
    "step",
    "visit",
    "at",
    "occasion_at",
    "occasion_event",
    "occasion_key",
    "entry_key",
    "value",
    "tick",
)


class MessageStep(BaseStep):
    """Wants one message to the person, on one of the channels, inside the window; or none, if that is better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "send"

    type: Literal["message"]
    channels: list[Channel] = Field(min_length=1, max_length=2)
    purpose: Literal["marketing", "transactional", "cart"] = "marketing"
    #: An abandonment's first touch: within 60 minutes unless a rule bars it.
    urgent: bool = False
    #: How long after the person came here it may still be sent.
    window: Duration = parse_duration("24h")
    #: After this the occasion is worth half as much.
    half_life: Duration = parse_duration("12h")
    content: MessageContent
    next: str | None = None

    @model_validator(mode="after")
    def _content_for_channels(self) -> "MessageStep":
        for channel in self.channels:
            if getattr(self.content, channel) is None:
                raise ValueError(f"it may go out as {_NAMES[channel]}, but `content.{channel}` is missing")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel stands twice in `channels`")
        if self.window > timedelta(hours=72):
            raise ValueError("a window over 72h is too long to decide at once; put a wait before the message")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        return {"then": following if self.next is None else self.next}

    def describe(self) -> str:
        ways = " or ".join(_NAMES[channel] for channel in self.channels)
        when = "at once" if self.urgent else f"within {duration_words(self.window)}"
        return self.note or f"Sends {'an' if ways.startswith('e') else 'a'} {ways}, {when}"

    def policy(self) -> MessagePolicy:
        """What the decision must know of this step."""
        return MessagePolicy(
            channels=tuple(self.channels),
            purpose=self.purpose,
            urgent=self.urgent,
            window=self.window,
            abandonment=self.purpose == "cart",
            sms_segments=upper_bound(self.content.sms.text) if self.content.sms else 0,
            half_life=self.half_life,
        )

    def statements(self, compilation: Compilation, following: str) -> Statements:
        # open intents are unique by run, step and visit: a tick that is made again asks for nothing twice
        asking = insert(intent).from_select(INTENT_COLUMNS, self.intents(compilation)).on_conflict_do_nothing()
        after = into_move(self.moves_after_decision(compilation, following))
        return Statements(intents=asking, after=after, policy=self.policy())

    def intents(self, compilation: Compilation) -> Select[Any]:
        """The SELECT of intents for the runs that are due here, in the order of ``INTENT_COLUMNS``."""
        visit = self._visit(compilation)
        props = event.c.props
        keys = (
            [usable_key(text_of(props, name)) for name in ("occasion_id", "cart_id")] if self.purpose == "cart" else []
        )
        values = (number_of(props, name) for name in ("value", "total", "revenue"))
        occasion = and_(
            event.c.bucket == run.c.bucket,
            event.c.person == run.c.person,
            event.c.at == run.c.occasion_at,
            event.c.id == run.c.occasion_event,
        )
        return (
            select(
                run.c.bucket,
                hash64(cast(run.c.id, Text) + f"|{self.id}|" + cast(visit, Text)).label("id"),
                run.c.person,
                run.c.id.label("run"),
                run.c.journey,
                run.c.version,
                run.c.step,
                visit.label("visit"),
                run.c.wake_at.label("at"),
                run.c.occasion_at,
                run.c.occasion_event,
                # what gets one text: the abandonment; of events that no watch derived the cart, which may never end
                func.coalesce(*keys, run.c.run_key).label("occasion_key"),
                (run.c.run_key + "#" + cast(run.c.n, Text)).label("entry_key"),
                # whatever number stood there; as numbers without end, because a double has one
                func.greatest(func.least(func.coalesce(*values, 0), _MOST_WORTH), 0).label("value"),
                TICK.label("tick"),
            )
            .select_from(run.outerjoin(event, occasion))
            .where(due(compilation.version, self.id))
            .limit(LIMIT)
        )

    def _visit(self, compilation: Compilation) -> ColumnElement[Any]:
        """Which visit of the step this is: counted only where the journey can lead here twice."""
        if self.id not in compilation.repeated:
            return literal(1, SmallInteger)
        before = (
            select(func.count())
            .where(
                decision.c.bucket == run.c.bucket,
                decision.c.person == run.c.person,
                decision.c.run == run.c.id,
                decision.c.step == self.id,
            )
            .scalar_subquery()
        )
        return cast(before + 1, SmallInteger)

    def moves_after_decision(self, compilation: Compilation, following: str) -> Select[Any]:
        """The moves of runs whose intent was decided in this tick: from the decided moment, so that what is said to
        come four hours after a text that quiet hours held until morning comes four hours after that."""
        target = compilation.target(self.leads_to(following)["then"])
        at = func.greatest(decision.c.at, func.coalesce(decision.c.due_at, decision.c.at), type_=event.c.at.type)
        why = func.jsonb_build_object("decision", cast(decision.c.id, Text), "channel", decision.c.channel)
        moves = moves_of_runs(
            at=at,
            to_step=literal(target.step),
            wake_at=target.wake(at) if target.step != END else FOREVER,
            outcome=literal(target.outcome),
            why=why,
        )
        return moves.join(decision, and_(decision.c.bucket == run.c.bucket, decision.c.run == run.c.id)).where(
            decision.c.bucket == func.any(BUCKETS),
            decision.c.tick == TICK,
            decision.c.version == compilation.version,
            decision.c.step == self.id,
            run.c.step == self.id,
        )
