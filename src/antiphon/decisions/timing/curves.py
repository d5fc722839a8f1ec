"""When a person is about: curves over the 24 hours of the local day, from few events and what is known of everybody.

All curves here sum to 1 over their last axis, midnight first. A person's is the brand's with their own events added; the
brand's is the shipped one with everybody's events added. The further from evidence, the closer to what stands behind it.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.curves import SHIPPED

HOURS = 24
#: What an event is worth after so many days is half of what it was.
HALF_LIFE_DAYS = 365.0
#: Acts closer together than this are one: who clicks, looks about and buys was there once.
BURST_SECONDS = 3600
#: How wide an event is spread over the hours beside its own: of few events wider than of many.
WIDE, NARROW = 1.5, 1.0
FEW, MANY = 20.0, 50.0
#: How many events a person's curve of all days counts as, in their curves of work days and weekends.
DAY_KAPPA = 16.0
#: How many events the shipped curve counts as in the brand's.
SHIPPED_KAPPA = 200.0
#: Rows of counts that are multiplied at once: see :func:`times`.
_ROWS = 256

Curves = NDArray[Any]  # float32 or float64


@lru_cache(maxsize=16)
def kernel(width: float) -> NDArray[np.float64]:
    """A circular Gaussian as a matrix (24, 24): row h is what an event of hour h gives to each hour. Rows sum to 1.

    ``width``: standard deviation in hours; 0 spreads nothing.
    """
    if width <= 0:
        return np.eye(HOURS)
    turns = np.arange(-3, 4)[:, None] * HOURS
    weights = np.exp(-0.5 * ((np.arange(HOURS) + turns) / width) ** 2).sum(axis=0)
    weights /= weights.sum()
    found = np.array([np.roll(weights, hour) for hour in range(HOURS)])
    found.setflags(write=False)
    return found


def smooth(counts: Curves, events: Curves) -> Curves:
    """Counts (…, 24) spread over the hours beside theirs, wide where ``events`` (…) are few. Sums stay."""
    flat, number = counts.reshape(-1, HOURS), np.asarray(events).reshape(-1)
    found = _spread(flat, WIDE)
    many = np.flatnonzero(number > FEW)  # of most people there are few
    if len(many):
        narrow = np.minimum((number[many] - FEW) / (MANY - FEW), 1)[:, None].astype(counts.dtype)
        found[many] += narrow * (_spread(flat[many], NARROW) - found[many])
    return np.asarray(found.reshape(counts.shape))


def _spread(counts: Curves, width: float) -> Curves:
    return times(counts, kernel(width).astype(counts.dtype))


def totals(counts: Curves) -> Curves:
    """Sums over the last axis, (…, 24) to (…)."""
    size = counts.shape[-1]
    return times(counts.reshape(-1, size), np.ones((size, 1), counts.dtype)).reshape(counts.shape[:-1])


def times(rows: Curves, matrix: Curves) -> Curves:
    """Many rows (n, 24) by a matrix, a few at a time, which the library of matrices keeps on the core that asks.

    Of larger products it starts threads of its own, and two of ours that each wait for two of its take twenty times as long.
    """
    whole = len(rows) // _ROWS * _ROWS
    parts = (rows[:whole].reshape(-1, _ROWS, rows.shape[1]) @ matrix).reshape(whole, matrix.shape[1])
    return np.concatenate((parts, rows[whole:] @ matrix))


def decayed(ages_days: Curves, half_life_days: float = HALF_LIFE_DAYS) -> Curves:
    """What events of these ages are worth; one from the future is worth no more than one of now."""
    return np.exp2(-np.maximum(ages_days, 0) / half_life_days)


def bursts(at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of one person's instants (seconds, ascending) begin something: the first, and those after an hour's silence."""
    return np.concatenate((np.ones(min(1, len(at)), bool), np.diff(at) >= BURST_SECONDS))


def shrunk(counts: Curves, prior: Curves, kappa: float) -> Curves:
    """Counts (…, 24) with ``prior`` (…, 24) added as though it were ``kappa`` events."""
    found = kappa * prior + counts
    found /= totals(counts)[..., None] + kappa
    return np.asarray(found)


def brand_curve(counts: Curves, kappa: float = SHIPPED_KAPPA) -> NDArray[np.float64]:
    """The brand's curve: everybody's events by hour (24,), and the shipped curve."""
    return np.asarray(shrunk(np.asarray(counts, np.float64), SHIPPED / SHIPPED.sum(), kappa))


def person_curves(counts: Curves, brand: Curves, kappa: float) -> Curves:
    """Curves of people (n, 24) of all days, from their decayed counts (n, 24) and the brand's curve (24,)."""
    own = smooth(counts, totals(counts))
    return shrunk(own, brand.astype(counts.dtype), kappa)


def day_curves(counts: Curves, brand: Curves, kappa: float) -> Curves:
    """Curves of people on work days and weekends (n, 2, 24), from counts of the same shape and the brand's curve (24,).

    Behind each stands the person's own curve of all days: somebody of whom no weekend is known keeps their hours.
    """
    whole = person_curves(counts.sum(axis=-2), brand, kappa)
    return shrunk(smooth(counts, totals(counts)), whole[..., None, :], DAY_KAPPA)
