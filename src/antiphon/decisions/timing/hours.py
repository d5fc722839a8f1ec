"""What is made of people's counts when messages are decided: how much better each of their hours is than the brand's."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import Curves, day_curves
from antiphon.decisions.timing.windows import best_starts, window_sums

#: People at a time: their curves stay in a core's cache.
CHUNK = 2_048


def leanings(counts: Curves, brand: Curves, kappa: float) -> Curves:
    """How much more of a person's curve than of the brand's (24,) lies in the three hours from each hour, shape (n, 2, 24).

    ``counts``: decayed acts on work days and weekends (n, 2, 24). 1 everywhere for whom nothing is known.
    """
    brand = brand.astype(counts.dtype)
    return np.asarray(window_sums(day_curves(counts, brand, kappa)) / window_sums(brand))


def best_hours(
    counts: Curves, brand: Curves, kappa: float, permitted: NDArray[np.bool_] | None = None, *, threads: int = 1
) -> NDArray[np.int8]:
    """The permitted hour from which each person is met best on work days and on weekends, shape (n, 2)."""

    def some(start: int) -> NDArray[np.int8]:
        return best_starts(day_curves(counts[start : start + CHUNK], brand, kappa), permitted)

    starts = range(0, max(1, len(counts)), CHUNK)
    if threads == 1:
        return np.concatenate([some(start) for start in starts])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(some, starts)))
