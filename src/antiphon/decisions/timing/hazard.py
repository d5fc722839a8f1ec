"""When people answer a message, once the hours are taken out at which they were written to.

The rate at which somebody answers a message of age a at hour h of their clock is r q(h) d(a): how ready they are on the channel,
the rhythm of their hours (mean 1), and how a channel's answers fade with age (piecewise constant). What is common to all, d and
everybody's rhythm, is a Poisson regression; r and q of each person are shrunk to it; three rounds of one after the other.
Hours at which somebody never had anything to answer say nothing, so that their rhythm there is everybody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.climbing import newton
from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.curves import HOURS, WIDE, kernel, times
from antiphon.decisions.timing.evidence import highest, ln_gamma
from antiphon.decisions.timing.exposure import BIN, BINS, CHANNELS, LONGEST, Exposed
from antiphon.decisions.timing.matrices import Tall
from antiphon.decisions.timing.windows import WINDOW

ROUNDS = 3
#: How many answers everybody's readiness counts as in one's own.
READY = 2.0
#: How firmly the shipped curve stands behind everybody's rhythm: as the logarithm's precision at each hour.
FIRM = 4.0
#: Fewer people say nothing of how much they differ; so many answers everybody's rhythm then counts as at each hour.
LEAST_PEOPLE, DEFAULT = 50, 4.0

_NEAR = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hazard:
    """``rhythm`` (24,): everybody's, of mean 1; ``fades`` (2, 6): answers an hour at rhythm 1 by channel and bin of age.

    ``kappa``: how many expected answers everybody's rhythm counts as at each hour of a person's.
    """

    rhythm: Floats
    fades: Floats
    kappa: float


def fit(seen: Exposed, rounds: int = ROUNDS) -> Hazard:
    """What is common to some people."""
    rhythm = SHIPPED / SHIPPED.mean()
    total, hours = seen.answers.sum(axis=(0, 3), dtype=np.float64), seen.hours.sum(axis=(0, 3), dtype=np.float64)
    fades = (total + _NEAR) / (hours + 1)
    found = Hazard(rhythm, fades, DEFAULT)
    for _ in range(rounds):
        ready, _ = people(seen, found, 1)
        expected = np.einsum("ic,icbh->cbh", ready, seen.hours, optimize=True)
        rhythm, fades = _common(seen.answers.sum(axis=0, dtype=np.float64), expected)
        found = Hazard(rhythm, fades, _kappa(seen, ready, rhythm, fades))
    return found


def people(seen: Exposed, common: Hazard, rounds: int = ROUNDS) -> tuple[Floats, Floats]:
    """Each person's readiness (people, 2), 1 for everybody's, and rhythm (people, 24) of mean 1."""
    by_channel = seen.answers.sum(axis=(2, 3))
    answers = seen.answers.sum(axis=(1, 2), dtype=np.float64)
    faded = np.einsum("icbh,cb->ich", seen.hours, common.fades.astype(np.float32), optimize=True).astype(np.float64)
    rhythm = np.broadcast_to(common.rhythm, answers.shape)
    spread = kernel(WIDE)
    for _ in range(rounds):
        expected = np.einsum("ich,ih->ic", faded, rhythm, optimize=True)
        ready = (by_channel + READY) / (expected + READY)
        exposure = np.einsum("ich,ic->ih", faded, ready, optimize=True)
        rhythm = (times(answers, spread) + common.kappa * common.rhythm) / (times(exposure, spread) + common.kappa)
        rhythm /= rhythm.mean(axis=1, keepdims=True)
    return ready, np.asarray(rhythm)


def reach(rhythm: Floats, fades: Floats, longest: int = LONGEST) -> Floats:
    """How likely an answer within ``longest`` hours is, for messages that leave at each hour (…, 24).

    ``rhythm`` (…, 24); ``fades`` (6,), of one channel or of both as they are mixed.
    """
    ages = np.arange(longest)
    weight = np.zeros((HOURS, HOURS))  # hour of the clock by hour of leaving
    for start in range(HOURS):
        weight[:, start] = np.bincount((start + ages) % HOURS, fades[BIN[ages]], HOURS)
    return np.asarray(1 - np.exp(-times(rhythm.reshape(-1, HOURS), weight).reshape(rhythm.shape)))


def _common(answers: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Everybody's rhythm (24,), mean 1, and how answers fade (2, 6), from cells (2, 6, 24)."""
    cells = CHANNELS * BINS
    design = np.zeros((cells, HOURS, cells + HOURS))
    design[np.arange(cells), :, np.arange(cells)] = 1
    design[:, np.arange(HOURS), cells + np.arange(HOURS)] = 1
    shipped = np.log(SHIPPED / SHIPPED.mean())
    some = expected.reshape(-1) > 0
    mean = np.concatenate(
        (np.log((answers.sum(axis=2).reshape(-1) + 0.5) / (expected.sum(axis=2).reshape(-1) + 1)), shipped)
    )
    firm = np.concatenate((np.full(cells, _NEAR), np.full(HOURS, FIRM)))
    found = poisson(
        design.reshape(-1, cells + HOURS)[some], answers.reshape(-1)[some], expected.reshape(-1)[some], mean, firm
    )
    level = np.exp(found[cells:]).mean()
    return np.exp(found[cells:]) / level, (np.exp(found[:cells]) * level).reshape(CHANNELS, BINS)


