"""The best hours, against trying every one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.timing.windows import best_starts, window_sums

curve = st.lists(st.integers(0, 9), min_size=24, max_size=24)


@given(curve, st.integers(1, 24), st.sets(st.integers(0, 23)))
def test_best_start_is_that_of_trying_every_one(counts: list[int], width: int, open_: set[int]) -> None:
    sums = [sum(counts[(start + each) % 24] for each in range(width)) for start in range(24)]
    assert window_sums(np.array(counts), width).tolist() == sums
    permitted = np.array([hour in open_ for hour in range(24)])
    wanted = min(open_, key=lambda hour: (-sums[hour], hour)) if open_ else -1
    assert best_starts(np.array([counts]), permitted, width).tolist() == [wanted]
    assert best_starts(np.array(counts, np.float32), None, width) == max(
        range(24), key=lambda hour: (sums[hour], -hour)
    )


@pytest.mark.parametrize("width", [0, 25])
def test_a_window_is_part_of_a_day(width: int) -> None:
    with pytest.raises(ValueError, match="1 to 24 hours"):
        window_sums(np.ones(24), width)
