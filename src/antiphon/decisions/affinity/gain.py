"""What choosing channels by the model would have gained over the rule, on messages that came after it was learned.

Of each person who got messages on both channels in the later time it is known how often they answered on each. Where the
rule and the model name the same channel nothing is gained; elsewhere it is what the messages on the one channel brought less
what those on the other did, each worth what the brand's settings say, cost taken off. The mean over people has the interval
that ``timing.gain`` has, which may be looked at every day.
"""

from dataclasses import asdict, dataclass
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.affinity.models import Counts, Floats
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing.gain import ALPHA, EXPECTED, LEAST_ANSWERS

#: People for whom rule and model differ; of fewer nothing is said.
LEAST_DIFFERENT = 30


@dataclass(frozen=True, slots=True)
class Gain:
    """By message, in the brand's currency, with its interval. ``people`` were asked, of whom ``different`` got another channel;
    of their messages ``rule`` and ``model`` are the shares answered on the channel that each names, of all people.
    """

    share: float
    low: float
    high: float
    people: int
    different: int
    rule: float
    model: float

    @property
    def shown(self) -> bool:
        return self.low > 0

    def document(self) -> dict[str, Any]:
        return asdict(self)


def margins(rates: Floats, settings: BrandSettings) -> Floats:
    """What a message of average worth brings on each channel, (n, 2), at a rate of answers: email, then one segment of text."""
    found = []
    for place, each in enumerate((settings.email, settings.sms)):
        found.append(rates[:, place] * each.order * settings.value - each.cost - each.opt_out * each.loss)
    return np.stack(found, axis=1)


def gain(model: NDArray[np.int8], rule: NDArray[np.int8], later: Counts, settings: BrandSettings) -> Gain | None:
    """The gain of one choice of channels (n,) over another; None for too few. ``later``: what came, not decayed."""
    both = (later.sends > 0).all(axis=1)
    model, rule, later = model[both], rule[both], later.of(both)
    different = int((model != rule).sum())
    if different < LEAST_DIFFERENT or later.answers.sum() < LEAST_ANSWERS:
        return None
    rates = later.answers / later.sends
    rows = np.arange(len(rates))
    brought = margins(rates, settings)
    gained = brought[rows, model] - brought[rows, rule]
    mean, variance = float(gained.mean()), float(gained.var(ddof=1) / len(gained))
    prior = (EXPECTED * max(settings.email.order, settings.sms.order) * settings.value) ** 2
    if not variance or not prior:
        return None
    reach = sqrt(variance * (variance + prior) / prior * (2 * log(1 / ALPHA) + log((variance + prior) / variance)))
    shares = (float(rates[rows, each].mean()) for each in (rule, model))
    return Gain(mean, mean - reach, mean + reach, len(rates), different, *shares)
