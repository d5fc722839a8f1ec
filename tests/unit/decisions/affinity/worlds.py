"""People whose rates of answering are known because they were made up."""

import numpy as np

from antiphon.decisions.affinity.models import Counts, Floats, counts
from antiphon.decisions.affinity.posterior import logit, sigmoid

MEANS, STRENGTHS = (0.03, 0.09), (40.0, 25.0)
GUESS = (0.02, 0.08)


def rates_of(
    number: int, seed: int, means: tuple[float, float] = MEANS, strengths: tuple[float, float] = STRENGTHS,
    shared: float = 0.8,
) -> Floats:  # fmt: skip
    """True rates (n, 2): each person has something that both channels share, and something of each channel."""
    random = np.random.default_rng(seed)
    common = shared * random.normal(0, 1, number)
    around = [sigmoid(logit(mean) + common) for mean in means]
    return np.stack([random.beta(k * mu, k * (1 - mu)) for k, mu in zip(strengths, around, strict=True)], axis=1)


def answers_of(rates: Floats, seed: int, sends: tuple[float, float] = (20, 6)) -> Counts:
    """What people with such rates answered of as many emails and texts, more or less."""
    random = np.random.default_rng(seed)
    sent = np.stack([random.poisson(mean, len(rates)) for mean in sends], axis=1)
    return counts(sent, random.binomial(sent, rates))
