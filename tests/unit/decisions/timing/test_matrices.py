"""Products a few rows at a time are those of all at once."""

import numpy as np
import pytest

from antiphon.decisions.timing.matrices import PARTS, ROWS, Tall


@pytest.mark.parametrize("rows", [1, ROWS, ROWS + 1, ROWS * PARTS + 7])
def test_as_all_at_once(rows: int) -> None:
    random = np.random.default_rng(1)
    matrix, column, weight = random.random((rows, 3)), random.random(3), random.random(rows)
    tall = Tall(matrix)
    assert tall.times(column) == pytest.approx(matrix @ column)
    assert tall.across(weight) == pytest.approx(matrix.T @ weight)
    assert tall.square(weight) == pytest.approx((matrix * weight[:, None]).T @ matrix)
    assert tall.square() == pytest.approx(matrix.T @ matrix)
