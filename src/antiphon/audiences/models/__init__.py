"""The condition algebra: what can be asked about a person, as typed values.

One meaning serves triggers, branches, exits, segments and display conditions; ``audiences.compiler`` turns a condition
into SQL, ``audiences.describe`` into a sentence.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from antiphon.audiences.bounds import within_bounds
from antiphon.audiences.models.base import Node, Op, PropertyFilter, Scalar
from antiphon.audiences.models.dates import DateCondition
from antiphon.audiences.models.doings import EventCondition, ProductCondition, PurchaseCondition
from antiphon.audiences.models.people import (
    AffinityCondition,
    ChanceCondition,
    ConsentCondition,
    EngagementCondition,
    PredictionCondition,
    SegmentCondition,
    TraitCondition,
)


class AllCondition(Node):
    """Everything holds. Of nothing: everybody."""

    kind: Literal["all"]
    of: list[Condition]


class AnyCondition(Node):
    """At least one holds. Of nothing: nobody."""

    kind: Literal["any"]
    of: list[Condition]


class NotCondition(Node):
    """It does not hold."""

    kind: Literal["not"]
    of: Condition


Condition = Annotated[
    Annotated[
        TraitCondition
        | ConsentCondition
        | EventCondition
        | EngagementCondition
        | PurchaseCondition
        | SegmentCondition
        | AffinityCondition
        | PredictionCondition
        | ProductCondition
        | ChanceCondition
        | DateCondition
        | AllCondition
        | AnyCondition
        | NotCondition,
        Field(discriminator="kind"),
    ],
    BeforeValidator(within_bounds),
]

for _model in (AllCondition, AnyCondition, NotCondition):
    _model.model_rebuild()

__all__ = [
    "AffinityCondition",
    "AllCondition",
    "AnyCondition",
    "ChanceCondition",
    "Condition",
    "ConsentCondition",
    "DateCondition",
    "EngagementCondition",
    "EventCondition",
    "NotCondition",
    "Op",
    "PredictionCondition",
    "ProductCondition",
    "PropertyFilter",
    "PurchaseCondition",
    "Scalar",
    "SegmentCondition",
    "TraitCondition",
]
