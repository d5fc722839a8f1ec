"""Each method against its definition in plain Python."""

from datetime import timedelta

import numpy as np
import pytest
from tests.unit.catalogue.recommend import small

from antiphon.catalogue.recommend.again import buy_again
from antiphon.catalogue.recommend.baskets import baskets, together
from antiphon.catalogue.recommend.choose import choose
from antiphon.catalogue.recommend.ease import fit_ease, invert
from antiphon.catalogue.recommend.models import Settings
from antiphon.catalogue.recommend.popular import best_sellers, in_categories
from antiphon.catalogue.recommend.similar import fit_similar
from antiphon.catalogue.recommend.top import top

DAY = 86_400


@pytest.mark.parametrize("seed", range(5))
def test_together_is_the_product_of_the_matrix_with_itself(seed: int) -> None:
    lines = small.random_lines(seed)
    x = np.array(small.matrix(lines))
    np.testing.assert_allclose(list(together(baskets(lines))), x.T @ x)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shrink", [0.0, 20.0])
def test_item_item_is_the_shrunken_cosine(seed: int, shrink: float) -> None:
    lines = small.random_lines(seed)
    expected = np.array(small.cosines(small.matrix(lines), shrink))
    similar = fit_similar(baskets(lines), shrink, lines.products)
    for product in range(lines.products):
        one = similar.score(np.array([product], np.int32), np.ones(1, np.float32))
        np.testing.assert_allclose(one, expected[product], rtol=1e-5)
    two = similar.score(np.array([0, 3], np.int32), np.array([1.0, 0.5], np.float32))
    np.testing.assert_allclose(two, expected[0] + 0.5 * expected[3], rtol=1e-5)


def test_item_item_keeps_the_nearest_neighbours() -> None:
    lines = small.random_lines(1)
    expected = np.array(small.cosines(small.matrix(lines), 0.0))
    similar = fit_similar(baskets(lines), 0.0, 3)
    for product in range(lines.products):
        kept, _ = similar.neighbours.row(product)
        assert set(kept) == set(np.argsort(-expected[product], kind="stable")[:3])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("penalty", [1, 200])
def test_ease_is_its_closed_form(seed: int, penalty: int) -> None:
    lines = small.random_lines(seed, products=7)
    expected = np.array(small.ease(small.matrix(lines), penalty))
    fitted = fit_ease(baskets(lines), penalty)
    np.testing.assert_allclose(fitted.weights, expected, rtol=2e-3, atol=1e-6)
    scores = fitted.score(np.array([1, 4], np.int32), np.array([1.0, 0.25], np.float32))
    np.testing.assert_allclose(scores, expected[1] + 0.25 * expected[4], rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("size", [1, 255, 257, 700])
def test_a_matrix_is_inverted_in_its_place(size: int) -> None:
    random = np.random.default_rng(size)
    bought = (random.random((5 * size, size)) < 0.05).astype(np.float32)
    matrix = bought.T @ bought + np.eye(size, dtype=np.float32) * 200
    inverse = matrix.copy()
    invert(inverse)
    exact = np.linalg.inv(matrix.astype(np.float64))
    np.testing.assert_allclose(inverse, exact, atol=1e-4 * np.abs(exact).max())


def test_products_that_nobody_has_are_no_trouble() -> None:
    lines = small.lines([(0, 0), (1, 0), (1, 3)])
    similar = fit_similar(baskets(lines), 0.0, 10)
    assert list(similar.score(np.array([0], np.int32), np.ones(1, np.float32)).round(4)) == [0, 0, 0, 0.7071]
    assert list(similar.score(np.array([2], np.int32), np.ones(1, np.float32))) == [0, 0, 0, 0]
    assert list(fit_ease(baskets(lines), 1.0).weights[2]) == [0, 0, 0, 0]


def test_best_sellers_halve_with_age() -> None:
    lines = small.lines([(0, 0), (1, 1), (2, 1), (3, 2)], at=[10 * DAY, 0, 0, 12 * DAY])
    scores = best_sellers(lines, 10 * DAY, timedelta(days=10))
    np.testing.assert_allclose(scores, [1.0, 0.5 + 0.5, 1.0])  # what is dated later counts as new, not as more


def test_best_sellers_of_ones_own_categories_come_first() -> None:
    best = np.array([4.0, 3.0, 2.0, 1.0])
    category = np.array([0, 1, 1, -1], np.int32)
    own, weights = np.array([2], np.int32), np.ones(1, np.float32)
    assert list(top(in_categories(best, category, own, weights), 4)) == [1, 2, 0, 3]
    nobody = np.empty(0, np.int32), np.empty(0, np.float32)
    assert list(top(in_categories(best, category, *nobody), 4)) == [0, 1, 2, 3]
    uncategorised = np.array([3], np.int32), np.ones(1, np.float32)
    assert list(top(in_categories(best, category, *uncategorised), 4)) == [0, 1, 2, 3]


def test_buy_again_sums_orders_by_age() -> None:
    lines = small.lines([(0, 0), (0, 1), (0, 1), (0, 2), (1, 2)], at=[100 * DAY, 0, 0, 0, 0])
    again = buy_again(lines, 100 * DAY, timedelta(days=50))
    products, weights = again.row(0)
    assert list(products) == [0, 1, 2]
    np.testing.assert_allclose(weights, [1.0, 0.5, 0.25])
    assert list(again.row(1)[0]) == [2]


def test_of_several_lines_of_a_product_the_strongest_counts() -> None:
    rows = baskets(small.lines([(0, 1), (0, 1), (0, 0)], weight=[0.2, 1.0, 0.5]))
    products, weights = rows.row(0)
    assert list(products) == [0, 1]
    np.testing.assert_allclose(weights, [0.5, 1.0])


def test_ties_go_to_the_lower_number() -> None:
    assert list(top(np.array([1.0, 3.0, 1.0, 3.0, 1.0]), 3)) == [1, 3, 0]
    assert list(top(np.array([1.0, -np.inf, 2.0]), 3)) == [2, 0]
    assert list(top(np.array([]), 3)) == []


@pytest.mark.parametrize(
    ("buyers", "products", "method"),
    [(999, 10, "popular"), (1000, 10, "ease"), (1000, 10_000, "ease"), (1000, 10_001, "item-item")],
)
def test_the_method_follows_the_size(buyers: int, products: int, method: str) -> None:
    choice = choose(buyers, products, Settings())
    assert choice.method == method
    assert "1,000" in choice.why or "10,000" in choice.why
