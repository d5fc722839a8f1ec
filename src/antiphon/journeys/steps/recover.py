"""``recover``: the one text to those whom an abandonment's emails left silent.

It rests ``after`` the email, and looks: at clicks, replies, visits and orders of the person (opens do not count), and at four
guard rails. They are subscribed to both channels, texts about carts by double opt-in; the text lies within 48 hours of the
abandonment; the cart is worth enough; and the decision finds a moment in which the person answers. The last gate looks at
answers and at both consents once more.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, and_, case, cast, exists, func, literal, select
from sqlalchemy.types import Numeric

from antiphon.audiences.compiler import compile_condition
from antiphon.audiences.models import Condition, ConsentCondition
from antiphon.content.bound import upper_bound
from antiphon.decisions.models import MessagePolicy
from antiphon.delivery.recovering import SIGNS
from antiphon.journeys.steps.base import BEHIND, Compilation, Statements, into_move, straight
from antiphon.journeys.steps.messaging import MessagingStep, occasion, worth
from antiphon.journeys.tables import move, run
from antiphon.kit.durations import Duration, duration_words, parse_duration
from antiphon.people.humans import of_people
from antiphon.people.tables import event, statistic

#: CTIA and the carriers: an abandonment is texted about within this time.
_CARRIERS = timedelta(hours=48)
_LEAST, _MOST = timedelta(hours=4), timedelta(hours=8)

_EMAIL = ConsentCondition(kind="consent", channel="email")
_TEXTS = ConsentCondition(kind="consent", channel="sms")
_CARTS = ConsentCondition(kind="consent", channel="sms", purpose="cart", double_opt_in=True)


class RecoverStep(MessagingStep):
    """Writes one text about an abandonment, where nobody answered to its email and all guard rails hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "life-buoy"

    type: Literal["recover"]
    #: How long nobody answered.
    after: Duration = parse_duration("6h")
    #: The least that the cart is worth: an amount, or the brand's median. Without a known median nobody is written to.
    min_value: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | Literal["median"] = "median"
    #: How long after that it may still be sent: the decision takes the person's best moment in it.
    window: Duration = parse_duration("24h")
    half_life: Duration = parse_duration("6h")
    #: Where to go when somebody answered, or a guard rail keeps the text back.
    otherwise: str | None = None

    @model_validator(mode="after")
    def _one_text_in_time(self) -> "RecoverStep":
        if self.content.sms is None:
            raise ValueError("it writes a text, but `content.sms` is missing")
        if self.content.email is not None:
            raise ValueError("it writes a text alone; put the email into a message step before it")
        if not _LEAST <= self.after <= _MOST:
            raise ValueError(f"`after` is between 4h and 8h; {duration_words(self.after)} is not")
        if self.window > _CARRIERS - self.after:
            raise ValueError("`after` and `window` together go beyond the 48h in which carriers allow the text")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        return {
            "then": following if self.next is None else self.next,
            "no text": following if self.otherwise is None else self.otherwise,
        }

    def describe(self) -> str:
        least = "the median cart" if self.min_value == "median" else f"{self.min_value:g}"
        return self.note or f"Writes the one text if nobody answered for {duration_words(self.after)}, from {least} on"

    def takes_time(self) -> bool:
        return True

    def wake(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        return at + literal(self.after)

    def policy(self) -> MessagePolicy:
        assert self.content.sms is not None
        return MessagePolicy(
            channels=("sms",),
            purpose="cart",
            urgent=False,
            window=self.window,
            abandonment=True,
            sms_segments=upper_bound(self.content.sms.text),
            half_life=self.half_life,
        )

    def statements(self, compilation: Compilation, following: str) -> Statements:
        why = func.jsonb_build_object("recover", self._bar(compilation))
        others = straight(compilation, self.id, self.leads_to(following)["no text"], why)
        return Statements(
            into_move(self._of_occasions(others).where(self._bar(compilation).is_not(None))),
            # a consent or a median that changed since then lets nobody through who has gone the other way
            intents=self.intents(compilation).where(self._bar(compilation).is_(None), ~self._went_on()),
            after=into_move(self.moves_after_decision(compilation, following)),
            policy=self.policy(),
        )

    @staticmethod
    def _went_on() -> ColumnElement[bool]:
        """Whether the run left the step in this very tick, which ``run`` does not show yet."""
        return exists().where(move.c.bucket == run.c.bucket, move.c.tick == BEHIND, move.c.run == run.c.id)

    @staticmethod
    def _of_occasions(moves: Select[Any]) -> Select[Any]:
        return moves.select_from(run.outerjoin(event, occasion(run)))

    def _bar(self, compilation: Compilation) -> ColumnElement[Any]:
        """The rule that keeps the text back, null where none does."""

        def holds(condition: Condition) -> ColumnElement[bool]:
            return compile_condition(condition, compilation.scope()).truth

        return case(
            (self._answered(), "recover.answered"),
            (~holds(_EMAIL), "consent.email"),
            (~holds(_TEXTS), "consent.sms"),
            (~holds(_CARTS), "consent.cart"),
            (run.c.wake_at > run.c.occasion_at + literal(_CARRIERS), "carrier.48h"),
            (func.coalesce(worth() < self._least(), True), "recover.value"),
        )

    def _least(self) -> ColumnElement[Any]:
        if self.min_value != "median":
            return literal(self.min_value, Numeric)
        known = select(statistic.c.value).where(statistic.c.brand == 1, statistic.c.name == "median_cart")
        return cast(known.scalar_subquery(), Numeric)

    @staticmethod
    def _answered() -> ColumnElement[bool]:
        """Whether the person did anything since the run came here, as far as had arrived by its instant."""
        sign = event.alias("sign")
        return exists().where(
            and_(
                sign.c.bucket == run.c.bucket,
                sign.c.person == run.c.person,
                sign.c.at >= run.c.entered_at,
                sign.c.received_at <= run.c.wake_at,
                sign.c.name.in_(SIGNS),
                of_people(SIGNS, sign.c.props),
            )
        )
