"""Who had to do with what as a sparse matrix, in columns: one row per person, its products ascending."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.catalogue.recommend.models import Floats, Ints, Lines, Longs, Scores


@dataclass(frozen=True, slots=True)
class Baskets:
    """Compressed rows: row r holds ``columns[starts[r]:starts[r + 1]]`` with ``weights`` beside them, each column once."""

    starts: Longs  # rows + 1
    columns: Ints
    weights: Floats
    width: int  # columns there are

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, number: int) -> tuple[Ints, Floats]:
        """Columns and weights of one row."""
        part = slice(self.starts[number], self.starts[number + 1])
        return self.columns[part], self.weights[part]

    def rows(self, numbers: Ints) -> tuple[Ints, Floats, Longs]:
        """Columns and weights of several rows, one after the other, and how many each has."""
        first = self.starts[numbers]
        lengths = self.starts[numbers + 1] - first
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + lengths, lengths)
        return self.columns[places], self.weights[places], lengths

    def transposed(self) -> "Baskets":
        """The same by column."""
        owners = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.columns, kind="stable")
        return Baskets(_starts(self.columns, self.width), owners[order], self.weights[order], len(self))

    def norms(self) -> Scores:
        """The length of each column as a vector."""
        return np.sqrt(np.bincount(self.columns, self.weights.astype(np.float64) ** 2, minlength=self.width))


def baskets(lines: Lines) -> Baskets:
    """One row per person; of several lines of a person and product the greatest weight counts."""
    order = np.lexsort((-lines.weight, lines.product, lines.person))
    person, product, weight = lines.person[order], lines.product[order], lines.weight[order]
    first = np.ones(len(order), bool)
    first[1:] = (person[1:] != person[:-1]) | (product[1:] != product[:-1])
    return Baskets(_starts(person[first], lines.people), product[first], weight[first], lines.products)


def together(by_person: Baskets) -> Iterator[Scores]:
    """X'X, a row at a time: for each product the weight that it has together with every other, over all people."""
    by_product = by_person.transposed()
    for product in range(by_person.width):
        people, own = by_product.row(product)
        columns, weights, lengths = by_person.rows(people)
        row = np.bincount(columns, weights * np.repeat(own, lengths), minlength=by_person.width)
        yield row.astype(np.float64, copy=False)  # of nothing at all bincount makes whole numbers


def _starts(rows: Ints, number: int) -> Longs:
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=number))))
