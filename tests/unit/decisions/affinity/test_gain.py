"""Whether choosing by the model is shown to gain: where it truly does, and where it truly does not."""

import numpy as np
import pytest
from tests.unit.decisions.affinity.worlds import GUESS, answers_of, rates_of

from antiphon.decisions.affinity.fitting import fit
from antiphon.decisions.affinity.gain import Gain, gain
from antiphon.decisions.affinity.learning import by_model, by_rule
from antiphon.decisions.affinity.models import Floats, counts
from antiphon.decisions.settings import BrandSettings, Worth

#: Both channels cost nothing and bring the same, so that only answers count.
EVEN = BrandSettings(email=Worth(response=0.02, opt_out=0), sms=Worth(response=0.08, opt_out=0))


def _gain(truth: Floats, seed: int, settings: BrandSettings = EVEN) -> Gain | None:
    known, later = answers_of(truth, seed), answers_of(truth, seed + 1, (12, 4))
    model = fit(known, GUESS)
    # somebody's newest answer is as likely on a channel as that is among their answers
    random = np.random.default_rng(seed + 2)
    answers = known.answers.sum(axis=1)
    share = np.divide(known.answers[:, 1], answers, out=np.zeros(len(answers)), where=answers > 0)
    text = random.random(len(answers)) < share
    last = np.where((answers > 0)[:, None], np.stack([~text, text], axis=1).astype(np.int64), -1)
    return gain(by_model(model, known, settings), by_rule(model, last, settings), later, settings)


def test_where_people_answer_emails_often_because_they_get_many_the_model_gains() -> None:
    found = _gain(rates_of(3_000, seed=1), 11)
    assert found is not None
    assert found.shown
    assert found.model > found.rule
    assert found.low < found.share < found.high
    assert 30 < found.different < found.people


@pytest.mark.parametrize("seed", [21, 31, 41])
def test_where_channels_and_people_are_all_alike_nothing_is_shown(seed: int) -> None:
    found = _gain(np.full((2_000, 2), 0.05), seed)
    assert found is None or not found.shown


def test_what_texts_cost_is_taken_off() -> None:
    dear = BrandSettings(email=Worth(response=0.02, opt_out=0), sms=Worth(response=0.08, opt_out=0, cost=9))
    truth = rates_of(1_000, seed=2)
    found = _gain(truth, 51, dear)
    assert found is not None
    assert found.model < found.rule  # fewer answers by email, at no cost


def test_of_too_few_nothing_is_said() -> None:
    assert _gain(rates_of(20, seed=3), 61) is None
    nobody = np.zeros(0, np.int8)
    assert gain(nobody, nobody, counts([], []), EVEN) is None
    alike = np.zeros(500, np.int8)
    assert gain(alike, alike, answers_of(rates_of(500, seed=4), 71), EVEN) is None


def test_whose_later_messages_came_on_one_channel_only_is_not_asked() -> None:
    later = counts([[5, 0]] * 400, [[3, 0]] * 400)
    assert gain(np.zeros(400, np.int8), np.ones(400, np.int8), later, EVEN) is None
