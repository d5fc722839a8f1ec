"""What is learned of a brand's people: their common curve, and how many events it counts as in each one's own.

Two questions give kappa, and the larger answer is taken, which trusts people's own hours least. The evidence of their
counts says how much people differ. What they did later says how well hours last: where people have changed theirs, the
first question alone would be answered boldly and wrongly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import brand_curve, person_curves
from antiphon.decisions.timing.evidence import DEFAULT, LEAST_EVENTS, LEAST_PEOPLE, fit_kappa, highest

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """``brand``: the common curve (24,); ``kappa`` and what both questions said (None: too few people to ask)."""

    brand: Floats
    kappa: float
    by_evidence: float | None
    by_later: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """People's counts by hour (n, 24): ``decayed`` as curves are made of, ``events`` as they were, and what came ``later``."""

    decayed: Floats
    events: Floats
    later: Floats

    def of(self, which: NDArray[np.bool_]) -> "Past":
        return Past(self.decayed[which], self.events[which], self.later[which])


def fit(everybody: Floats, past: Past) -> Model:
    """The model of a brand. ``everybody``: all events by hour (24,); ``past``: of some people, to learn kappa from."""
    brand = brand_curve(everybody)
    enough = int((past.events.sum(axis=1) >= LEAST_EVENTS).sum()) >= LEAST_PEOPLE
    by_evidence = fit_kappa(past.events, brand) if enough else None
    by_later = _later_kappa(past, brand)
    found = [kappa for kappa in (by_evidence, by_later) if kappa is not None]
    return Model(brand, max(found, default=DEFAULT), by_evidence, by_later)


def _later_kappa(past: Past, brand: Floats) -> float | None:
    """The kappa under which what people did later is most likely, each person counting the same; None for too few."""
    some = past.of((past.later.sum(axis=1) > 0) & (past.events.sum(axis=1) > 0))
    if len(some.later) < LEAST_PEOPLE:
        return None
    shares = some.later / some.later.sum(axis=1, keepdims=True)

    def likelihood(logarithm: float) -> float:
        curves = person_curves(some.decayed, brand, float(np.exp(logarithm)))
        return float((shares * np.log(curves)).sum())

    return highest(likelihood)
