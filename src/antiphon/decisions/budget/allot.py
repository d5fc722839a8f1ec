"""Who gets a text where money does not suffice for all. Pure.

Texts go to those who gain most over an email per what they cost. A text is granted where what is left covers it, all others of
its batch that gain more, and those still expected that gain more: so the gain that is asked for rises and falls with what is
left and with what asks, and streams and batches share one price.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from antiphon.decisions.budget.demand import Demand, Money, Ratios

_MIXING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Asking:
    """Texts that were chosen, row by row. ``die`` decides between equals; who must be written to has an endless ``ratio``."""

    ratio: Ratios
    cost: Money
    die: npt.NDArray[np.int64]

    def rows(self, which: npt.NDArray[np.bool_]) -> "Asking":
        return Asking(self.ratio[which], self.cost[which], self.die[which])


@dataclass(frozen=True, slots=True)
class Room:
    """What a day or a month leaves, in millionths: ``left`` in all, ``mine`` what nobody else can take meanwhile."""

    left: int
    mine: int
    ahead: Demand


def granted(asking: Asking, room: Room, times: float = 1.0) -> npt.NDArray[np.bool_]:
    """Whether each text may be sent. The batch is the first of ``times`` such ones: a campaign's first portion of many."""
    order = np.lexsort((asking.die, -asking.ratio))
    before = np.empty(len(order))
    before[order] = np.cumsum(asking.cost[order])
    # whoever comes early among equals is no better than who comes late: a part of them is granted at any time of the day
    lot = ((asking.die.astype(np.uint64) * _MIXING) >> np.uint64(40)).astype(np.float64) / 2**24
    soft = before * times + room.ahead.above(asking.ratio, lot) <= room.left
    return (before <= room.mine) & (soft | np.isinf(asking.ratio))
