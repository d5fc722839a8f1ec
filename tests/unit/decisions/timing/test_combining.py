"""What own answers and acts weigh, where the truth is known; nothing where nothing is shown."""

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.decisions.timing.combining import NOTHING, Later, combine

ROWS, PEOPLE = 6_000, 300


def later(weights: tuple[float, float], seed: int = 1) -> Later:
    random = np.random.default_rng(seed)
    person = random.integers(PEOPLE, size=ROWS)
    hour, group = random.integers(8, 22, size=ROWS), random.integers(60, size=ROWS) * 1_000
    ready = random.normal(0, 0.5, PEOPLE)[person]
    speak = random.normal(0, 0.4, (ROWS, 2))
    line = -2 + 0.3 * np.cos(hour) + random.normal(0, 0.3, 60)[group // 1_000] + ready + speak @ np.array(weights)
    answered: NDArray[np.bool_] = random.random(ROWS) < 1 / (1 + np.exp(-line))
    return Later(answered, person, hour, group, ready, speak)


def test_weights_are_found() -> None:
    answers, acts = combine(later((0.8, 0.4)))
    for found, truth in ((answers, 0.8), (acts, 0.4)):
        assert found.low < truth < found.high
        assert found.used == found.value > 0


def test_nothing_is_rarely_taken_for_something() -> None:
    used = [found.used > 0 for seed in range(8) for found in combine(later((0, 0), seed))]
    assert sum(used) <= 2  # one side of 5 % in 16


def test_what_speaks_against_the_hour_is_not_used() -> None:
    answers, _ = combine(later((-0.8, 0)))
    assert answers.high < 0
    assert answers.used == 0


def test_rows_that_say_nothing_weigh_nothing() -> None:
    some = later((0.8, 0.4))
    silent = Later(some.answered, some.person, some.hour, some.group, some.ready, np.zeros((ROWS, 2)))
    assert combine(silent) == (NOTHING, NOTHING)
    nobody = Later(np.zeros(ROWS, bool), some.person, some.hour, some.group, some.ready, some.speak)
    assert combine(nobody) == (NOTHING, NOTHING)
    half = Later(some.answered, some.person, some.hour, some.group, some.ready, some.speak * [0, 1])
    answers, acts = combine(half)
    assert answers == NOTHING
    assert acts.used == pytest.approx(0.4, abs=0.2)
