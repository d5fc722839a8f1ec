"""Kinds that ask what a person is: traits, consents, engagement, segments, affinity, predictions, chance."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from antiphon.audiences.models.base import (
    Channel,
    Count,
    Name,
    Node,
    Op,
    Path,
    Scalar,
    check_bounds,
    check_value,
)
from antiphon.kit.durations import Duration


class TraitCondition(Node):
    """A trait of the person, as last identified."""

    kind: Literal["trait"]
    trait: Path
    op: Op = "eq"
    value: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> TraitCondition:
        check_value(self.op, self.value)
        return self


class ConsentCondition(Node):
    """The state of the person's best address on a channel."""

    kind: Literal["consent"]
    channel: Channel
    purpose: Literal["marketing", "transactional", "cart"] = "marketing"
    state: Literal["never", "pending", "subscribed", "unsubscribed"] = "subscribed"
    double_opt_in: bool = False


Level = Literal["engaged", "cooling", "unengaged", "new", "none"]
Pattern = Literal["both", "email_only", "sms_only", "neither", "new"]
Response = Literal["responses", "clicks", "replies", "opens", "visits", "orders", "delivered"]


class EngagementCondition(Node):
    """What a person makes of our messages. Exactly one of ``level``, ``pattern``, ``count``, ``responded_within`` and
    ``delivered_within``.

    ``pattern`` speaks of both channels at once; the others of ``channel``.
    """

    kind: Literal["engagement"]
    channel: Channel | None = None
    level: Annotated[list[Level], Field(min_length=1)] | Level | None = None
    pattern: Annotated[list[Pattern], Field(min_length=1)] | Pattern | None = None
    #: The newest human response is younger than this.
    responded_within: Duration | None = None
    #: The newest message that was delivered is younger than this.
    delivered_within: Duration | None = None
    #: What is counted, ever: human responses of one sort, or messages that were delivered.
    count: Response | None = None
    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _one_question(self) -> EngagementCondition:
        asked = (self.level, self.pattern, self.responded_within, self.delivered_within, self.count)
        if sum(one is not None for one in asked) != 1:
            raise ValueError(
                "ask for exactly one of `level`, `pattern`, `responded_within`, `delivered_within` and `count`"
            )
        if (self.pattern is None) == (self.channel is None):
            raise ValueError("`pattern` speaks of both channels and takes no `channel`; everything else needs one")
        bounded = self.at_least is not None or self.at_most is not None
        if (self.count is not None) != bounded:
            raise ValueError("`count` goes with `at_least` or `at_most`")
        check_bounds(self.at_least, self.at_most)
        for name in ("responded_within", "delivered_within"):
            if (window := getattr(self, name)) is not None and not window:
                raise ValueError(f"`{name}` no time is nobody; write it as 30d")
        return self

    @property
    def levels(self) -> list[str]:
        return _listed(self.level)

    @property
    def patterns(self) -> list[str]:
        return _listed(self.pattern)


def _listed(value: str | list[Level] | list[Pattern] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


class SegmentCondition(Node):
    """Membership in a segment, by its name."""

    kind: Literal["segment"]
    segment: Name


class AffinityCondition(Node):
    """The channel a person likes best: the one they declared, else the one they last responded on."""

    kind: Literal["affinity"]
    channel: Channel


Measure = Literal["revenue_365d", "orders_365d", "days_since_order"]


class PredictionCondition(Node):
    """A person's figure against a threshold that is learned from everybody: by its name, or spelled out."""

    kind: Literal["prediction"]
    prediction: Literal["high_value", "lapsing"] | None = None
    measure: Measure | None = None
    #: Name of the statistic that is the threshold.
    statistic: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = None
    side: Literal["at_least", "below"] = "at_least"

    @model_validator(mode="after")
    def _named_or_spelled(self) -> PredictionCondition:
        spelled = (self.measure is not None, self.statistic is not None)
        if any(spelled) != all(spelled) or all(spelled) == (self.prediction is not None):
            raise ValueError("say either `prediction`, or `measure` and `statistic`")
        if self.prediction is not None and "side" in self.model_fields_set:
            raise ValueError("`side` goes with `measure` and `statistic`; for the others put a `not` around it")
        return self


class ChanceCondition(Node):
    """A share of all people, the same ones each time: by the die that each was born with.

    Another ``salt`` picks others, independently.
    """

    kind: Literal["chance"]
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    salt: Annotated[str, Field(max_length=100)] = ""
