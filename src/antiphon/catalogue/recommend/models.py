"""What recommending reads, and how it may be set."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from antiphon.kit.durations import Duration

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Scores = NDArray[Any]  # float32 or float64

Method = Literal["popular", "item-item", "ease"]


class Model(Protocol):
    """Something learned that scores products for a person."""

    def score(self, products: Ints, weights: Floats) -> Scores:
        """A score per product for who had to do with ``products`` (ascending) by ``weights``."""
        ...


@dataclass(frozen=True, slots=True)
class Lines:
    """Who had to do with what, a row each: columns of equal length. ``at``: seconds since 1970.

    People and products are numbered from 0. Products stand in the order in which ties are broken: the lower number wins.
    """

    person: Ints
    product: Ints
    at: Longs
    weight: Floats
    people: int
    products: int

    def only(self, rows: Mask) -> "Lines":
        """Some of the rows; the numbers of people and products stay."""
        return Lines(
            self.person[rows], self.product[rows], self.at[rows], self.weight[rows], self.people, self.products
        )


class Settings(BaseModel):
    """How to recommend. ``ease_*``, ``shrink`` and ``again_half_life`` were measured: docs/recommendations.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: How many products are kept for each person and kind.
    length: int = Field(default=50, ge=1, le=500)
    #: Older than this is forgotten.
    history: Duration = timedelta(days=730)
    #: With fewer buyers than this it is best sellers only: there is too little to learn from.
    least_buyers: int = Field(default=1_000, ge=1)
    #: Of more products than this EASE's matrix becomes too large (8 bytes a pair while it is fitted): item-item then.
    ease_products: int = Field(default=10_000, ge=1)
    #: Products that fewer people had to do with are not learned from; buy-again and the slot for new ones know them.
    least_people: int = Field(default=3, ge=1)
    ease_lambda: float = Field(default=200.0, gt=0)
    shrink: float = Field(default=0.0, ge=0)
    #: How many similar products item-item remembers of each.
    neighbours: int = Field(default=500, ge=1)
    #: What a view and a cart count beside an order, which counts 1. Assumed, not measured.
    viewed: float = Field(default=0.2, ge=0, le=1)
    carted: float = Field(default=0.5, ge=0, le=1)
    best_half_life: Duration = timedelta(days=30)
    again_half_life: Duration = timedelta(days=180)
    #: What was bought within this time is never shown as the next product.
    just_bought: Duration = timedelta(days=30)
    #: A product that was first seen within this time is new, and has a place of its own in every list.
    new_for: Duration = timedelta(days=30)
    #: Which place from the top (1 is the first) a new product takes; 0: none.
    new_place: int = Field(default=4, ge=0)
