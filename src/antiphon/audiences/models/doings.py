"""Kinds that ask what a person did: events, purchases, products."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from antiphon.audiences.models.base import Amount, Count, Name, Names, Node, PropertyFilter, check_bounds
from antiphon.kit.durations import Duration


class EventCondition(Node):
    """How often something happened: in a window, since the occasion of the run, or ever."""

    kind: Literal["event"]
    event: Name
    at_least: Count = 1
    at_most: Count | None = None
    within: Duration | None = None
    since: Literal["occasion"] | None = None
    where: list[PropertyFilter] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _bounded(self) -> EventCondition:
        _check_window(self.within, self.since)
        if not self.within and not self.since and self.where:
            raise ValueError("property filters need a time bound: add `within: 90d` or `since: occasion`")
        if self.at_most is not None and self.at_most < self.at_least and self.at_least > 1:
            raise ValueError(f"at_most {self.at_most} is less than at_least {self.at_least}: nobody can match")
        return self

    @property
    def least(self) -> int:
        """The lower bound that holds: ``at_most`` alone means "none is fine too"."""
        return 0 if self.at_most is not None and "at_least" not in self.model_fields_set else self.at_least


def _check_window(within: Duration | None, since: str | None) -> None:
    if within is not None and since:
        raise ValueError("say either `within` or `since`, not both")
    if within is not None and not within:
        raise ValueError("a window of no time holds nothing; write it as 90d")


class PurchaseCondition(Node):
    """Orders: how many, what they came to, how old the first or the last is, or what was bought.

    Exactly one question: ``measure`` with bounds (``order`` is what a single order came to: at least one of them lies
    between the bounds), ``first``/``last`` with an age, or ``product``/``category``. Nothing at all: has ever ordered.
    """

    kind: Literal["purchase"]
    measure: Literal["count", "sum", "order"] = "count"
    at_least: Amount | None = None
    at_most: Amount | None = None
    within: Duration | None = None
    since: Literal["occasion"] | None = None
    age_of: Literal["first", "last"] | None = None
    older_than: Duration | None = None
    newer_than: Duration | None = None
    product: Names | None = None
    category: Names | None = None

    @model_validator(mode="after")
    def _one_question(self) -> PurchaseCondition:
        _check_window(self.within, self.since)
        check_bounds(self.at_least, self.at_most)
        figures = self.model_fields_set & {"measure", "at_least", "at_most"}
        if self.age_of is not None:
            if figures or self.bought or self.within or self.since:
                raise ValueError("`age_of` takes `older_than` and `newer_than`, nothing else")
            if self.older_than is None and self.newer_than is None:
                raise ValueError("`age_of` needs `older_than` or `newer_than`")
        elif self.older_than is not None or self.newer_than is not None:
            raise ValueError("`older_than` and `newer_than` need `age_of: first` or `age_of: last`")
        if self.bought and (figures or self.since):
            raise ValueError("`product` and `category` ask whether it was bought, ever or `within` a window")
        if self.measure == "order" and not self.within and not self.since:
            raise ValueError("what a single order came to needs a time bound: add `within: 365d`")
        if self.measure != "count" and not figures & {"at_least", "at_most"}:
            raise ValueError(f"`measure: {self.measure}` needs `at_least` or `at_most`")
        return self

    @property
    def bought(self) -> bool:
        """Whether it asks what was bought."""
        return bool(self.product or self.category)

    @property
    def least(self) -> float:
        """The lower bound that holds: without any bound one order is asked for."""
        if self.at_least is not None:
            return self.at_least
        return 0 if self.at_most is not None else 1


class ProductCondition(Node):
    """What a person did with products; or how the products of the occasion stand in the catalogue now."""

    kind: Literal["product"]
    relation: Literal["viewed", "carted", "bought", "wished"] | None = None
    product: Names | None = None
    category: Names | None = None
    within: Duration | None = None
    of: Literal["occasion"] | None = None
    in_stock: bool | None = None
    price_below: Amount | None = None

    @model_validator(mode="after")
    def _one_question(self) -> ProductCondition:
        _check_window(self.within, None)
        if (self.relation is None) == (self.of is None):
            raise ValueError("say either `relation: viewed` (carted, bought, wished), or `of: occasion`")
        if self.of is None and (self.in_stock is not None or self.price_below is not None):
            raise ValueError("`in_stock` and `price_below` go with `of: occasion`")
        if self.of is not None:
            if self.product or self.category or self.within:
                raise ValueError("`of: occasion` takes `in_stock` and `price_below`, nothing else")
            if self.in_stock is None and self.price_below is None:
                raise ValueError("`of: occasion` needs `in_stock` or `price_below`")
        return self
