"""The last order of everyone held out: what would have been recommended before it is held against what it had.

Known weakness: the others' orders of later days stay among what is learned from, as in most published figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.catalogue.recommend.baskets import Baskets, baskets
from antiphon.catalogue.recommend.models import Lines, Longs, Mask


@dataclass(frozen=True, slots=True)
class OrderLines:
    """Lines of orders as a file has them; equal lengths. ``at``: seconds since 1970."""

    person: Sequence[str]
    product: Sequence[str]
    order: Sequence[str]
    at: Sequence[int]


@dataclass(frozen=True, slots=True)
class Split:
    """``known``: a line per order and product that is learned from; ``held``: a row per person, their last order."""

    known: Lines
    held: Baskets
    products: list[str]

    @property
    def last(self) -> int:
        """The newest known instant."""
        return int(self.known.at.max()) if len(self.known.at) else 0


def split(lines: OrderLines, least_orders: int) -> Split:
    """Hold out the last order of everybody with two or more; leave out products in fewer than ``least_orders`` known ones.

    An order's instant is its first line's. Of two orders of one instant the greater id is the later. A product counts
    once in an order.
    """
    people, person = np.unique(np.array(lines.person, dtype=np.str_), return_inverse=True)
    names, product = np.unique(np.array(lines.product, dtype=np.str_), return_inverse=True)
    ids, order = np.unique(np.array(lines.order, dtype=np.str_), return_inverse=True)
    _, order = np.unique(person.astype(np.int64) * max(len(ids), 1) + order, return_inverse=True)  # ids may repeat
    at = np.full(int(order.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(at, order, np.array(lines.at, np.int64))
    _, once = np.unique(order.astype(np.int64) * max(len(names), 1) + product, return_index=True)
    order, product, person = order[once], product[once], person[once]
    held = _last_orders(order, person, at)[order]
    kept, number = _numbered(product[~held], names, least_orders)
    all_lines = Lines(
        person.astype(np.int32),
        number[product].astype(np.int32),
        at[order],
        np.ones(len(order), np.float32),
        len(people),
        len(kept),
    )
    usable = all_lines.product >= 0
    return Split(all_lines.only(~held & usable), baskets(all_lines.only(held & usable)), kept)


def _last_orders(order: NDArray[np.intp], person: NDArray[np.intp], at: Longs) -> Mask:
    """Whether an order is the last of a person who has several."""
    owner = np.zeros(len(at), np.int64)
    owner[order] = person
    sequence = np.lexsort((np.arange(len(at)), at, owner))
    ordered = owner[sequence]
    ends = np.append(ordered[1:] != ordered[:-1], True)[: len(at)]
    found = np.zeros(len(at), bool)
    found[sequence[ends]] = True
    return found & (np.bincount(owner)[owner] > 1)


def _numbered(known: NDArray[np.intp], names: NDArray[np.str_], least: int) -> tuple[list[str], Longs]:
    """Products that are in enough orders, most first; and for each of all its number among them, or -1."""
    count = np.bincount(known, minlength=len(names))
    kept = np.flatnonzero(count >= least)
    kept = kept[np.lexsort((kept, -count[kept]))]
    numbers = np.full(len(names), -1, np.int64)
    numbers[kept] = np.arange(len(kept))
    return [str(names[place]) for place in kept], numbers
