"""Small shops, and the methods in plain Python to hold the product's against."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from antiphon.catalogue.recommend.models import Lines


def lines(
    rows: Sequence[tuple[int, int]], *, at: Sequence[int] | None = None, weight: Sequence[float] | None = None
) -> Lines:
    """Person and product of each row; people and products are as many as there are numbers."""
    person, product = (np.array([row[side] for row in rows], np.int32) for side in (0, 1))
    return Lines(
        person,
        product,
        np.array(at if at is not None else [0] * len(rows), np.int64),
        np.array(weight if weight is not None else [1.0] * len(rows), np.float32),
        int(person.max()) + 1,
        int(product.max()) + 1,
    )


def random_lines(seed: int, people: int = 40, products: int = 9, density: float = 0.3) -> Lines:
    """Everybody has something, weights are 1, 0.5 or 0.25."""
    random = np.random.default_rng(seed)
    dense = random.random((people, products)) < density
    dense[np.arange(people), np.arange(people) % products] = True
    person, product = np.nonzero(dense)
    weight = random.choice([1.0, 0.5, 0.25], len(person)).astype(np.float32)
    zeros = np.zeros(len(person), np.int64)
    return Lines(person.astype(np.int32), product.astype(np.int32), zeros, weight, people, products)


def matrix(of: Lines) -> list[list[float]]:
    """People by products; of several rows the greatest weight."""
    found = [[0.0] * of.products for _ in range(of.people)]
    for person, product, weight in zip(of.person, of.product, of.weight, strict=True):
        found[person][product] = max(found[person][product], float(weight))
    return found


def cosines(x: list[list[float]], shrink: float) -> list[list[float]]:
    """Item-item by its definition: a sum over people for each pair."""
    products = range(len(x[0]))
    together = [[sum(row[i] * row[j] for row in x) for j in products] for i in products]
    return [
        [
            0.0
            if i == j or not together[i][j]
            else together[i][j] / (together[i][i] * together[j][j]) ** 0.5 * together[i][j] / (together[i][j] + shrink)
            for j in products
        ]
        for i in products
    ]


def ease(x: list[list[float]], penalty: int) -> list[list[float]]:
    """EASE's weights with exact fractions: Gauss and Jordan, no library."""
    n = len(x[0])
    exact = [[Fraction(value) for value in row] for row in x]
    left = [[sum((row[i] * row[j] for row in exact), Fraction(penalty * (i == j))) for j in range(n)] for i in range(n)]
    right = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    for pivot in range(n):
        divisor = left[pivot][pivot]
        left[pivot] = [value / divisor for value in left[pivot]]
        right[pivot] = [value / divisor for value in right[pivot]]
        for other in range(n):
            factor = left[other][pivot]
            if other != pivot and factor:
                left[other] = [a - factor * b for a, b in zip(left[other], left[pivot], strict=True)]
                right[other] = [a - factor * b for a, b in zip(right[other], right[pivot], strict=True)]
    return [[0.0 if i == j else float(-right[i][j] / right[j][j]) for j in range(n)] for i in range(n)]
