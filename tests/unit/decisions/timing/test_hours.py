"""People's hours in bulk, against one person at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.curves import day_curves
from antiphon.decisions.timing.hours import CHUNK, best_hours, leanings

BRAND = SHIPPED / SHIPPED.sum()


@given(st.lists(st.integers(0, 60), min_size=48, max_size=48), st.floats(1, 200))
def test_a_leaning_is_the_ratio_of_three_hours(each: list[int], kappa: float) -> None:
    counts = np.array(each, float).reshape(1, 2, 24)
    own = day_curves(counts, BRAND, kappa)[0]
    found = leanings(counts, BRAND, kappa)[0]
    for day in range(2):
        for hour in range(24):
            window = [(hour + step) % 24 for step in range(3)]
            assert found[day, hour] == pytest.approx(own[day][window].sum() / BRAND[window].sum())


def test_of_whom_nothing_is_known_there_is_no_leaning() -> None:
    assert leanings(np.zeros((2, 2, 24), np.float32), BRAND, 16.0) == pytest.approx(np.ones((2, 2, 24)), rel=1e-6)


def test_any_number_of_threads_finds_the_same_hours() -> None:
    counts = np.random.default_rng(4).poisson(0.4, (2 * CHUNK + 5, 2, 24)).astype(np.float32)
    permitted = np.isin(np.arange(24), np.arange(9, 20))
    found = best_hours(counts, BRAND, 16.0, permitted, threads=2)
    assert (found == best_hours(counts, BRAND, 16.0, permitted)).all()
    assert permitted[found].all()
    assert best_hours(counts[:0], BRAND, 16.0).shape == (0, 2)
    one = best_hours(counts[CHUNK + 1][None], BRAND, 16.0, permitted)
    assert (found[CHUNK + 1] == one[0]).all()
