"""What steps that ask for a message share: the intent, the decision, and the way on from the moment that was decided."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, FromClause, Select, and_, case, cast, func, literal, select
from sqlalchemy.types import BigInteger, Double, Numeric, SmallInteger, Text

from antiphon.audiences.filters import number_of, text_of
from antiphon.content.models import MessageContent
from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.tables import decision
from antiphon.journeys.sql import usable_key
from antiphon.journeys.steps.base import (
    BUCKETS,
    LIMIT,
    TICK,
    BaseStep,
    Compilation,
    Statements,
    Target,
    into_move,
    moves_of_runs,
)
from antiphon.people.tables import event
from antiphon.store.hashing import hash64

Channel = Literal["email", "sms"]
Purpose = Literal["marketing", "transactional", "cart"]
_MOST_WORTH = cast(10**9, Numeric)


class MessagingStep(BaseStep):
    """Wants one message to the person, or none, if that is better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content: MessageContent
    next: str | None = None

    @abstractmethod
    def policy(self) -> MessagePolicy:
        """What the decision must know of this step."""

    def goes_elsewhere(self) -> str | None:
        """Where those go whose message does not go out by the first of its channels; None: where the others go."""
        return None

    def statements(self, compilation: Compilation, following: str) -> Statements:
        after = into_move(self.moves_after_decision(compilation, following))
        return Statements(intents=self.intents(compilation), after=after, policy=self.policy())

    def intents(self, compilation: Compilation) -> Select[Any]:
        """The SELECT of intents for the runs that are due here, with the columns of ``decisions.columns.INTENT``."""
        visit = self._visit(compilation)
        props = event.c.props
        keys = (
            [usable_key(text_of(props, name)) for name in ("occasion_id", "cart_id")]
            if self.policy().abandonment
            else []
        )
        runs = compilation.runs.c
        return (
            select(
                runs.bucket,
                hash64(cast(runs.id, Text) + f"|{self.id}|" + cast(visit, Text)).label("id"),
                runs.person,
                runs.id.label("run"),
                runs.journey,
                runs.version,
                runs.step,
                visit.label("visit"),
                cast(runs.wake_at, Text).label("at"),
                _second(runs.wake_at).label("at_s"),
                cast(runs.occasion_at, Text).label("occasion_at"),
                _second(runs.occasion_at).label("occasion_s"),
                runs.occasion_event,
                # what gets one text: the abandonment; of events that no watch derived the cart, which may never end
                func.coalesce(*keys, runs.run_key).label("occasion_key"),
                (runs.run_key + "#" + cast(runs.n, Text)).label("entry_key"),
                cast(func.greatest(func.least(func.coalesce(worth(), 0), _MOST_WORTH), 0), Double).label("value"),
            )
            .select_from(compilation.runs.outerjoin(event, occasion(compilation.runs)))
            .where(compilation.due(self.id))
            .limit(LIMIT)
        )

    def _visit(self, compilation: Compilation) -> ColumnElement[Any]:
        """Which visit of the step this is: counted only where the journey can lead here twice."""
        if self.id not in compilation.repeated:
            return literal(1, SmallInteger)
        runs = compilation.runs.c
        before = (
            select(func.count())
            .where(
                decision.c.bucket == runs.bucket,
                decision.c.person == runs.person,
                decision.c.run == runs.id,
                decision.c.step == self.id,
            )
            .scalar_subquery()
        )
        return cast(before + 1, SmallInteger)

    def moves_after_decision(self, compilation: Compilation, following: str) -> Select[Any]:
        """The moves of runs whose intent was decided in this tick: from the decided moment, so that what is said to
        come four hours after a text that quiet hours held until morning comes four hours after that."""
        way = next(iter(self.leads_to(following).values()))
        elsewhere = self.goes_elsewhere()
        target, other = compilation.target(way), None if elsewhere in {None, way} else compilation.target(elsewhere)
        at = func.greatest(decision.c.at, func.coalesce(decision.c.due_at, decision.c.at), type_=event.c.at.type)
        why = func.jsonb_build_object("decision", cast(decision.c.id, Text), "channel", decision.c.channel)
        first = decision.c.channel == self.policy().channels[0]

        def either(of: Callable[[Target], Any]) -> ColumnElement[Any]:
            return of(target) if other is None else case((first, of(target)), else_=of(other))

        runs = compilation.runs
        moves = moves_of_runs(
            runs=runs,
            at=at,
            to_step=either(lambda one: literal(one.step)),
            wake_at=either(lambda one: one.wake(at)),
            outcome=either(lambda one: literal(one.outcome, Text)),
            why=why,
        )
        return moves.join(decision, and_(decision.c.bucket == runs.c.bucket, decision.c.run == runs.c.id)).where(
            decision.c.bucket == func.any(BUCKETS),
            decision.c.tick == TICK,
            decision.c.version == compilation.version,
            decision.c.step == self.id,
            runs.c.step == self.id,
        )


def occasion(runs: FromClause) -> ColumnElement[bool]:
    """``event`` is the occasion of a run."""
    return and_(
        event.c.bucket == runs.c.bucket,
        event.c.person == runs.c.person,
        event.c.at == runs.c.occasion_at,
        event.c.id == runs.c.occasion_event,
    )


def _second(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Seconds since 1970, rounded down."""
    return cast(func.floor(func.extract("epoch", at)), BigInteger)


def worth() -> ColumnElement[Any]:
    """What the occasion's event says it is worth: whatever number stood there, as numbers without end, because a double has
    one; null where there is none."""
    return func.coalesce(*(number_of(event.c.props, name) for name in ("value", "total", "revenue")))