def poisson(design: Floats, counts: Floats, exposure: Floats, mean: Floats, firm: Floats) -> Floats:
    """Coefficients (k,) of log rates of ``counts`` (n,) over ``exposure`` (n,), Gaussian around ``mean`` with precision ``firm``.

    By Newton's method with halved steps; nothing here can diverge, because the sum is concave.
    """

    tall = Tall(design)

    def worth(at: Floats) -> float:
        line = tall.times(at)
        return float(counts @ line - exposure @ np.exp(line) - (firm * (at - mean) ** 2).sum() / 2)

    def step(at: Floats) -> Floats:
        rate = exposure * np.exp(tall.times(at))
        slope = tall.across(counts - rate) - firm * (at - mean)
        return np.asarray(np.linalg.solve(tall.square(rate) + np.diag(firm), slope))

    return newton(worth, step, mean)


def _kappa(seen: Exposed, ready: Floats, rhythm: Floats, fades: Floats) -> float:
    """Kappa of the greatest evidence: answers of windows of three hours are Poisson draws of rates that are Gamma's.

    Asked of windows, as level 1 does (``evidence``), and so a third of it counts at each hour.
    """
    if len(ready) < LEAST_PEOPLE:
        return DEFAULT
    answers = seen.answers.sum(axis=(1, 2), dtype=np.float64)
    exposure = np.einsum("icbh,cb,ic->ih", seen.hours, fades, ready, optimize=True)
    views: Sequence[tuple[Floats, Floats, Floats]] = [
        (_windows(answers, start), _windows(exposure, start), _windows(rhythm, start) / WINDOW)
        for start in range(WINDOW)
    ]

    def evidence(logarithm: float) -> float:
        return sum(_evidence(*view, float(np.exp(logarithm))) for view in views)

    return highest(evidence) / WINDOW


def _evidence(answers: Floats, exposure: Floats, rhythm: Floats, kappa: float) -> float:
    shape = np.broadcast_to(kappa * rhythm, answers.shape)
    some = answers > 0
    found = (ln_gamma((answers + shape)[some]) - ln_gamma(shape[some])).sum()
    found += (shape * np.log(kappa)).sum() - ((shape + answers) * np.log(kappa + exposure)).sum()
    return float(found)


def _windows(curves: Floats, start: int) -> Floats:
    turned = np.roll(curves, -start, axis=-1)
    return np.asarray(turned.reshape(*curves.shape[:-1], -1, WINDOW).sum(axis=-1))
