"""EASE: what goes together, learned in one step (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019).

``P = (X'X + l I)^-1``, ``B_ij = -P_ij / P_jj`` with a diagonal of 0; a person's scores are ``x B``.
"""

from dataclasses import dataclass

import numpy as np

from antiphon.catalogue.recommend.baskets import Baskets, together
from antiphon.catalogue.recommend.models import Floats, Ints, Scores


@dataclass(frozen=True, slots=True)
class Ease:
    """``weights[i, j]``: how much product i in a basket speaks for product j."""

    weights: Floats

    def score(self, products: Ints, weights: Floats) -> Scores:
        """A score per product for who had to do with ``products`` by ``weights``."""
        # einsum and not @: BLAS would wake its threads for each person, which costs more than they save
        found: Scores = np.einsum("i,ij->j", weights, self.weights[products])
        return found


def fit_ease(by_person: Baskets, penalty: float) -> Ease:
    """Needs 8 bytes per pair of products while it works, and 4 afterwards; time grows with the cube of the products."""
    number = by_person.width
    gram = np.empty((number, number), np.float32)
    for product, row in enumerate(together(by_person)):
        gram[product] = row
    gram[np.diag_indices(number)] += np.float32(penalty)
    invert(gram)
    gram /= -np.diag(gram).copy()
    np.fill_diagonal(gram, 0)
    return Ease(gram)


def invert(matrix: Floats) -> None:
    """Invert a symmetric positive definite matrix in its own place, by halves.

    NumPy's own ``inv`` works in double precision on copies: nine times the matrix for single precision.
    """
    if len(matrix) <= _LEAF:
        matrix[...] = np.linalg.inv(matrix)
        return
    half = len(matrix) // 2
    first, beside, second = matrix[:half, :half], matrix[:half, half:], matrix[half:, half:]
    invert(first)
    through = first @ beside
    second -= beside.T @ through
    invert(second)
    np.matmul(through, second, out=beside)
    first += beside @ through.T
    np.negative(beside, out=beside)
    matrix[half:, :half] = beside.T


#: Products up to which NumPy inverts in one piece.
_LEAF = 256
