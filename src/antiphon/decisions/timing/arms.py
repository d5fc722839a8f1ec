"""Hours by lot: the only proof that own hours gain anything is others who were written to at other hours.

Of all who have hours of their own a tenth is written to at a random permitted hour, a tenth at the brand's best, a tenth at
their own, and a tenth at any permitted hour, better ones more often; once hours by answers are learned, a tenth at these.
Drawn for each person and day (UTC) by a hash, so that asking again gives the same.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.models import Arm

#: Of each arm that is drawn.
SHARE = 0.10
#: Arms that are drawn, in the order of the lot; the rest is nobody's.
DRAWN = (Arm.RANDOM, Arm.BRAND, Arm.OWN, Arm.EXPLORE)
#: Of these the hour is drawn as well.
BY_LOT = (Arm.RANDOM, Arm.EXPLORE)
DAY = 86_400
_ARM, _HOUR = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03


def drawn(answers: object) -> tuple[Arm, ...]:
    """The arms that are drawn; ``answers``: the second level's version, or None."""
    return DRAWN if answers is None else (*DRAWN, Arm.ANSWERS)


def draw(die: NDArray[np.int64], now: int, arms: tuple[Arm, ...] = DRAWN) -> NDArray[np.int8]:
    """Each person's :class:`Arm` on the day of ``now`` (seconds of the epoch), by their die."""
    share = _even(_mixed(die, now, _ARM))
    found = np.full(len(die), Arm.REST, np.int8)
    for place, arm in enumerate(arms):
        found[(share >= place * SHARE) & (share < (place + 1) * SHARE)] = arm
    return found


def pick(die: NDArray[np.int64], now: int, chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """A column of ``chances`` (n, m), drawn by them, for each person on the day of ``now``; each row has one above 0."""
    upto = chances.cumsum(axis=1)
    return np.asarray((upto > (_even(_mixed(die, now, _HOUR)) * upto[:, -1])[:, None]).argmax(axis=1), np.int64)


def _even(mixed: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Numbers from 0 to below 1, of 52 bits: whatever one is multiplied with comes out larger than the product."""
    return (mixed >> np.uint64(12)).astype(np.float64) * 2.0**-52


def _mixed(die: NDArray[np.int64], now: int, salt: int) -> NDArray[np.uint64]:
    """Splitmix64's finish: any bit that differs makes half of all bits differ."""
    x = die.astype(np.uint64) + np.uint64(((now // DAY + 1) * salt) & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
