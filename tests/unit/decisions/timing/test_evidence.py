"""The evidence, against lgamma, and what it finds in people drawn with a known kappa."""

from math import exp, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.evidence import DEFAULT, LEAST, MOST, fit_kappa, highest, ln_gamma, log_evidence

BRAND = SHIPPED / SHIPPED.sum()


@given(st.floats(1e-6, 1e7))
def test_logarithm_of_the_gamma_function(x: float) -> None:
    assert float(ln_gamma(x)) == pytest.approx(lgamma(x), rel=1e-12, abs=1e-11)


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=5), st.floats(1, 500))
def test_evidence_is_that_of_the_dirichlet_multinomial(people: list[list[int]], kappa: float) -> None:
    prior = [0.1, 0.2, 0.3, 0.4]
    slow = 0.0
    for each in people:
        slow += lgamma(kappa) - lgamma(kappa + sum(each))
        slow += sum(lgamma(c + kappa * p) - lgamma(kappa * p) for c, p in zip(each, prior, strict=True))
    assert log_evidence(np.array(people, float), np.array(prior), kappa) == pytest.approx(slow, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kappa", [8.0, 30.0, 120.0])
def test_kappa_of_people_drawn_by_it_is_found(kappa: float) -> None:
    draw = np.random.default_rng(3)
    hours = draw.dirichlet(kappa * BRAND, 600)
    counts = np.array([draw.multinomial(60, each) for each in hours], float)
    assert fit_kappa(counts, BRAND) == pytest.approx(kappa, rel=0.2)


def test_people_who_are_all_alike_have_the_greatest() -> None:
    counts = np.random.default_rng(3).multinomial(40, BRAND, 400).astype(float)
    assert fit_kappa(counts, BRAND) > 1000


def test_too_few_to_tell() -> None:
    assert fit_kappa(np.ones((49, 24)), BRAND) == DEFAULT
    alone = np.zeros((500, 24))
    alone[:, 3] = 1
    assert fit_kappa(alone, BRAND) == DEFAULT


def test_the_highest_is_found_between_the_ends() -> None:
    assert highest(lambda x: -((x - 2.0) ** 2)) == pytest.approx(exp(2.0), rel=1e-3)
    assert highest(lambda x: x) == pytest.approx(MOST, rel=1e-2)
    assert highest(lambda x: -x) == pytest.approx(LEAST, rel=1e-2)
