"""What own hours gain over the brand's best, with an interval that may be looked at every day.

Looked at again and again, an ordinary 95 % interval excludes the truth some day for most. This one is the inverted mixture
sequential test (mSPRT): over all days together it misses the truth in 5 of 100 installations at most, nearly (it is
asymptotic, so that nothing is said below 100 answers).
"""

from dataclasses import dataclass
from math import log, sqrt

ALPHA = 0.05
#: The effect that is expected, as a difference of shares; fixed before anything is seen.
EXPECTED = 0.005
LEAST_ANSWERS = 100


@dataclass(frozen=True, slots=True)
class Arms:
    """People written to on a day, and how many of them answered within three days, by arm."""

    own: int
    own_answered: int
    brand: int
    brand_answered: int


@dataclass(frozen=True, slots=True)
class Gain:
    """Share answered at own hours less that at the brand's best, and its interval."""

    share: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        return self.low > 0


def gain(arms: Arms) -> Gain | None:
    """The gain; None while there are fewer than 100 answers, or all alike."""
    if not arms.own or not arms.brand or arms.own_answered + arms.brand_answered < LEAST_ANSWERS:
        return None
    own, brand = arms.own_answered / arms.own, arms.brand_answered / arms.brand
    variance = own * (1 - own) / arms.own + brand * (1 - brand) / arms.brand
    if not variance:
        return None
    prior = EXPECTED**2
    reach = sqrt(variance * (variance + prior) / prior * (2 * log(1 / ALPHA) + log((variance + prior) / variance)))
    return Gain(own - brand, own - brand - reach, own - brand + reach)
