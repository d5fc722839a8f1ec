"""Hours by lot: the only proof that own hours gain anything is others who were written to at other hours.

Of all who have hours of their own a tenth is written to at a random permitted hour, a tenth at the brand's best, a tenth at
their own; drawn for each person and day (UTC) by a hash, so that asking again gives the same.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.models import Arm

#: Of each arm that is drawn.
SHARE = 0.10
DAY = 86_400
_ARM, _HOUR = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03


def draw(die: NDArray[np.int64], now: int) -> NDArray[np.int8]:
    """Each person's :class:`Arm` on the day of ``now`` (seconds of the epoch), by their die."""
    share = _mixed(die, now, _ARM).astype(np.float64) / 2.0**64
    found = np.full(len(die), Arm.REST, np.int8)
    for place, arm in enumerate((Arm.RANDOM, Arm.BRAND, Arm.OWN)):
        found[(share >= place * SHARE) & (share < (place + 1) * SHARE)] = arm
    return found


def pick(die: NDArray[np.int64], now: int, among: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number from 0 to below ``among`` (all above 0) for each person on the day of ``now``."""
    return (_mixed(die, now, _HOUR) % among.astype(np.uint64)).astype(np.int64)


def _mixed(die: NDArray[np.int64], now: int, salt: int) -> NDArray[np.uint64]:
    """Splitmix64's finish: any bit that differs makes half of all bits differ."""
    x = die.astype(np.uint64) + np.uint64(((now // DAY + 1) * salt) & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
