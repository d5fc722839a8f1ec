"""What is learned of worlds whose truth is known."""

import numpy as np
import pytest
from tests.unit.decisions.affinity.worlds import GUESS, answers_of, rates_of

from antiphon.decisions.affinity.fitting import STRENGTH, assumed, fit
from antiphon.decisions.affinity.models import Counts, counts
from antiphon.decisions.affinity.posterior import certainty, posterior, rates


def test_rates_are_nearer_the_truth_than_what_was_counted_and_than_everybodys_mean() -> None:
    truth = rates_of(1_500, seed=1)
    known = answers_of(truth, seed=2)
    model = fit(known, GUESS)
    off = {
        "ours": ((rates(model, known) - truth) ** 2).mean(axis=0),
        "counted": ((known.answers / np.maximum(known.sends, 1) - truth) ** 2).mean(axis=0),
        "everybody": ((truth.mean(axis=0) - truth) ** 2).mean(axis=0),
    }
    assert (off["ours"] < 0.75 * off["counted"]).all()
    assert (off["ours"] < 0.75 * off["everybody"]).all()
    assert [each.mean for each in model.channels] == pytest.approx(truth.mean(axis=0), rel=0.15)
    assert min(each.other for each in model.channels) > 0.2
    # who is said to answer texts more often with a certainty does so as often
    sure = certainty(*posterior(model, known))
    texts = truth[:, 1] > truth[:, 0]
    for low, high in ((0.5, 0.7), (0.7, 0.85), (0.85, 1.01)):
        some = (sure >= low) & (sure < high)
        assert some.sum() > 50
        assert texts[some].mean() == pytest.approx(sure[some].mean(), abs=0.1)


def test_channels_that_tell_nothing_of_each_other_are_told_apart_from_such_that_do() -> None:
    apart = fit(answers_of(rates_of(1_000, seed=3, shared=0, strengths=(4, 3)), seed=4), GUESS)
    together = fit(answers_of(rates_of(1_000, seed=3, shared=1.2, strengths=(200, 200)), seed=4), GUESS)
    for one, other in zip(apart.channels, together.channels, strict=True):
        assert one.other < 0.3 < other.other


def test_people_who_are_all_alike_are_taken_for_that() -> None:
    alike = np.full((800, 2), (0.05, 0.05))
    known = answers_of(alike, seed=5)
    model = fit(known, GUESS)
    assert min(each.strength for each in model.channels) > 150
    spread = rates(model, known).std(axis=0)
    assert (spread < 0.01).all()


@pytest.mark.parametrize(
    "known",
    [
        counts([], []),
        counts([[1, 0]], [[1, 0]]),
        counts([[3, 3]] * 5, [[3, 3]] * 5),
        counts([[0, 4]] * 5, [[0, 0]] * 5),
        counts([[1e-300, 1e12]], [[0, 1e12]]),
    ],
    ids=["nobody", "one event", "everything answered", "one channel", "decades off"],
)
def test_little_and_odd_makes_a_model_all_the_same(known: Counts) -> None:
    for model in (assumed(known, GUESS), fit(known, GUESS)):
        for each in model.channels:
            assert 0 < each.mean < 1
            assert 0 <= each.other <= 1
            assert 2 <= each.strength <= 2000
        assert np.isfinite(rates(model, counts([[0, 0], [5, 5]], [[0, 0], [5, 0]]))).all()


def test_of_few_messages_the_guess_stands() -> None:
    model = assumed(counts([[2, 2]], [[2, 0]]), (0.02, 0.08))
    assert model.email.mean == pytest.approx(6 / 202)
    assert model.sms.mean == pytest.approx(16 / 202)
    assert model.email.strength == STRENGTH
    assert not model.fitted
