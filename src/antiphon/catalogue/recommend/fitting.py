"""Learns from a shop's history and lists products for each of its people."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.catalogue.recommend.again import buy_again
from antiphon.catalogue.recommend.baskets import Baskets, baskets
from antiphon.catalogue.recommend.choose import Choice, choose
from antiphon.catalogue.recommend.ease import fit_ease
from antiphon.catalogue.recommend.history import History
from antiphon.catalogue.recommend.models import Ints, Mask, Model, Scores, Settings
from antiphon.catalogue.recommend.popular import best_sellers, in_categories
from antiphon.catalogue.recommend.similar import fit_similar
from antiphon.catalogue.recommend.top import top
from antiphon.kit.buckets import hash64

#: Of the new products so many, the best selling for the person's categories, take turns among people.
TURNS = 20


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned, with what it needs to list products for a person of the history."""

    choice: Choice
    learnable: int  # products; those before it in the numbering are learned from
    best: Scores  # by product
    _history: History
    _acts: Baskets
    _bought: Baskets
    _again: Baskets
    _model: Model | None
    _new: Mask
    _settings: Settings

    def next(self, person: int) -> Ints:
        """Products that are new to a person, best first; one that is new to the shop has a place of its own."""
        products, weights = self._acts.row(person)
        owned, _ = self._bought.row(person)
        best = in_categories(self.best, self._history.category, products, weights)
        if self._model is None:
            scores = best.astype(np.float64)
        else:
            known = products < self.learnable
            scores = self._model.score(products[known], weights[known]).astype(np.float64)
        scores[scores <= 0] = -np.inf
        scores[owned[owned < len(scores)]] = -np.inf
        return self._explore(person, top(scores, self._settings.length), owned, best)

    def again(self, person: int) -> Ints:
        """What a person bought, most and newest first."""
        products, weights = self._again.row(person)
        return products[top(weights, self._settings.length)]

    def best_of(self, category: int | None, number: int) -> Ints:
        """Best sellers of a category, or of the whole shop."""
        scores = np.where(self.best > 0, self.best, -np.inf)
        if category is not None:
            scores[self._history.category != category] = -np.inf
        return top(scores, number)

    def _explore(self, person: int, listed: Ints, owned: Ints, best: Scores) -> Ints:
        place = self._settings.new_place - 1
        if place < 0 or not self._new.any():
            return listed
        # one that nobody bought yet has a chance as well, after those that sell
        scores = np.where(self._new, best, -np.inf)
        scores[owned] = -np.inf
        scores[listed] = -np.inf
        candidates = top(scores, TURNS)
        if not len(candidates):
            return listed
        turn = hash64(f"new|{self._history.people[person]}") % len(candidates)
        return np.insert(listed, min(place, len(listed)), candidates[turn])[: self._settings.length]


def fit(history: History, now: int, settings: Settings) -> Fitted:
    """``now``: seconds since 1970. Memory and time: docs/recommendations.md."""
    acts = baskets(history.lines)
    bought = baskets(history.bought)
    learnable = np.bincount(acts.columns, minlength=acts.width) >= settings.least_people
    # products are numbered by lines; where people and lines disagree, a few rare ones stand among the learned
    limit = int(np.flatnonzero(learnable).max(initial=-1)) + 1
    buyers = int((np.diff(bought.starts) > 0).sum())
    choice = choose(buyers, limit, settings)
    new_since = now - int(settings.new_for.total_seconds())
    # in a shop that is new itself, nothing stands out for being new
    new = (history.first_at >= new_since) & (history.began < new_since)
    return Fitted(
        choice,
        limit,
        best_sellers(history.bought, now, settings.best_half_life),
        history,
        acts,
        bought,
        buy_again(history.bought, now, settings.again_half_life),
        _model(choice, baskets(history.lines.only(history.lines.product < limit)), limit, settings),
        new,
        settings,
    )


def _model(choice: Choice, acts: Baskets, limit: int, settings: Settings) -> Model | None:
    if choice.method == "popular":
        return None
    learned_from = Baskets(acts.starts, acts.columns, acts.weights, limit)
    if choice.method == "ease":
        return fit_ease(learned_from, settings.ease_lambda)
    return fit_similar(learned_from, settings.shrink, settings.neighbours)


def lists(fitted: Fitted, people: range) -> Iterator[tuple[int, str, Ints]]:
    """Person (by number), kind and products, where there are any."""
    for person in people:
        for kind, found in (("next", fitted.next(person)), ("again", fitted.again(person))):
            if len(found):
                yield person, kind, found
