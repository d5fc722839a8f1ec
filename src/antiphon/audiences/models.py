"""The condition algebra: what can be asked about a person, as typed values.

One meaning serves triggers, branches, exits, segments and display conditions; ``audiences.compiler`` turns a condition
into SQL, ``audiences.describe`` into a sentence.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.kit.durations import Duration

Scalar = str | int | float | bool
Op = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "contains", "exists"]

#: A path of names: ``products`` or ``shipping.country``.
_PATH = r"^[\w$][\w$ -]*(\.[\w$][\w$ -]*)*$"


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PropertyFilter(_Node):
    """A test of one property, by path: ``products`` or ``shipping.country``."""

    prop: str = Field(min_length=1, pattern=_PATH)
    op: Op = "eq"
    value: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> PropertyFilter:
        _check_value(self.op, self.value)
        return self


def _check_value(op: Op, value: Scalar | list[Scalar] | None) -> None:
    if op == "in" and not isinstance(value, list):
        raise ValueError("`in` needs a list as its value")
    if op != "in" and isinstance(value, list):
        raise ValueError(f"`{op}` needs a single value, not a list; did you mean `in`?")
    if op in {"gt", "gte", "lt", "lte"} and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"`{op}` compares numbers; {value!r} is none")
    if op in {"eq", "ne", "contains"} and value is None:
        raise ValueError(f"`{op}` needs a value")


class TraitCondition(_Node):
    """A trait of the person, as last identified."""

    kind: Literal["trait"]
    trait: str = Field(min_length=1, pattern=_PATH)
    op: Op = "eq"
    value: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> TraitCondition:
        _check_value(self.op, self.value)
        return self


class ConsentCondition(_Node):
    """The state of the person's best address on a channel."""

    kind: Literal["consent"]
    channel: Literal["email", "sms"]
    purpose: Literal["marketing", "transactional", "cart"] = "marketing"
    state: Literal["never", "pending", "subscribed", "unsubscribed"] = "subscribed"
    double_opt_in: bool = False


class EventCondition(_Node):
    """How often something happened: in a window, since the occasion of the run, or ever."""

    kind: Literal["event"]
    event: str = Field(min_length=1)
    at_least: int = Field(default=1, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    within: Duration | None = None
    since: Literal["occasion"] | None = None
    where: list[PropertyFilter] = []

    @model_validator(mode="after")
    def _bounded(self) -> EventCondition:
        if self.within and self.since:
            raise ValueError("say either `within` or `since`, not both")
        if not self.within and not self.since and self.where:
            raise ValueError("property filters need a time bound: add `within: 90d` or `since: occasion`")
        if self.at_most is not None and self.at_most < self.at_least and self.at_least > 1:
            raise ValueError(f"at_most {self.at_most} is less than at_least {self.at_least}: nobody can match")
        return self

    @property
    def least(self) -> int:
        """The lower bound that holds: ``at_most`` alone means "none is fine too"."""
        return 0 if self.at_most is not None and "at_least" not in self.model_fields_set else self.at_least


class AllCondition(_Node):
    kind: Literal["all"]
    of: list[Condition] = Field(min_length=1)


class AnyCondition(_Node):
    kind: Literal["any"]
    of: list[Condition] = Field(min_length=1)


class NotCondition(_Node):
    kind: Literal["not"]
    of: Condition


Condition = Annotated[
    TraitCondition | ConsentCondition | EventCondition | AllCondition | AnyCondition | NotCondition,
    Field(discriminator="kind"),
]

for _model in (AllCondition, AnyCondition, NotCondition):
    _model.model_rebuild()
