"""What texts are asked for, by how much they gain: counted in bins, and what of it is still to come."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

#: Half octaves of gain per cost: from a quarter of what a text costs to 2**15 times as much; what lies outside counts in the
#: bins at the ends.
BINS = 34
_LOWEST, _PER_OCTAVE = -2.0, 2
#: How long a day before today has to be remembered, in days, as one looks at today's asking: at its beginning it counts for
#: this much of a day.
_MEMORY = 0.25

Money = npt.NDArray[np.int64]
Ratios = npt.NDArray[np.float64]


def place(ratio: Ratios) -> Ratios:
    """Where a gain per cost lies among the bins, 0 to BINS; the fraction is how far inside its bin."""
    with np.errstate(divide="ignore"):
        found = (np.log2(np.maximum(ratio, 0)) - _LOWEST) * _PER_OCTAVE
    return np.clip(found, 0, BINS)


def ratio_at(place: float) -> float:
    """The gain per cost at a place among the bins."""
    return float(2 ** (place / _PER_OCTAVE + _LOWEST))


def counted(ratio: Ratios, cost: Money) -> Money:
    """Costs by bin."""
    bins = np.minimum(place(ratio).astype(np.int64), BINS - 1)
    return np.bincount(bins, weights=cost, minlength=BINS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Demand:
    """Costs that are still to come, by bin, in millionths."""

    by_bin: Ratios

    @classmethod
    def none(cls) -> Self:
        return cls(np.zeros(BINS))

    @classmethod
    def expected(cls, usual: Ratios, seen: Ratios, elapsed: float, ahead: float) -> Self:
        """Of the next ``ahead`` days, from a usual day's asking and from what ``elapsed`` days of today have seen."""
        rate = (usual * _MEMORY + seen) / (_MEMORY + elapsed)
        return cls(rate * ahead)

    def above(self, ratio: Ratios, lot: Ratios) -> Ratios:
        """What asks with more than each gain per cost. In one's own bin all are alike, and a lot of 0 to 1 goes first to last."""
        bins = np.minimum(place(ratio).astype(np.int64), BINS - 1)
        higher = np.concatenate([np.cumsum(self.by_bin[::-1])[::-1][1:], [0.0]])
        return np.asarray(higher[bins] + self.by_bin[bins] * lot)

    def price(self, left: float) -> float:
        """The gain per cost from which on ``left`` suffices for all that is to come; 0 where it suffices for everything."""
        if self.by_bin.sum() <= left:
            return 0.0
        higher = 0.0
        for one in range(BINS - 1, -1, -1):
            mine = float(self.by_bin[one])
            if higher + mine > left:
                return ratio_at(one + 1 - max(0.0, left - higher) / mine)
            higher += mine
        return 0.0
