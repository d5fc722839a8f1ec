"""What is made of people's counts when messages are decided: how good each of their hours is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import HOURS, Curves, day_curves
from antiphon.decisions.timing.windows import WINDOW, best_starts, window_sums

#: People at a time: their curves stay in a core's cache.
CHUNK = 2_048


def factors(counts: Curves, brand: Curves, kappa: float) -> Curves:
    """How much better than their mean each hour of people is to write to them: what of their curve lies in the next three.

    Shape (n, 2, 24), mean 1 on work days and on weekends. ``counts``: decayed acts of the same shape; ``brand``: (24,).
    """
    return np.asarray(window_sums(day_curves(counts, brand, kappa)) * (HOURS / WINDOW))


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
