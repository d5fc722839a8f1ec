"""Curves over the day, against the same sums written out slowly."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.curves import (
    HOURS,
    MANY,
    NARROW,
    WIDE,
    brand_curve,
    bursts,
    day_curves,
    decayed,
    person_curves,
    shrunk,
    smooth,
)

counts = st.lists(st.integers(0, 30), min_size=HOURS, max_size=HOURS).map(lambda each: np.array(each, np.float64))
kappas = st.floats(0.5, 1000)
BRAND = SHIPPED / SHIPPED.sum()


def spread(of: list[float], width: float) -> list[float]:
    """Each hour's count given to all hours by their distance around the clock, written out."""
    found = [0.0] * HOURS
    near = [sum(exp(-0.5 * ((d + turn) / width) ** 2) for turn in range(-72, 73, 24)) for d in range(HOURS)]
    for hour, number in enumerate(of):
        for other in range(HOURS):
            found[other] += number * near[(other - hour) % HOURS] / sum(near)
    return found


@given(counts)
def test_smoothing_is_a_gaussian_around_the_clock(each: NDArray[np.float64]) -> None:
    events = each.sum()
    slow = spread(each.tolist(), WIDE)
    if events >= MANY:
        slow = spread(each.tolist(), NARROW)
    if events <= 20 or events >= MANY:
        assert smooth(each, events) == pytest.approx(slow, abs=1e-9)
    assert smooth(each, events).sum() == pytest.approx(events)


@given(counts, kappas, st.integers(0, 23))
def test_persons_curve_sums_to_1_and_turns_with_the_clock(each: NDArray[np.float64], kappa: float, turn: int) -> None:
    found = person_curves(each[None], BRAND, kappa)[0]
    assert found.sum() == pytest.approx(1)
    turned = person_curves(np.roll(each, turn)[None], np.roll(BRAND, turn), kappa)[0]
    assert turned == pytest.approx(np.roll(found, turn))


@given(kappas)
def test_nothing_known_is_the_brand(kappa: float) -> None:
    assert person_curves(np.zeros((3, HOURS)), BRAND, kappa) == pytest.approx(np.tile(BRAND, (3, 1)))
    assert day_curves(np.zeros((3, 2, HOURS)), BRAND, kappa) == pytest.approx(np.tile(BRAND, (3, 2, 1)))
    assert brand_curve(np.zeros(HOURS)) == pytest.approx(BRAND)


@given(counts, counts, kappas)
def test_days_of_a_kind_have_the_persons_own_curve_behind_them(
    work: NDArray[np.float64], rest: NDArray[np.float64], kappa: float
) -> None:
    found = day_curves(np.stack([work, rest])[None], BRAND, kappa)[0]
    assert found.sum(axis=1) == pytest.approx([1, 1])
    whole = person_curves((work + rest)[None], BRAND, kappa)[0]
    slow = [
        (own + 16 * behind) / (rest.sum() + 16) for own, behind in zip(smooth(rest, rest.sum()), whole, strict=True)
    ]
    assert found[1] == pytest.approx(slow)


def test_shrinking_by_hand() -> None:
    assert shrunk(np.array([3.0, 1.0]), np.array([0.5, 0.5]), 4.0) == pytest.approx([5 / 8, 3 / 8])


def test_half_of_it_is_gone_in_a_year_and_the_future_is_no_more_than_now() -> None:
    assert decayed(np.array([0.0, 365.0, 730.0, -400.0])) == pytest.approx([1, 0.5, 0.25, 1])


def test_what_follows_within_the_hour_is_one() -> None:
    at = np.array([0, 10, 3500, 7000, 10_600, 20_000])
    assert bursts(at).tolist() == [True, False, False, False, True, True]
    assert bursts(at[:0]).tolist() == []
    assert bursts(np.zeros(5, np.int64)).tolist() == [True, False, False, False, False]
