"""The gain of own hours: by hand, and how often it is seen where there is none."""

from math import log, sqrt

import numpy as np
import pytest

from antiphon.decisions.timing.gain import Arms, gain


def test_by_hand() -> None:
    found = gain(Arms(10_000, 300, 10_000, 200))
    assert found is not None
    variance = 0.03 * 0.97 / 10_000 + 0.02 * 0.98 / 10_000
    reach = sqrt(variance * (variance + 25e-6) / 25e-6 * (2 * log(20) + log((variance + 25e-6) / variance)))
    assert (found.share, found.low, found.high) == pytest.approx((0.01, 0.01 - reach, 0.01 + reach))
    assert found.shown


@pytest.mark.parametrize("arms", [(0, 0, 900, 200), (900, 200, 0, 0), (500, 50, 500, 49), (100, 100, 50, 50)])
def test_too_little_says_nothing(arms: tuple[int, int, int, int]) -> None:
    assert gain(Arms(*arms)) is None


def test_looked_at_every_day_nothing_is_rarely_seen_as_a_gain() -> None:
    draw = np.random.default_rng(11)
    own, brand = (draw.binomial(500, 0.05, (400, 60)).cumsum(axis=1) for _ in range(2))
    wrong = 0
    for mine, others in zip(own.tolist(), brand.tolist(), strict=True):
        days = (gain(Arms(500 * day, a, 500 * day, b)) for day, (a, b) in enumerate(zip(mine, others, strict=True), 1))
        wrong += any(found.shown for found in days if found is not None)
    assert wrong <= 0.05 * 400 / 2 + 6  # one side of it, and chance


def test_a_gain_that_is_there_is_seen_in_the_end() -> None:
    found = gain(Arms(400_000, 8_400, 400_000, 8_000))
    assert found is not None
    assert not found.shown  # 0.1 points of 2 %
    more = gain(Arms(400_000, 10_000, 400_000, 8_000))
    assert more is not None
    assert more.shown
