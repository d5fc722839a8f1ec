"""People's hours in bulk, against one person at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.curves import day_curves
from antiphon.decisions.timing.hours import CHUNK, best_hours, factors

BRAND = SHIPPED / SHIPPED.sum()


@given(st.lists(st.integers(0, 60), min_size=48, max_size=48), st.floats(1, 200))
def test_an_hour_is_as_good_as_the_three_that_it_begins(each: list[int], kappa: float) -> None:
    counts = np.array(each, float).reshape(1, 2, 24)
    own = day_curves(counts, BRAND, kappa)[0]
    found = factors(counts, BRAND, kappa)[0]
    for day in range(2):
        assert found[day].mean() == pytest.approx(1)
        for hour in range(24):
            assert found[day, hour] == pytest.approx(8 * sum(own[day, (hour + step) % 24] for step in range(3)))
    assert (found.argmax(axis=1) == best_hours(counts, BRAND, kappa)[0]).all()


def test_any_number_of_threads_finds_the_same_hours() -> None:
    counts = np.random.default_rng(4).poisson(0.4, (2 * CHUNK + 5, 2, 24)).astype(np.float32)
    permitted = np.isin(np.arange(24), np.arange(9, 20))
    found = best_hours(counts, BRAND, 16.0, permitted, threads=2)
    assert (found == best_hours(counts, BRAND, 16.0, permitted)).all()
    assert permitted[found].all()
    assert best_hours(counts[:0], BRAND, 16.0).shape == (0, 2)
    one = best_hours(counts[CHUNK + 1][None], BRAND, 16.0, permitted)
    assert (found[CHUNK + 1] == one[0]).all()
