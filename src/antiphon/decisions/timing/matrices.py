"""Products of tall matrices, a few rows at a time, which the library of matrices keeps on the core that asks.

Of larger ones it starts threads of its own, and where the cores have other work each of these waits for the others: twenty times
as long (see ``curves``).
"""

import numpy as np
from numpy.typing import NDArray

#: Rows that are multiplied at once, and such parts between two sums.
ROWS, PARTS = 32, 256

Floats = NDArray[np.float64]


class Tall:
    """A matrix (n, k) of many rows, filled up with rows of nothing."""

    def __init__(self, rows: Floats) -> None:
        self._number = len(rows)
        self._parts = self._filled(rows).reshape(-1, ROWS, rows.shape[1])

    def times(self, column: Floats) -> Floats:
        """This times a column (k,): (n,)."""
        return np.asarray(np.matmul(self._parts, column).reshape(-1)[: self._number])

    def across(self, column: Floats) -> Floats:
        """This, turned, times a column (n,): (k,)."""
        return np.asarray(np.matmul(self._filled(column).reshape(-1, 1, ROWS), self._parts).sum(axis=(0, 1)))

    def square(self, weight: Floats | None = None) -> Floats:
        """This, turned, times this (k, k), each row by its ``weight`` (n,)."""
        weights = self._filled(np.ones(self._number) if weight is None else weight).reshape(-1, ROWS, 1)
        found = np.zeros((self._parts.shape[2], self._parts.shape[2]))
        for start in range(0, len(self._parts), PARTS):
            some = self._parts[start : start + PARTS]
            found += np.matmul((some * weights[start : start + PARTS]).transpose(0, 2, 1), some).sum(axis=0)
        return found

    def _filled(self, rows: Floats) -> Floats:
        """Up to whole parts."""
        return np.concatenate((rows, np.zeros((-self._number % ROWS, *rows.shape[1:]))))
