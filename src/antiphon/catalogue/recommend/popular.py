"""Best sellers: what people bought, the newer the more."""

from datetime import timedelta

import numpy as np

from antiphon.catalogue.recommend.models import Floats, Ints, Lines, Scores

#: How much the best sellers of the rest count beside those of the categories that a person bought from.
ELSEWHERE = 0.05


def best_sellers(lines: Lines, now: int, half_life: timedelta) -> Scores:
    """A score per product: its lines, each halved with every ``half_life`` of its age at ``now`` (seconds since 1970)."""
    return np.bincount(lines.product, decay(lines, now, half_life), minlength=lines.products)


def decay(lines: Lines, now: int, half_life: timedelta) -> Scores:
    """What each line counts by its weight and age; what is dated after ``now`` counts as new."""
    age: Scores = np.maximum(now - lines.at, 0) / half_life.total_seconds()
    return lines.weight * np.exp2(-age)


def in_categories(best: Scores, category: Ints, products: Ints, weights: Floats) -> Scores:
    """Best sellers for one person: by how much of what they had to do with is of a product's category.

    ``category``: a number per product, -1 where none is known. Who has none is shown those of the whole shop.
    """
    own = category[products]
    known = own >= 0
    if not known.any():
        return best
    counted: Scores = np.bincount(own[known], weights[known], minlength=int(category.max()) + 1)
    share = counted / counted.sum()
    return best * (np.where(category >= 0, share[category], 0) + ELSEWHERE)
