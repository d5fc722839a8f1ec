"""Kappa, by how much people differ and by how long their hours last."""

import numpy as np
import pytest

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.evidence import DEFAULT
from antiphon.decisions.timing.fitting import Past, fit

BRAND = SHIPPED / SHIPPED.sum()


def people(kappa: float, *, lasting: bool) -> Past:
    """300 people of 30 events each, and 30 later ones, by the same hours or by new ones."""
    draw = np.random.default_rng(5)
    hours = draw.dirichlet(kappa * BRAND, 300)
    then = hours if lasting else draw.dirichlet(kappa * BRAND, 300)
    known, later = (np.array([draw.multinomial(30, each) for each in by], float) for by in (hours, then))
    return Past(known, known, later)


def test_hours_that_last_are_trusted_as_far_as_both_questions_allow() -> None:
    past = people(10, lasting=True)
    found = fit(past.events.sum(axis=0), past)
    assert found.by_evidence == pytest.approx(10, rel=0.3)
    assert found.by_later is not None
    assert found.kappa == max(found.by_later, found.by_evidence or 0) < 40


def test_hours_that_change_are_not_trusted_however_much_people_differ() -> None:
    past = people(10, lasting=False)
    found = fit(past.events.sum(axis=0), past)
    assert found.by_evidence == pytest.approx(10, rel=0.3)
    assert found.kappa == found.by_later
    assert found.kappa > 300


def test_nobody_known_is_the_shipped_curve() -> None:
    nothing = np.zeros((0, 24))
    found = fit(np.zeros(24), Past(nothing, nothing, nothing))
    assert found.brand == pytest.approx(BRAND)
    assert (found.kappa, found.by_evidence, found.by_later) == (DEFAULT, None, None)
