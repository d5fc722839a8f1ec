"""Hours by lot: how many, whether they last for the day, and that every permitted one may come."""

import numpy as np
import pytest

from antiphon.decisions.timing.arms import DAY, SHARE, draw, pick
from antiphon.decisions.timing.models import Arm

DICE = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 200_000)
NOW = 1_700_000_000


def test_a_tenth_each_and_the_same_all_day() -> None:
    found = draw(DICE, NOW)
    shares = np.bincount(found, minlength=4) / len(found)
    assert shares == pytest.approx([1 - 3 * SHARE, SHARE, SHARE, SHARE], abs=0.004)
    assert (draw(DICE, NOW // DAY * DAY) == found).all()
    assert (draw(DICE, NOW // DAY * DAY + DAY - 1) == found).all()


def test_another_day_is_another_lot() -> None:
    now, then = draw(DICE, NOW) == Arm.OWN, draw(DICE, NOW + DAY) == Arm.OWN
    assert (now & then).mean() == pytest.approx(SHARE**2, abs=0.002)


def test_dice_that_are_alike_fall_apart() -> None:
    assert np.bincount(draw(np.arange(100_000), NOW))[1:] / 100_000 == pytest.approx([SHARE] * 3, abs=0.004)


@pytest.mark.parametrize("among", [1, 2, 7])
def test_every_number_is_picked_alike(among: int) -> None:
    found = pick(DICE, NOW, np.full(len(DICE), among))
    assert np.bincount(found) / len(found) == pytest.approx([1 / among] * among, abs=0.004)
    # of those whose hour is random, too: the hour hangs on another lot than the arm
    random = found[draw(DICE, NOW) == Arm.RANDOM]
    assert np.bincount(random) / len(random) == pytest.approx([1 / among] * among, abs=0.015)
