"""The moments that a decision chooses among: now, quarters of an hour for two hours, full hours after that."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

QUARTER, HOUR = 900, 3600
_FINE, _LONGEST = 2 * HOUR, 72 * HOUR

Slots = npt.NDArray[np.int32]


@lru_cache(maxsize=64)
def slots(now: int) -> Slots:
    """Seconds from ``now`` (of the epoch) of each slot's start: 0, then full quarters, then full hours, to 72 hours."""
    quarters = np.arange(now // QUARTER * QUARTER + QUARTER, now + _FINE + 1, QUARTER)
    first_hour = (int(quarters[-1]) // HOUR + 1) * HOUR
    hours = np.arange(first_hour, now + _LONGEST + 1, HOUR)
    found = np.concatenate((np.array([now]), quarters, hours)) - now
    found.setflags(write=False)
    return found.astype(np.int32)
