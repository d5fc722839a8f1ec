"""What is chosen bears a version, by which a replay tells whether another program decided: another choice, another version."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.unit.decisions.batches import HOUR, LOS_ANGELES, NEW_YORK, Row, batch_of, policy

from antiphon.decisions.affinity.models import Affinity
from antiphon.decisions.choose import choose
from antiphon.decisions.models import LONG_AGO, NEVER, SMS, VERSION, Batch
from antiphon.decisions.settings import BrandSettings, Spacing, Worth
from antiphon.decisions.timing.models import Arm, Own

#: Nothing of it is a default, and defaults are kept with decisions: another one is no other way to choose.
BRAND = BrandSettings(
    email=Worth(response=0.02, order=0.1, opt_out=0.002, loss=5),
    sms=Worth(response=0.08, order=0.1, opt_out=0.004, loss=5, cost=0.0125),
    spacing=Spacing(sms=timedelta(hours=24), email=timedelta(hours=3), across=timedelta(hours=2)),
    fatigue=0.15,
    value=50,
)
CURVES = [[0.5 + hour / 24 for hour in range(24)], [1.5 - hour / 24 for hour in range(24)]]
CALM = policy(hours=40, segments=2)
PEOPLE = [
    Row(),
    Row(occasion=-3 * HOUR, at=-2 * HOUR, value=20),
    Row(CALM),
    Row(CALM, engaged=(-HOUR, LONG_AGO)),
    Row(CALM, declared=SMS, clock=LOS_ANGELES, zones=((LOS_ANGELES,), (LOS_ANGELES, NEW_YORK))),
    Row(CALM, past=(-HOUR, -20 * HOUR), load=(2.0, 1.0)),
    Row(CALM, first=(6 * HOUR, NEVER), last=(9 * HOUR, LONG_AGO), value=0),
    Row(CALM, value=1),
    Row(policy(purpose="transactional", urgent=True), address=(False, True), value=0),
    Row(CALM, address=(True, False), full=20 * HOUR),
    Row(CALM, die=3 << 40),
    Row(CALM, die=5 << 40, value=300),
    Row(CALM, engaged=(LONG_AGO, -HOUR)),
]
#: By version, of each of these people: the channel, seconds until it is due, the score.
CHOSEN: dict[int, list[tuple[int, int, float]]] = {
    1: [
        (1, 0, 0.611),
        (1, 0, 0.10554),
        (1, 0, 0.602),
        (0, 0, 0.15),
        (1, 3600, 0.61642),
        (1, 14400, 0.38207),
        (1, 0, 0.362),
        (-1, 0, 0.0),
        (1, 0, 0.371),
        (0, 72000, 0.032),
        (1, 0, 0.4454),
        (1, 14400, 2.362),
        (0, 0, 3.97298),
    ],
}


def asked() -> Batch:
    """The people; the last three have hours of their own, the last but one by lot; of the last is learned how they answer."""
    batch, number = batch_of(PEOPLE, curves=CURVES), len(PEOPLE)
    which, arms = np.full(number, -1, dtype=np.int32), np.full(number, Arm.REST, dtype=np.int8)
    which[-3:], arms[-2] = (0, 1, 1), Arm.RANDOM
    hours = np.linspace(0.5, 1.5, 48, dtype=np.float32)
    own = Own(which, arms, np.stack([hours, hours[::-1]]), (True, True), 4)
    rates, known = np.full((number, 2), (0.02, 0.08), dtype=np.float32), np.zeros(number, dtype=np.bool_)
    rates[-1], known[-1] = (0.4, 0.01), True
    affinity = Affinity(rates, known, used=True, model=3)
    return replace(batch, own=own, affinity=affinity, price=np.full(number, 9_000, dtype=np.int32))


def test_what_is_chosen_changes_with_the_version_alone() -> None:
    """Where this fails on purpose: raise ``decisions.models.VERSION``, and write here what is chosen by that version."""
    made = choose(asked(), BRAND)
    found = list(zip(made.channel.tolist(), made.due.tolist(), made.score.tolist(), strict=True))
    assert list(CHOSEN) == [VERSION]
    assert [one[:2] for one in found] == [one[:2] for one in CHOSEN[VERSION]]
    assert [one[2] for one in found] == pytest.approx([one[2] for one in CHOSEN[VERSION]], rel=1e-4, abs=1e-5)
