"""What everybody did with products, gathered from some buckets at a time into columns."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from antiphon.catalogue.recommend.models import Ints, Lines, Longs, Settings

ORDERED = "Order Completed"
CARTED = ("Product Added", "Cart Viewed", "Checkout Started")
VIEWED = ("Product Viewed",)
NAMES = (ORDERED, *CARTED, *VIEWED)


@dataclass(frozen=True, slots=True)
class History:
    """Products are numbered by how many lines they are in, most first, then by id: the order in which ties are broken."""

    buckets: dict[int, tuple[int, int]]  # the people of each: from, until
    people: Longs  # person ids
    products: list[str]
    categories: list[str]
    category: Ints  # by product; -1: none known
    first_at: Longs  # by product: when it was first heard of
    lines: Lines  # every act, weighted by its kind
    bought: Lines  # orders only, each counting 1
    began: int  # the first act of all, seconds since 1970


class Gathering:
    """Takes rows of ``queries.ACTIONS``; about 24 bytes each stay."""

    def __init__(self, settings: Settings) -> None:
        self._weight = dict.fromkeys(CARTED, settings.carted) | dict.fromkeys(VIEWED, settings.viewed) | {ORDERED: 1.0}
        self._people: dict[int, int] = {}
        self._products: dict[str, int] = {}
        self._categories: dict[int, str] = {}
        self._person, self._product = array("i"), array("i")
        self._at, self._weights, self._ordered = array("q"), array("f"), array("b")
        self._buckets: dict[int, tuple[int, int]] = {}

    def add(self, rows: Iterable[tuple[int, int, str, str, int, str | None]]) -> None:
        """Rows of whole buckets, those of one bucket together."""
        for bucket, person, name, event, at, category in rows:
            first, _ = self._buckets.get(bucket, (len(self._people), 0))
            product = self._products.setdefault(name, len(self._products))
            self._person.append(self._people.setdefault(person, len(self._people)))
            self._product.append(product)
            self._at.append(at)
            self._weights.append(self._weight[event])
            self._ordered.append(event == ORDERED)
            if category:
                self._categories[product] = max(category, self._categories.get(product, ""))
            self._buckets[bucket] = (first, len(self._people))

    def done(self) -> History:
        """Everything that was taken, as columns."""
        found = np.array(self._product, np.int32)
        at = np.array(self._at, np.int64)
        names = list(self._products)
        number = len(names)
        count = np.bincount(found, minlength=number)
        by_rank = sorted(range(number), key=lambda place: (-count[place], names[place]))
        rank = np.empty(number, np.int32)
        rank[by_rank] = np.arange(number, dtype=np.int32)
        first_at = np.full(number, np.iinfo(np.int64).max)
        product = rank[found]
        np.minimum.at(first_at, product, at)
        categories = sorted(set(self._categories.values()))
        places = {name: place for place, name in enumerate(categories)}
        category = np.full(number, -1, np.int32)
        for old, name in self._categories.items():
            category[rank[old]] = places[name]
        weights = np.array(self._weights, np.float32)
        lines = Lines(np.array(self._person, np.int32), product, at, weights, len(self._people), number)
        return History(
            self._buckets,
            np.fromiter(self._people, np.int64, len(self._people)),
            [names[place] for place in by_rank],
            categories,
            category,
            first_at,
            lines,
            lines.only(np.array(self._ordered, bool)),
            int(at.min()) if len(at) else 0,
        )
