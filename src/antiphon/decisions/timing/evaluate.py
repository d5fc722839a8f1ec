"""How often a person's later acts fall into the three hours that were chosen for them from their first ones.

Known limits, of any such figures: acts are not answers to messages; who has many acts is not everybody; what is best of
three hours later is mostly chance, so that nobody reaches far above everybody's common window.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import day_curves, decayed, person_curves
from antiphon.decisions.timing.fitting import Model, Past, fit
from antiphon.decisions.timing.reading import Acts
from antiphon.decisions.timing.sessions import Sessions, ages, sessions
from antiphon.decisions.timing.windows import WINDOW, window_sums
from antiphon.kit.errors import AntiphonError

LEAST_SESSIONS = 50
FOLDS = 5
STAGES: tuple[int | None, ...] = (5, 10, 20, None)
DRAWS = 1_000
SEED = 7
#: Of fewer people an interval says nothing.
LEAST_PEOPLE = 10

#: Windows whose sums differ by less are as good as each other.
_TIE = 1e-9

Floats = NDArray[np.float64]


def evaluate(acts: Acts, least: int = LEAST_SESSIONS) -> dict[str, Any]:
    """Shares (0 to 1) of later sessions inside the window of each method, for each number of first sessions known.

    ``global``: one window for everybody; ``raw``: the person's own histogram; ``ours``: the product's curve, fitted to other
    people only, in five folds; ``ours_by_day``: with a window of its own on weekends. ``over_global`` and ``over_raw``: how much
    more than these ``ours`` has, with the 95 % interval of a bootstrap over people of a fixed seed.
    """
    known = sessions(acts, least)
    people = len(known.cut)
    if people < LEAST_PEOPLE:
        some = f"{people} people have" if people != 1 else "One person has"
        rest = "".join(f" Rows left out: {number:,} ({why})." for why, number in acts.left_out.items())
        raise AntiphonError(
            f"{some} {least} sessions or more, of {acts.people:,} in the file; {LEAST_PEOPLE} are needed to tell anything.{rest}",
            "A session is what somebody did without an hour's pause. A longer history helps, or a smaller --least-sessions.",
        )
    fold = np.random.default_rng(SEED).permutation(people) % FOLDS
    return {
        "people": people,
        "sessions": len(known.at),
        "window_hours": WINDOW,
        "left_out": acts.left_out,
        "unknown_zones": acts.unknown_zones,
        "stages": [_stage(known, fold, stage) for stage in STAGES],
    }


def _stage(known: Sessions, fold: NDArray[np.int64], stage: int | None) -> dict[str, Any]:
    allowed = known.rank < known.cut[known.person]
    seen = allowed if stage is None else allowed & (known.rank < stage)
    later = known.counts(~allowed)
    curves, kappas = _curves(known, seen, allowed, later, fold)
    hits = {name: hit(each, later) for name, each in curves.items()}
    told: dict[str, Any] = {
        "first": stage if stage is not None else "all",
        "kappa": [round(each, 1) for each in kappas],
    }
    told["share"] = {name: round(float(each.mean()), 4) for name, each in hits.items()}
    told |= _over(hits)
    return told


def _curves(
    known: Sessions, seen: NDArray[np.bool_], allowed: NDArray[np.bool_], later: Floats, fold: NDArray[np.int64]
) -> tuple[dict[str, Floats], list[float]]:
    """Each method's curves of all people, (people, 24) or (people, 2, 24), and each fold's kappa."""
    everything = known.counts(allowed)
    events, worth = known.counts(seen), known.counts(seen, decayed(ages(known, seen)))
    past = Past(worth.sum(axis=1), events.sum(axis=1), later.sum(axis=1))
    found = {"global": np.zeros_like(past.events), "raw": past.events, "ours": np.zeros_like(past.events)}
    found["ours_by_day"] = np.zeros_like(events)
    kappas = []
    for number in range(FOLDS):
        mine = fold == number
        everybody = everything[~mine].sum(axis=(0, 1))
        model: Model = fit(everybody, past.of(~mine))
        kappas.append(model.kappa)
        found["global"][mine] = everybody
        found["ours"][mine] = person_curves(past.decayed[mine], model.brand, model.kappa)
        found["ours_by_day"][mine] = day_curves(worth[mine], model.brand, model.kappa)
    return found, kappas


def hit(curves: Floats, later: Floats) -> Floats:
    """The share (people,) of later sessions (people, 2, 24) inside the best window; of equal windows the mean.

    ``curves``: (people, 24), one window for every day, or (people, 2, 24), one for work days and one for weekends.
    """
    if curves.ndim == later.ndim - 1:
        curves = np.broadcast_to(curves[:, None, :], later.shape)
    sums = window_sums(curves)
    best = sums >= sums.max(axis=-1, keepdims=True) - _TIE
    inside = (window_sums(later) * best).sum(axis=-1) / best.sum(axis=-1)
    return np.asarray(inside.sum(axis=-1) / later.sum(axis=(-1, -2)))


def _over(hits: Mapping[str, Floats]) -> dict[str, Any]:
    """The gain of ours over others, of the same people: their mean, and the middle 95 % of means of people drawn again."""
    gains = np.stack([hits["ours"] - hits[name] for name in ("global", "raw")], axis=1)
    random = np.random.default_rng(SEED)
    means = np.array([gains[random.integers(len(gains), size=len(gains))].mean(axis=0) for _ in range(DRAWS)])
    low, high = np.percentile(means, (2.5, 97.5), axis=0)
    return {
        f"over_{name}": {
            "share": round(float(gains[:, place].mean()), 4),
            "interval": [round(float(low[place]), 4), round(float(high[place]), 4)],
        }
        for place, name in enumerate(("global", "raw"))
    }
