"""How much people's own answers and acts tell of whether they will answer: learned from messages that came later.

The log odds that a message is answered are the readiness of the person, the campaign's, those of the hour, and, weighed, by how
much the person's own rhythm of answers and their own acts speak for that hour more than everybody's do. Both were learned from
what came before these messages. A weight whose interval is not all above 0 is 0: then everybody's hours count alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.climbing import newton
from antiphon.decisions.timing.curves import HOURS
from antiphon.decisions.timing.matrices import Tall

#: How firmly hours and campaigns are held together; the weights are hardly held at all.
FIRM, LOOSE = 1.0, 1e-3
#: Campaigns of their own; all others are one.
GROUPS = 40
#: The middle 95 %.
REACH = 1.96
_NEAR = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Later:
    """Messages (n,) that came later: whether answered, by whom (numbered), the hour they left, the campaign (any number).

    ``ready``: log of the person's readiness; ``speak`` (n, 2): log of how much more than everybody's their answers and their acts
    speak for the hour.
    """

    answered: NDArray[np.bool_]
    person: NDArray[np.int64]
    hour: NDArray[np.int64]
    group: NDArray[np.int64]
    ready: Floats
    speak: Floats


@dataclass(frozen=True, slots=True)
class Weight:
    """With its 95 % interval, of persons and not of messages; what is used is never negative."""

    value: float
    low: float
    high: float

    @property
    def used(self) -> float:
        return self.value if self.low > 0 else 0.0


NOTHING = Weight(0.0, 0.0, 0.0)


def combine(later: Later) -> tuple[Weight, Weight]:
    """The weights of people's own answers and of their own acts, by a logistic regression held together by squares."""
    told = later.speak.std(axis=0) > _NEAR
    if not told.any() or len(np.unique(later.answered)) == 1:
        return NOTHING, NOTHING
    rows, firm = _design(later, told)
    design = Tall(rows)
    found = _logistic(design, later, firm)
    spread = _spread(rows, design, later, firm, found)
    weights = [NOTHING, NOTHING]
    for place, column in enumerate(np.flatnonzero(told).tolist()):
        value, reach = float(found[place]), REACH * float(np.sqrt(spread[place, place]))
        weights[column] = Weight(value, value - reach, value + reach)
    return weights[0], weights[1]


def _design(later: Later, told: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    groups, of, counts = np.unique(later.group, return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:GROUPS]
    place = np.full(len(groups), -1)
    place[kept] = np.arange(len(kept))
    number = int(told.sum())
    design = np.zeros((len(of), number + 1 + HOURS + len(kept)))
    design[:, :number] = later.speak[:, told]
    design[:, number] = 1
    rows = np.arange(len(of))
    design[rows, number + 1 + later.hour] = 1
    mine = place[of]
    design[rows[mine >= 0], number + 1 + HOURS + mine[mine >= 0]] = 1
    return design, np.concatenate((np.full(number + 1, LOOSE), np.full(HOURS + len(kept), FIRM)))


def _logistic(design: Tall, later: Later, firm: Floats) -> Floats:
    def worth(at: Floats) -> float:
        line = design.times(at) + later.ready
        return float((line * later.answered - np.logaddexp(0, line)).sum() - (firm * at**2).sum() / 2)

    def step(at: Floats) -> Floats:
        chance = _chance(design, later, at)
        slope = design.across(later.answered - chance) - firm * at
        return np.asarray(np.linalg.solve(_curved(design, chance, firm), slope))

    return newton(worth, step, np.zeros(len(firm)))


def _spread(rows: Floats, design: Tall, later: Later, firm: Floats, found: Floats) -> Floats:
    """Variances of the coefficients where the messages of one person hang together."""
    chance = _chance(design, later, found)
    slopes = np.zeros((int(later.person.max()) + 1, len(firm)))
    np.add.at(slopes, later.person, rows * (later.answered - chance)[:, None])
    inverse = np.linalg.inv(_curved(design, chance, firm))
    return np.asarray(inverse @ Tall(slopes).square() @ inverse)


def _chance(design: Tall, later: Later, at: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(design.times(at) + later.ready))))


def _curved(design: Tall, chance: Floats, firm: Floats) -> Floats:
    return np.asarray(design.square(chance * (1 - chance)) + np.diag(firm))
