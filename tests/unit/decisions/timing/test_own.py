"""Decisions by people's own hours, and by lot: never a moment that is barred, and for everybody else the brand's."""

from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.decisions.batches import HOUR, LOS_ANGELES, NEW_YORK, NOON, Row, batch_of, policy

from antiphon.decisions.choose import choose
from antiphon.decisions.explain import explain
from antiphon.decisions.masks import bars
from antiphon.decisions.models import EMAIL, NO_CHANNEL, SMS, Batch, Rule
from antiphon.decisions.pulls import pulls
from antiphon.decisions.reasons import reasons
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import slots
from antiphon.decisions.timing.models import Arm, Own
from antiphon.decisions.timing.telling import drawn_arms

DEFAULTS = BrandSettings()
PATIENT = policy(("email",), hours=24, half_life=10_000)
EVENING = np.ones(48, np.float32)
EVENING[[20, 44]] = 3  # eight in the evening
MORNING = np.ones(48, np.float32)
MORNING[[7, 31]] = 3


def with_own(rows: list[Row], which: list[int], arms: list[Arm], gains: tuple[bool, bool] = (False, False)) -> Batch:
    own = Own(np.array(which, np.int32), np.array(arms, np.int8), np.array([EVENING, MORNING]), gains, 4)
    return replace(batch_of(rows), own=own)


