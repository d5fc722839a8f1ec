"""How often one of the ten products that each method would have shown was in a person's next order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.catalogue.recommend.again import buy_again
from antiphon.catalogue.recommend.baskets import Baskets, baskets
from antiphon.catalogue.recommend.choose import choose
from antiphon.catalogue.recommend.ease import fit_ease
from antiphon.catalogue.recommend.models import Mask, Model, Scores, Settings
from antiphon.catalogue.recommend.popular import best_sellers
from antiphon.catalogue.recommend.similar import fit_similar
from antiphon.catalogue.recommend.split import OrderLines, Split, split
from antiphon.catalogue.recommend.top import top

SHOWN = 10
LEAST_ORDERS = 9
DRAWS = 1_000
SEED = 9

Scorer = Callable[[int], Scores]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the file is split. Products in fewer than ``least_orders`` orders that are learned from are left out."""

    least_orders: int = LEAST_ORDERS
    shown: int = SHOWN


def evaluate(lines: OrderLines, protocol: Protocol, settings: Settings) -> dict[str, Any]:
    """Shares (0 to 1) with 95 % intervals over people, for products new to them and with repeats; seconds of fitting.

    ``interval`` is a bootstrap's over people, with a fixed seed; ``over``: the difference to another method, of the same people.
    """
    parts = split(lines, protocol.least_orders)
    known = baskets(parts.known)
    scorers, seconds = _scorers(parts, known, settings)
    new, repeats = _people(parts, known, repeats=False), _people(parts, known, repeats=True)
    hits_new = {name: _hits(scorers[name], parts, known, new, protocol.shown, repeats=False) for name in _NEW}
    hits_all = {name: _hits(scorers[name], parts, known, repeats, protocol.shown, repeats=True) for name in _REPEATS}
    buyers = int((np.diff(known.starts) > 0).sum())
    choice = choose(buyers, len(parts.products), settings)
    return {
        "shown": protocol.shown,
        "products": len(parts.products),
        "buyers": buyers,
        "choice": {"method": choice.method, "why": choice.why},
        "new_products": _group(hits_new, "ease"),
        "with_repeats": _group(hits_all, "buy-again"),
        "fit_seconds": seconds,
    }


_NEW = ("popular", "best sellers", "item-item", "ease")
_REPEATS = ("popular", "ease", "buy-again")


def _scorers(parts: Split, known: Baskets, settings: Settings) -> tuple[dict[str, Scorer], dict[str, float]]:
    popular = np.bincount(known.columns, minlength=known.width)
    best = best_sellers(parts.known, parts.last, settings.best_half_life)
    seconds: dict[str, float] = {}

    def timed(name: str, fit: Callable[[], Any]) -> Any:
        began = perf_counter()
        fitted = fit()
        seconds[name] = round(perf_counter() - began, 3)
        return fitted

    def by_model(model: Model) -> Scorer:
        return lambda person: model.score(*known.row(person))

    similar = timed("item-item", lambda: fit_similar(known, settings.shrink, settings.neighbours))
    ease = timed("ease", lambda: fit_ease(known, settings.ease_lambda))
    again: Baskets = timed("buy-again", lambda: buy_again(parts.known, parts.last, settings.again_half_life))

    def own(person: int) -> Scores:
        scores = np.full(known.width, -np.inf)
        products, weights = again.row(person)
        scores[products] = weights
        return scores

    return {
        "popular": lambda _: popular,
        "best sellers": lambda _: best,
        "item-item": by_model(similar),
        "ease": by_model(ease),
        "buy-again": own,
    }, seconds


def _people(parts: Split, known: Baskets, *, repeats: bool) -> list[int]:
    """Who had orders before and has something to be found in the last one."""
    had = np.flatnonzero(np.diff(known.starts) > 0)
    return [int(person) for person in had if len(_wanted(parts, known, int(person), repeats=repeats))]


def _wanted(parts: Split, known: Baskets, person: int, *, repeats: bool) -> NDArray[np.int32]:
    wanted, _ = parts.held.row(person)
    return wanted if repeats else np.setdiff1d(wanted, known.row(person)[0], assume_unique=True)


def _hits(scorer: Scorer, parts: Split, known: Baskets, people: list[int], shown: int, *, repeats: bool) -> Mask:
    found = np.zeros(len(people), bool)
    for place, person in enumerate(people):
        scores = scorer(person).astype(np.float64)
        if not repeats:
            scores[known.row(person)[0]] = -np.inf
        wanted = _wanted(parts, known, person, repeats=repeats)
        found[place] = np.isin(top(scores, shown), wanted).any()
    return found


def _group(hits: Mapping[str, Mask], best: str) -> dict[str, Any]:
    people = len(next(iter(hits.values())))
    told: dict[str, Any] = {"people": people}
    if not people:
        return told
    draws = {name: _draws(each) for name, each in hits.items()}
    told["hit"] = {
        name: {"share": round(float(each.mean()), 4), "interval": _interval(draws[name])} for name, each in hits.items()
    }
    told["over"] = {
        name: {
            "share": round(float(hits[best].mean() - hits[name].mean()), 4),
            "interval": _interval(draws[best] - draws[name]),
        }
        for name in hits
        if name != best
    }
    return told


def _draws(hits: Mask) -> Scores:
    """Means of resampled people; the same people for every method, because the seed is."""
    random = np.random.default_rng(SEED)
    return np.array([hits[random.integers(len(hits), size=len(hits))].mean() for _ in range(DRAWS)])


def _interval(draws: Scores) -> list[float]:
    low, high = np.percentile(draws, (2.5, 97.5))
    return [round(float(low), 4), round(float(high), 4)]
