"""The hours at which a message finds somebody: the window in which most of their curve lies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import HOURS, Curves

#: Hours after a message in which it is hoped to be seen.
WINDOW = 3


def window_sums(curves: Curves, width: int = WINDOW) -> Curves:
    """What of each curve (…, 24) lies in the ``width`` hours from each start, around midnight too."""
    if not 1 <= width <= HOURS:
        raise ValueError(f"a window has 1 to {HOURS} hours, not {width}")
    twice = np.concatenate((curves, curves[..., : width - 1]), axis=-1)
    found = twice[..., :HOURS].copy()
    for step in range(1, width):
        found += twice[..., step : step + HOURS]
    return found


def best_starts(curves: Curves, permitted: NDArray[np.bool_] | None = None, width: int = WINDOW) -> NDArray[np.int8]:
    """The permitted hour (…,) from which most of each curve (…, 24) lies in ``width`` hours, the earliest of equals.

    ``permitted``: (24,) or (…, 24), hours at which a message may leave; -1 where there is none.
    """
    sums = window_sums(curves, width)
    if permitted is None:
        return np.asarray(sums.argmax(axis=-1), np.int8)
    if permitted.ndim == 1 and permitted.any():
        hours = np.flatnonzero(permitted).astype(np.int8)
        return np.asarray(hours[sums[..., hours].argmax(axis=-1)])
    allowed: Any = np.broadcast_to(permitted, sums.shape)
    found = np.where(allowed, sums, -np.inf).argmax(axis=-1).astype(np.int8)
    return np.asarray(np.where(allowed.any(axis=-1), found, np.int8(-1)))
