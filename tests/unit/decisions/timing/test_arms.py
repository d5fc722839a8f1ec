"""Hours by lot: how many, whether they last for the day, and that every permitted one may come."""

import numpy as np
import pytest

from antiphon.decisions.timing.arms import DAY, DRAWN, SHARE, _even, draw, pick
from antiphon.decisions.timing.models import Arm

DICE = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 200_000)
NOW = 1_700_000_000


def test_a_tenth_each_and_the_same_all_day() -> None:
    found = draw(DICE, NOW)
    shares = np.bincount(found, minlength=1 + len(DRAWN)) / len(found)
    assert shares == pytest.approx([1 - len(DRAWN) * SHARE, *[SHARE] * len(DRAWN)], abs=0.004)
    assert (draw(DICE, NOW // DAY * DAY) == found).all()
    assert (draw(DICE, NOW // DAY * DAY + DAY - 1) == found).all()


def test_another_day_is_another_lot() -> None:
    now, then = draw(DICE, NOW) == Arm.OWN, draw(DICE, NOW + DAY) == Arm.OWN
    assert (now & then).mean() == pytest.approx(SHARE**2, abs=0.002)


def test_dice_that_are_alike_fall_apart() -> None:
    assert np.bincount(draw(np.arange(100_000), NOW))[1:] / 100_000 == pytest.approx([SHARE] * len(DRAWN), abs=0.004)


@pytest.mark.parametrize("chances", [[1.0], [0.5, 0.5], [0.0, 0.25, 0.0, 0.6, 0.15, 0.0]])
def test_columns_are_picked_by_their_chances(chances: list[float]) -> None:
    found = pick(DICE, NOW, np.tile(chances, (len(DICE), 1)))
    shares = np.bincount(found, minlength=len(chances)) / len(found)
    assert shares == pytest.approx(chances, abs=0.004)
    assert not shares[np.equal(chances, 0)].any()
    # of those whose hour is random, too: the hour hangs on another lot than the arm
    random = found[draw(DICE, NOW) == Arm.RANDOM]
    assert np.bincount(random, minlength=len(chances)) / len(random) == pytest.approx(chances, abs=0.015)


def test_the_last_number_of_the_hash_picks_nothing_that_has_no_chance() -> None:
    top = np.full(3, 2**64 - 1, np.uint64)
    upto = np.array([1.0, 1 - 2**-53, 0.3])
    assert (_even(top) * upto < upto).all()
