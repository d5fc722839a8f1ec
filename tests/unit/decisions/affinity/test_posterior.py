"""Rates and certainty of single people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.decisions.affinity.models import Channel, Counts, Model, counts, model_of
from antiphon.decisions.affinity.posterior import certainty, interval, posterior, rates
from antiphon.decisions.affinity.words import leaning

MODEL = Model(Channel(0.03, 0.5, 20), Channel(0.09, 0.5, 12), fitted=True)
AMOUNT = st.one_of(st.just(0.0), st.floats(0, 300), st.just(1e-300), st.just(1e300))
CHANNELS = st.builds(Channel, st.floats(1e-4, 0.999), st.floats(0, 1), st.floats(2, 2000))
MODELS = st.builds(Model, CHANNELS, CHANNELS, st.just(value=True))


def _one(emails: float, answered: float, texts: float, replied: float) -> Counts:
    return counts([[emails, texts]], [[answered, replied]])


@given(MODELS, AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.integers(0, 1))
def test_more_answers_on_a_channel_never_lower_it(
    model: Model, emails: float, answered: float, texts: float, replied: float, channel: int
) -> None:
    less = _one(emails, answered, texts, replied)
    more = counts(less.sends, less.answers + np.eye(2)[channel])
    before, after = rates(model, less)[0], rates(model, more)[0]
    assert ((before > 0) & (before < 1)).all()
    assert (after >= before * (1 - 1e-12)).all()  # nor the other one


@settings(max_examples=25)
@given(MODELS, AMOUNT, AMOUNT, AMOUNT, AMOUNT)
def test_certainty_and_interval_are_of_any_counts(
    model: Model, emails: float, answered: float, texts: float, replied: float
) -> None:
    a, b = posterior(model, _one(emails, answered, texts, replied))
    sure = float(certainty(a, b)[0])
    low, high = interval(a, b)
    assert 0 <= sure <= 1
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()
    mirrored = float(certainty(a[:, ::-1], b[:, ::-1])[0])
    assert sure + mirrored == pytest.approx(1, abs=2e-2)


def test_certainty_is_that_of_draws() -> None:
    random = np.random.default_rng(3)
    a = np.array([[0.02, 0.05], [1, 1], [3, 7], [40, 38]])
    b = np.array([[2.0, 3], [1, 1], [40, 30], [900, 700]])
    draws = (random.beta(a[:, 1], b[:, 1], (100_000, 4)) > random.beta(a[:, 0], b[:, 0], (100_000, 4))).mean(axis=0)
    assert certainty(a, b) == pytest.approx(draws, abs=0.006)


def test_nobody_knows_better_than_everybody() -> None:
    assert rates(MODEL, _one(0, 0, 0, 0))[0] == pytest.approx([0.03, 0.09])


def test_the_other_channel_tells_of_this_one() -> None:
    lively, silent = rates(MODEL, _one(10, 8, 0, 0))[0], rates(MODEL, _one(60, 0, 0, 0))[0]
    assert silent[1] < 0.09 < lively[1]
    alone = Model(Channel(0.03, 0, 20), Channel(0.09, 0, 12), fitted=True)
    assert rates(alone, _one(10, 8, 0, 0))[0][1] == pytest.approx(0.09)


def test_counts_that_cannot_be_are_made_such_that_can() -> None:
    found = counts([[1, -3], [np.nan, np.inf]], [[5, 1], [2, np.nan]])
    assert found.answers[0].tolist() == [1, 0]
    assert (found.sends[0].tolist(), found.sends[1][0]) == ([1, 0], 0)
    assert np.isfinite(rates(MODEL, found)).all()


def test_the_interval_holds_the_middle() -> None:
    random = np.random.default_rng(1)
    low, high = interval(np.array([[3.0, 0.2]]), np.array([[40.0, 5.0]]))
    for place, (a, b) in enumerate(((3, 40), (0.2, 5))):
        inside = random.beta(a, b, 50_000)
        assert ((inside > low[0, place]) & (inside < high[0, place])).mean() == pytest.approx(0.9, abs=0.01)


def test_words_say_how_sure_it_is() -> None:
    assert leaning(0.97).words == "almost certainly answers texts more often"
    assert leaning(0.1).words == "probably answers emails more often"
    assert (leaning(0.7).words, leaning(0.7).channel) == ("rather answers texts more often", "sms")
    assert "cannot be told apart" in leaning(0.5).words


def test_a_model_is_kept_as_a_document() -> None:
    assert model_of(MODEL.document()) == MODEL
