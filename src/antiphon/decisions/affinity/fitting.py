"""What is learned of everybody: means, how far people differ, and how much one channel tells of the other.

By the evidence of people's counts under the beta-binomial distribution, each channel by itself given the other one. What
is assumed stands behind it as so few messages that some hundreds outweigh it.
"""

import numpy as np

from antiphon.decisions.affinity.models import Channel, Counts, Floats, Model
from antiphon.decisions.affinity.posterior import LEAST_RATE, beside, logit, sigmoid
from antiphon.decisions.climbing import between
from antiphon.decisions.timing.evidence import ln_gamma

#: Counts of everybody's answers on each channel as long as they are few: as so many messages of the assumed rate.
ASSUMED = 200.0
#: As how many messages everybody's mean counts in a person's own rate, where too little is known to tell.
STRENGTH = 30.0
#: Where the strength is looked for, and how far from :data:`STRENGTH` it is expected, in log: both are mild.
LEAST, MOST, SPREAD = 2.0, 2000.0, 1.5
#: How far everybody's mean is expected from what was counted of everybody together, in log-odds.
FAR = 2.0
#: What the other channel is expected to tell, and how unsure that is. Below 0 it would tell the opposite, above 1 more of this
#: channel than of itself.
OTHER, UNSURE = 0.5, 0.5
_SWEEPS = 12
_PRECISION = 2e-3


def evidence(sends: Floats, answers: Floats, prior: Floats, strength: float) -> float:
    """Log probability of people's counts (n,) under rates that are Beta-distributed around ``prior`` (n,), but for a constant."""
    a = strength * prior
    b = strength - a
    found = ln_gamma(answers + a) - ln_gamma(a) + ln_gamma(sends - answers + b) - ln_gamma(b)
    return float((found - ln_gamma(sends + strength)).sum() + len(sends) * ln_gamma(strength))


def assumed(known: Counts, guess: tuple[float, float]) -> Model:
    """Means of everybody beside a guess; how far people differ, and what channels tell of each other, is not asked."""
    sums = known.answers.sum(axis=0), known.sends.sum(axis=0)
    mean = [(sums[0][each] + ASSUMED * guess[each]) / (sums[1][each] + ASSUMED) for each in (0, 1)]
    email, sms = (Channel(float(np.clip(each, LEAST_RATE, 1 - LEAST_RATE)), OTHER, STRENGTH) for each in mean)
    return Model(email, sms, fitted=False)


def fit(known: Counts, guess: tuple[float, float]) -> Model:
    """The model of greatest evidence. First without looking aside, which says what each channel tells of the other."""
    start = assumed(known, guess)
    alone = [_channel(known, each, np.zeros(len(known)), start.channels[each], other=False) for each in (0, 1)]
    found = Model(alone[0], alone[1], fitted=True)
    aside = beside(found, known)
    email, sms = (_channel(known, each, aside[:, each], alone[each], other=True) for each in (0, 1))
    return Model(email, sms, fitted=True)


def _channel(known: Counts, which: int, aside: Floats, start: Channel, *, other: bool) -> Channel:
    """One channel's three numbers in turn, each the best given the others, until none moves any more."""
    some = known.sends[:, which] > 0
    sends, answers, aside = known.sends[some, which], known.answers[some, which], aside[some]
    if not len(sends):
        return start

    def worth(mean: float, tells: float, strength: float) -> float:
        prior = np.clip(sigmoid(mean + tells * aside), LEAST_RATE, 1 - LEAST_RATE)
        likely = evidence(sends, answers, prior, float(np.exp(strength)))
        off = ((strength - np.log(STRENGTH)) / SPREAD) ** 2 + ((mean - likeliest) / FAR) ** 2
        if other:
            off += ((tells - OTHER) / UNSURE) ** 2
        return float(likely - off / 2)

    mean = likeliest = float(logit(start.mean))
    strength = float(np.log(start.strength))
    tells, span = (OTHER if other else 0.0), 3.0
    for _ in range(_SWEEPS):
        before = mean, tells, strength
        mean = between(lambda each: worth(each, tells, strength), mean - span, mean + span, _PRECISION)  # noqa: B023
        mean = float(np.clip(mean, logit(LEAST_RATE), logit(1 - LEAST_RATE)))
        low, high = max(np.log(LEAST), strength - span), min(np.log(MOST), strength + span)
        strength = between(lambda each: worth(mean, tells, each), low, high, _PRECISION)  # noqa: B023
        if other:
            tells = between(lambda each: worth(mean, each, strength), 0.0, 1.0, _PRECISION)  # noqa: B023
        moved = max(abs(one - two) for one, two in zip(before, (mean, tells, strength), strict=True))
        if moved < 2 * _PRECISION:
            break
        span = max(4 * moved, 0.1)
    return Channel(float(sigmoid(np.array(mean))), tells if other else start.other, float(np.exp(strength)))
