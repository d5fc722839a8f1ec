"""Item-item: products that the same people had to do with, by cosine with shrinkage.

``S_ij = C_ij / sqrt(n_i n_j) * C_ij / (C_ij + shrink)`` with ``C = X'X``: what a few people have in common says little.
"""

from dataclasses import dataclass

import numpy as np

from antiphon.catalogue.recommend.baskets import Baskets, together
from antiphon.catalogue.recommend.models import Floats, Ints, Scores
from antiphon.catalogue.recommend.top import top


@dataclass(frozen=True, slots=True)
class Similar:
    """The nearest neighbours of each product, as compressed rows."""

    neighbours: Baskets

    def score(self, products: Ints, weights: Floats) -> Scores:
        """A score per product for who had to do with ``products`` by ``weights``."""
        columns, similarity, lengths = self.neighbours.rows(products)
        return np.bincount(columns, similarity * np.repeat(weights, lengths), minlength=self.neighbours.width)


def fit_similar(by_person: Baskets, shrink: float, neighbours: int) -> Similar:
    """Memory: 8 bytes per product and neighbour."""
    norms = by_person.norms()
    columns, values, lengths = [], [], [0]
    for product, common in enumerate(together(by_person)):
        common[product] = 0
        reach = norms[product] * norms
        similarity = np.divide(common**2, reach * (common + shrink), out=np.zeros_like(common), where=common > 0)
        best = top(similarity, neighbours)
        best = np.sort(best[similarity[best] > 0])
        columns.append(best)
        values.append(similarity[best].astype(np.float32))
        lengths.append(len(best))
    empty_columns, empty_values = np.empty(0, np.int32), np.empty(0, np.float32)
    return Similar(
        Baskets(
            np.cumsum(np.array(lengths, np.int64)),
            np.concatenate([empty_columns, *columns]),
            np.concatenate([empty_values, *values]),
            by_person.width,
        )
    )
