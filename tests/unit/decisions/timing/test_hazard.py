"""Answers where messages were: a sender's own schedule is not taken for people's hours, and hours that are there are found."""

import numpy as np
import pytest
from tests.unit.decisions.timing.answering import FADES, answer, hump

from antiphon.decisions.timing.exposure import AGES, LONGEST, Sends, exposed
from antiphon.decisions.timing.hazard import Hazard, fit, people, poisson, reach

PEOPLE, EACH = 150, 80
PERSON = np.repeat(np.arange(PEOPLE), EACH)


def sent(hour: float, until: float, *, answered: bool) -> Sends:
    return Sends(np.array([0]), np.array([0]), np.array([hour]), np.array([until]), np.array([answered]))


def test_exposure_by_hand() -> None:
    seen = exposed(sent(9.75, 2.5, answered=True), 1)
    hours = seen.hours[0, 0]
    assert hours[0, [9, 10]].tolist() == [0.25, 0.75]
    assert hours[1, [10, 11]].tolist() == [0.25, 0.75]
    assert hours[2, [11, 12]].tolist() == [0.25, 0.25]
    assert hours.sum() == 2.5
    assert np.argwhere(seen.answers).tolist() == [[0, 0, 2, 12]]
    assert not seen.hours[0, 1].any()


def test_who_does_not_answer_is_exposed_for_three_days_and_whole_ones_count_alike() -> None:
    short = exposed(sent(22.4, np.nextafter(LONGEST, 0), answered=False), 1)
    whole = exposed(sent(22.4, LONGEST, answered=False), 1)
    assert np.allclose(short.hours, whole.hours, atol=1e-5)
    assert not whole.answers.any()
    assert whole.hours.sum(axis=3)[0, 0] == pytest.approx(np.diff(AGES))
    assert whole.hours[0, 0].sum(axis=0) == pytest.approx([3.0] * 24)


def test_one_hour_of_sending_is_not_mistaken_for_people_s() -> None:
    sends = answer(np.random.default_rng(1), PERSON, np.full(len(PERSON), 9.0), np.tile(hump(19), (PEOPLE, 1)), ready=3)
    seen = exposed(sends, PEOPLE)
    common = fit(seen)
    histogram = seen.answers.sum(axis=(0, 1, 2))
    assert histogram.argmax() == 9
    assert histogram[9] > 2 * histogram.mean()
    best = reach(common.rhythm, common.fades[0]).argmax()
    assert best in {16, 17, 18, 19}
    assert common.rhythm[9] < 1
    _, rhythm = people(seen, common)
    mine = reach(rhythm, common.fades[0]).argmax(axis=1)
    assert np.isin(mine, [16, 17, 18, 19, 20]).all()


def test_where_people_have_no_hours_one_hour_of_sending_makes_none() -> None:
    sends = answer(np.random.default_rng(2), PERSON, np.full(len(PERSON), 9.0), np.ones((PEOPLE, 24)), ready=3)
    common = fit(exposed(sends, PEOPLE))
    # the curve that ships still stands behind them
    assert 0.8 < common.rhythm[9] < 1.3


def test_hours_and_fading_are_found() -> None:
    random = np.random.default_rng(3)
    hour = random.uniform(0, 24, len(PERSON))
    truth = hump(20, 0.6)
    sends = answer(random, PERSON, hour, np.tile(truth, (PEOPLE, 1)), channel=1, ready=2)
    common = fit(exposed(sends, PEOPLE))
    assert np.corrcoef(common.rhythm, truth)[0, 1] > 0.95
    assert abs(int(common.rhythm.argmax()) - 20) <= 2
    assert common.fades[1, :4] == pytest.approx(2 * FADES[1, :4], rel=0.35)
    assert common.fades[1] == pytest.approx(sorted(common.fades[1], reverse=True))


def test_people_s_own_hours_and_readiness_are_found() -> None:
    random = np.random.default_rng(4)
    truth = np.array([hump(20 if place % 2 else 8, 0.95) for place in range(PEOPLE)])
    hour = random.uniform(0, 24, len(PERSON))
    ready = np.where(np.arange(PEOPLE) < 50, 1, 4)[PERSON]
    parts = [answer(random, PERSON[ready == r], hour[ready == r], truth, ready=r) for r in (1, 4)]
    columns = zip(*((p.person, p.channel, p.hour, p.until, p.answered) for p in parts), strict=True)
    sends = Sends(*(np.concatenate(each) for each in columns))
    seen = exposed(sends, PEOPLE)
    common = fit(seen)
    assert common.kappa < 5
    found, rhythm = people(seen, common)
    assert found[50:, 0].mean() / found[:50, 0].mean() > 2
    assert found[:, 1] == pytest.approx([1.0] * PEOPLE)  # nobody was texted
    best = reach(rhythm, common.fades[0]).argmax(axis=1)
    apart = np.abs(best - np.where(np.arange(PEOPLE) % 2, 18, 6))
    assert np.median(np.minimum(apart, 24 - apart)[50:]) <= 2


def test_nothing_answered_is_everybody_s_hours() -> None:
    seen = exposed(sent(9, LONGEST, answered=False), 1)
    common = fit(seen)
    ready, rhythm = people(seen, common)
    assert np.isfinite(common.rhythm).all()
    assert ready[0, 0] <= 1
    assert rhythm[0] == pytest.approx(common.rhythm, rel=0.05)


def test_rates_by_hand() -> None:
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = poisson(design, np.array([10.0, 40.0]), np.array([100.0, 200.0]), np.zeros(2), np.full(2, 1e-9))
    assert np.exp(found) == pytest.approx([0.1, 2.0])


def test_reach_counts_around_midnight() -> None:
    rhythm = np.zeros(24)
    rhythm[1] = 24
    hazard = Hazard(rhythm, np.array([[0.1, 0.05, 0, 0, 0, 0]] * 2), 1.0)
    found = reach(hazard.rhythm, hazard.fades[0])
    assert found[1] == pytest.approx(1 - np.exp(-2.4))
    assert found[0] == pytest.approx(1 - np.exp(-1.2))
    assert found[[23, 2]].tolist() == [0, 0]