def hours(batch: Batch) -> list[int]:
    """How many hours from noon each message waits."""
    return list((choose(batch, DEFAULTS).due // HOUR).tolist())


def test_own_hours_by_arm_and_once_they_are_shown_to_gain() -> None:
    rows = [Row(policy=PATIENT)] * 5
    arms = [Arm.OWN, Arm.OWN, Arm.REST, Arm.BRAND, Arm.OWN]
    which = [0, 1, 0, 0, -1]
    assert hours(with_own(rows, which, arms)) == [8, 19, 0, 0, 0]
    assert hours(with_own(rows, which, arms, (True, False))) == [8, 19, 8, 0, 0]
    assert hours(with_own(rows, which, arms, (False, True))) == [8, 19, 0, 0, 0]


def test_what_is_urgent_waits_for_no_hour() -> None:
    assert hours(with_own([Row(policy=policy(("email",), urgent=True))], [0], [Arm.OWN])) == [0]


def test_weekends_have_hours_of_their_own() -> None:
    own = Own(np.zeros(1, np.int32), np.array([Arm.OWN], np.int8), np.ones((1, 48), np.float32), (False, False), 1)
    own.factors[0, 24 + 9] = 5  # nine on Saturdays and Sundays
    friday = NOON + 3 * 86_400
    batch = replace(batch_of([Row(policy=PATIENT)], friday), own=own)
    assert hours(batch) == [21]
    assert hours(replace(batch_of([Row(policy=PATIENT)], NOON), own=own)) == [0]


def test_random_hours_are_all_that_are_permitted_alike() -> None:
    dice = np.random.default_rng(3).integers(-(2**62), 2**62, 4000).tolist()
    batch = with_own([Row(policy=PATIENT, die=die) for die in dice], [0] * 4000, [Arm.RANDOM] * 4000)
    found = np.array(hours(batch))
    grid = slots(NOON)
    tables = pulls(batch, EMAIL, grid, DEFAULTS)
    rule = explain(batch, EMAIL, grid, tables, bars(batch)[:, EMAIL], DEFAULTS).rule[0]
    permitted = [int(at) // HOUR for at, bar in zip(grid, rule, strict=True) if bar == Rule.NONE and at % HOUR == 0]
    assert sorted(set(found.tolist())) == permitted
    assert np.bincount(found)[permitted] / 4000 == pytest.approx([1 / len(permitted)] * len(permitted), abs=0.015)


ROWS = st.builds(
    Row,
    policy=st.sampled_from([PATIENT, policy(hours=30), policy(("sms",), hours=60), policy(urgent=True)]),
    die=st.integers(-(2**62), 2**62),
    clock=st.sampled_from([NEW_YORK, LOS_ANGELES]),
    past=st.tuples(st.integers(-20 * HOUR, 0), st.integers(-20 * HOUR, 0)),
    zones=st.sampled_from([((NEW_YORK,), (NEW_YORK, LOS_ANGELES)), ((), ()), ((LOS_ANGELES,), (LOS_ANGELES,))]),
)


@settings(max_examples=40)
@given(st.lists(st.tuples(ROWS, st.integers(-1, 1), st.sampled_from(Arm)), min_size=1, max_size=12), st.booleans())
def test_no_barred_moment_is_chosen_and_others_are_as_before(people: list[tuple[Row, int, Arm]], gains: bool) -> None:
    rows, which = [row for row, _, _ in people], [place for _, place, _ in people]
    arms = [arm if place >= 0 else Arm.REST for _, place, arm in people]  # as they are loaded
    batch = with_own(rows, which, arms, (gains, gains))
    made, before = choose(batch, DEFAULTS), choose(replace(batch, own=None), DEFAULTS)
    grid = slots(batch.now)
    rules = [
        explain(batch, channel, grid, pulls(batch, channel, grid, DEFAULTS), made.bar[:, channel], DEFAULTS).rule
        for channel in (EMAIL, SMS)
    ]
    for row, (channel, slot) in enumerate(zip(made.channel.tolist(), made.slot.tolist(), strict=True)):
        assert (channel == NO_CHANNEL) == (before.channel[row] == NO_CHANNEL)
        if channel != NO_CHANNEL:
            assert rules[channel][row, slot] == Rule.NONE
        if which[row] < 0 or arms[row] == Arm.BRAND or batch.policies[batch.policy[row]].urgent:
            assert (made.channel[row], made.slot[row]) == (before.channel[row], before.slot[row])
    alone = [choose(batch.rows(slice(row, row + 1)), DEFAULTS) for row in range(len(batch))]
    assert [int(one.slot[0]) for one in alone] == made.slot.tolist()


def test_better_hours_are_explored_more_often_and_the_chances_are_told() -> None:
    dice = np.random.default_rng(3).integers(-(2**62), 2**62, 4000).tolist()
    batch = with_own([Row(policy=PATIENT, die=die) for die in dice], [0] * 4000, [Arm.EXPLORE] * 4000)
    made = choose(batch, DEFAULTS)
    some = np.arange(40)
    whys = reasons(batch.rows(some), made.rows(some), DEFAULTS, [(1, "a")] * 40)
    lots = [orjson.loads(each)["timing"]["lot"] for each in whys]
    clock = (np.array(hours(batch)) + 12) % 24
    assert [each["hour"] for each in lots] == clock[:40].tolist()
    assert (lots[0]["own"], lots[0]["brand"]) == (20, hours(with_own([Row(policy=PATIENT)], [0], [Arm.BRAND]))[0] + 12)
    chances = np.array([lots[0]["chances"].get(str(hour), 0) for hour in range(24)])
    assert chances.sum() == pytest.approx(1, abs=1e-4)
    assert np.bincount(clock, minlength=24) / 4000 == pytest.approx(chances, abs=0.02)
    lifted = np.exp((3 - 1) / 0.25)  # eight in the evening is worth three times as much
    rest = np.count_nonzero(chances) - 1
    # over a day worth decays a little
    assert chances[20] == pytest.approx(0.9 * lifted / (lifted + rest) + 0.1 / (rest + 1), abs=0.01)


def test_reasons_tell_by_whose_hours() -> None:
    rows = [Row(policy=PATIENT)] * 3 + [Row(policy=policy(("email",), urgent=True))]
    batch = with_own(rows, [0, 0, -1, 0], [Arm.RANDOM, Arm.REST, Arm.REST, Arm.OWN], (True, False))
    made = choose(batch, DEFAULTS)
    told = [orjson.loads(each) for each in reasons(batch, made, DEFAULTS, [(1, "a")] * 4)]
    lot = told[0]["timing"].pop("lot")
    assert lot["hour"] == (12 + int(made.due[0]) // HOUR) % 24
    assert set(lot["chances"].values()) == {round(1 / len(lot["chances"]), 5)}
    assert lot["own"] == 20
    assert [each.get("timing") for each in told] == [
        {"hours": "random", "drawn": True, "propensity": 0.1, "model": 4},
        {"hours": "own", "drawn": False, "propensity": 0.6, "model": 4},
        None,
        None,
    ]
    assert drawn_arms(batch) == [Arm.RANDOM, None, None, None]
    assert "an hour drawn by lot" in told[0]["sentence"] or "at once" in told[0]["sentence"]
