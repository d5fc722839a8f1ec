"""Estimators on logs whose truth is known: by hand, without bias, inside their intervals, silent where little is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.decisions.timing.offpolicy import (
    CLUSTERS,
    Estimate,
    around,
    difference,
    estimate,
    logged,
    needed,
    softmax,
    tally,
)

HOURS = np.arange(24)
#: Answers by hour: best at eight in the evening.
TRUTH = 0.10 + 0.08 * np.cos((HOURS - 20) * 2 * np.pi / 24)
PERMITTED = (HOURS >= 8) & (HOURS <= 21)
LOT = softmax(TRUTH[None] * 10, PERMITTED[None], 1.0, 0.1)[0]


def drawn(seed: int, rows: int = 4_000) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    hour = random.choice(24, rows, p=LOT)
    return hour, (random.random(rows) < TRUTH[hour]).astype(float)


def asked(hour: int, seed: int, guess: NDArray[np.float64], rows: int = 4_000) -> tuple[float, Estimate]:
    """The truth of ``hour``, widened, and what a log says of it."""
    taken, answered = drawn(seed, rows)
    wanted = around(np.array([hour]), PERMITTED[None])
    log = logged(taken, LOT[taken], answered)
    return float(wanted[0] @ TRUTH), estimate(tally(log, np.repeat(wanted, rows, 0), guess))


def test_by_hand() -> None:
    log = logged([0, 1, 1, 0], [0.5, 0.5, 0.25, 0.5], [1, 0, 1, 0], [0, 0, 1, 1])
    policy = np.array([[0.2, 0.8]] * 4)
    sums = tally(log, policy, np.array([0.1, 0.3]), 2)
    # weights 0.4, 1.6, 3.2, 0.4; the guess is worth 0.26 a row
    assert sums[:, 0].tolist() == [2, 2]
    assert sums[:, 1] == pytest.approx([0.4, 3.2])
    assert sums[:, 2] == pytest.approx([2.0, 3.6])
    assert sums[:, 3] == pytest.approx([0.16 + 2.56, 10.24 + 0.16])
    assert sums[:, 4] == pytest.approx([0.52 + 0.4 * 0.9 + 1.6 * -0.3, 0.52 + 3.2 * 0.7 + 0.4 * -0.1])
    found = estimate(sums)
    assert (found.rows, found.by) == (4, {})
    assert found.size == pytest.approx(5.6**2 / 13.12)


def test_weights_end_at_twenty() -> None:
    sums = tally(logged([0], [0.001], [1.0]), np.ones((1, 1)), np.zeros(1))
    assert sums.sum(axis=0).tolist() == [1, 20, 20, 400, 20]


def test_without_bias_and_inside_its_interval() -> None:
    truths, found = zip(*(asked(20, seed, np.full(24, 0.3)) for seed in range(40)), strict=True)
    for how in ("ips", "snips", "dr"):
        values = np.array([each.by[how].value for each in found])
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert abs(values.mean() - truths[0]) < 3 * error
        inside = sum(each.by[how].low <= truth <= each.by[how].high for truth, each in zip(truths, found, strict=True))
        assert inside >= 34  # of 40, at 95 %: fewer than one time in a hundred


def test_a_guess_of_nothing_changes_nothing_and_a_right_one_leaves_only_chance() -> None:
    _, blind = asked(20, 1, np.zeros(24))
    assert blind.by["dr"] == blind.by["ips"]
    taken, _ = drawn(1)
    wanted = around(np.array([20]), PERMITTED[None])
    found = estimate(tally(logged(taken, LOT[taken], TRUTH[taken]), np.repeat(wanted, len(taken), 0), TRUTH))
    assert found.by["dr"].low == pytest.approx(float(wanted[0] @ TRUTH))
    assert found.by["dr"].high == pytest.approx(float(wanted[0] @ TRUTH))
    assert found.by["ips"].high - found.by["ips"].low > 0.005


def test_two_policies_are_held_against_each_other_by_the_same_messages() -> None:
    taken, answered = drawn(5, 40_000)
    log = logged(taken, LOT[taken], answered)
    evening, morning = (
        tally(log, np.repeat(around(np.array([hour]), PERMITTED[None]), len(taken), 0), np.zeros(24))
        for hour in (20, 9)
    )
    found = difference(evening, morning)["snips"]
    truth = around(np.array([20, 9]), np.repeat(PERMITTED[None], 2, 0)) @ TRUTH
    assert 0 < found.low < truth[0] - truth[1] < found.high
    assert difference(evening, evening)["snips"].high == 0


def test_portions_add_up() -> None:
    taken, answered = drawn(2)
    policy = np.repeat(around(np.array([20]), PERMITTED[None]), len(taken), 0)
    cluster = taken * 7 % CLUSTERS
    whole = tally(logged(taken, LOT[taken], answered, cluster), policy, TRUTH)
    parts = [
        tally(logged(taken[part], LOT[taken[part]], answered[part], cluster[part]), policy[part], TRUTH)
        for part in (slice(0, 1_500), slice(1_500, None))
    ]
    assert np.allclose(whole, sum(parts))


def test_too_few_say_nothing() -> None:
    _, found = asked(20, 1, TRUTH, rows=150)
    assert found.rows == 150
    assert 0 < found.size < 200
    assert found.by == {}
    empty = np.zeros((CLUSTERS, 5))
    assert estimate(empty) == Estimate(0, 0.0, {})
    assert difference(empty, empty) == {}


def test_hours_beside_count_around_midnight_but_not_what_is_barred() -> None:
    assert np.flatnonzero(around(np.array([23]), np.ones((1, 24), bool))[0]).tolist() == [0, 22, 23]
    found = around(np.array([8, 21]), np.repeat(PERMITTED[None], 2, 0))
    assert found[0, [8, 9]].tolist() == [0.5, 0.5]
    assert found[1, [20, 21]].tolist() == [0.5, 0.5]


def test_chances_by_worth() -> None:
    worth = np.array([[1.0, 2.0, 9.0], [1.0, 1.0, 1.0], [5.0, 5.0, 5.0]])
    allowed = np.array([[True, True, False], [True, True, True], [False, False, False]])
    found = softmax(worth, allowed, 0.5, 0.1)
    odds = np.exp(2)
    assert found[0] == pytest.approx([0.9 / (1 + odds) + 0.05, 0.9 * odds / (1 + odds) + 0.05, 0])
    assert found[1] == pytest.approx([1 / 3] * 3)
    assert found[2].tolist() == [0, 0, 0]


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.1, np.nan])
def test_chances_are_above_nothing(chance: float) -> None:
    with pytest.raises(ValueError, match="chance"):
        logged([0], [chance], [1.0])
    with pytest.raises(ValueError, match="number"):
        logged([0], [0.5], [np.nan])


def test_how_many_messages_show_five_percent() -> None:
    assert needed(0.015) == 420_267
    assert needed(0.0) is None
