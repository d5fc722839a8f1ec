"""``choose`` against the oracle, and the rules it stands for, one by one."""

from dataclasses import replace
from datetime import UTC, datetime
from math import isclose

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.decisions import oracle
from tests.unit.decisions.batches import HOUR, LOS_ANGELES, NEW_YORK, NOON, Row, batch_of, policy
from tests.unit.decisions.strategies import BRANDS, DEFAULTS, MOMENTS, rows

from antiphon.decisions.choose import CHUNK, choose
from antiphon.decisions.curves import SHIPPED, WEIGHT, hour_factors
from antiphon.decisions.explain import explain
from antiphon.decisions.masks import bars
from antiphon.decisions.models import EMAIL, LONG_AGO, NEVER, NO_CHANNEL, SMS, Decisions, Rule
from antiphon.decisions.pulls import pulls
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import slots

FLAT = [[1.0] * 24, [1.0] * 24]
CURVES = hour_factors(np.zeros((2, 24), dtype=np.int64))


@settings(max_examples=300)
@given(
    st.lists(rows(), min_size=1, max_size=6),
    MOMENTS,
    BRANDS,
)
@example(
    [Row(past=(-HOUR, LONG_AGO), first=(5 * HOUR, NEVER), last=(5 * HOUR, LONG_AGO))],
    datetime(2026, 3, 3, 17, tzinfo=UTC),
    DEFAULTS,
)
def test_choose_decides_as_the_oracle_does(people: list[Row], at: datetime, brand: BrandSettings) -> None:
    now = int(at.timestamp())
    found = choose(batch_of(people, now, CURVES), brand)
    starts = oracle.moments(now)
    for number, row in enumerate(people):
        cells = oracle.grid(row, now, brand, CURVES.tolist())
        channel, slot = oracle.best(cells, row)
        assert found.preferred[number] == oracle.preferred(row)
        if near_tie(cells, row):
            continue
        assert found.channel[number] == channel
        assert found.bar[number].tolist() == [oracle.channel_bar(row, EMAIL), oracle.channel_bar(row, SMS)]
        if channel == NO_CHANNEL:
            assert found.slot[number] == -1
            assert found.score[number] == 0
        else:
            mine = cells[channel][found.slot[number]][0]
            assert isclose(mine, cells[channel][slot][0], rel_tol=1e-5, abs_tol=1e-6)
            assert isclose(float(found.score[number]), mine, rel_tol=1e-4, abs_tol=1e-5)
            assert found.due[number] == starts[found.slot[number]]


def near_tie(cells: oracle.Grid, row: Row) -> bool:
    """Whether the channels, or one of them and not to write, differ by less than single precision can tell."""
    tops = [max(value for value, _ in cells[channel]) for channel in (EMAIL, SMS)]
    return any(abs(top) < 1e-5 for top in tops) or (tops[0] > -1e9 and abs(tops[0] - tops[1]) < 1e-5)


@settings(max_examples=100)
@given(
    st.lists(rows(), min_size=1, max_size=4),
    MOMENTS,
    BRANDS,
)
def test_every_moment_is_explained_as_the_oracle_sees_it(people: list[Row], at: datetime, brand: BrandSettings) -> None:
    now = int(at.timestamp())
    batch = batch_of(people, now, CURVES)
    whole = bars(batch)
    for channel in (EMAIL, SMS):
        found = explain(batch, channel, slots(now), pulls(batch, channel, slots(now), brand), whole[:, channel], brand)
        for number, row in enumerate(people):
            cells = oracle.grid(row, now, brand, CURVES.tolist())[channel]
            assert found.rule[number].tolist() == [rule for _, rule in cells]
            assert found.score[number].tolist() == pytest.approx([value for value, _ in cells], rel=1e-4, abs=1e-5)


def test_the_slots_are_quarters_for_two_hours_and_hours_after() -> None:
    for now in (NOON, NOON + 1, NOON + 899, NOON + 52 * 60 + 7):
        assert slots(now).tolist() == oracle.moments(now)


def one(row: Row, now: int = NOON, brand: BrandSettings = DEFAULTS, curves: object = None) -> Decisions:
    return choose(batch_of([row], now, curves), brand)


def decided(row: Row, now: int = NOON, brand: BrandSettings = DEFAULTS, curves: object = None) -> tuple[int, int]:
    found = one(row, now, brand, curves)
    return int(found.channel[0]), int(found.due[0])


def test_of_an_unknown_person_an_abandonment_asks_for_a_text_at_once() -> None:
    assert decided(Row()) == (SMS, 0)


def test_the_channel_last_engaged_on_wins() -> None:
    assert decided(Row(engaged=(-HOUR, -2 * HOUR))) == (EMAIL, 0)
    assert decided(Row(engaged=(-3 * HOUR, -2 * HOUR))) == (SMS, 0)


def test_a_declared_channel_ranks_above_the_last_engaged_one() -> None:
    assert decided(Row(engaged=(LONG_AGO, -HOUR), declared=EMAIL)) == (EMAIL, 0)


def test_the_preferred_channel_waits_for_morning_rather_than_yield() -> None:
    evening = NOON + 9 * HOUR  # 21:00 in New York
    assert decided(Row(engaged=(LONG_AGO, -HOUR)), evening) == (SMS, 13 * HOUR)


def test_a_preference_without_a_single_moment_yields() -> None:
    evening = NOON + 9 * HOUR
    short = policy(urgent=True, abandonment=True, hours=6)
    assert decided(Row(policy=short, engaged=(LONG_AGO, -HOUR)), evening) == (EMAIL, 0)


def test_what_is_urgent_goes_within_the_hour_whatever_the_curve_says() -> None:
    evening_people = np.ones((2, 24))
    evening_people[:, 19] = 20
    assert decided(Row(), curves=evening_people) == (SMS, 0)
    patient = policy(hours=24, half_life=100)
    assert decided(Row(policy=patient, declared=EMAIL), curves=evening_people) == (EMAIL, 7 * HOUR)


def test_a_brand_may_switch_its_best_hour_off() -> None:
    evening_people = np.ones((2, 24))
    evening_people[:, 19] = 20
    brand = BrandSettings(best_hour=False)
    assert decided(Row(policy=policy(half_life=100), declared=EMAIL), brand=brand, curves=evening_people) == (EMAIL, 0)


def test_no_consent_no_message() -> None:
    assert decided(Row(marketing=(0, 0))) == (NO_CHANNEL, 0)
    assert decided(Row(marketing=(1, 1))) == (NO_CHANNEL, 0)
    assert decided(Row(marketing=(2, 3))) == (EMAIL, 0)
    assert decided(Row(cart=False)) == (EMAIL, 0)
    assert one(Row(cart=False)).bar.tolist() == [[Rule.NONE, Rule.CONSENT_CART]]


def test_transactional_needs_no_marketing_consent_and_keeps_no_distance() -> None:
    receipt = policy(purpose="transactional", urgent=True)
    person = Row(policy=receipt, marketing=(0, 0), past=(-60, -60), value=0.01, declared=SMS)
    assert decided(person) == (SMS, 0)
    assert decided(replace(person, marketing=(3, 3))) == (EMAIL, 0)  # STOP means every text


def test_one_text_per_abandonment() -> None:
    assert decided(Row(texted=True, engaged=(LONG_AGO, -HOUR))) == (EMAIL, 0)
    assert decided(Row(texted=True, policy=policy(("sms",), urgent=True))) == (SMS, 0)


def test_a_text_about_an_abandonment_never_leaves_after_48_hours() -> None:
    texts = policy(("sms",), urgent=True, abandonment=True, hours=72)
    assert decided(Row(policy=texts, occasion=-48 * HOUR + 1)) == (SMS, 0)
    assert decided(Row(policy=texts, occasion=-48 * HOUR)) == (NO_CHANNEL, 0)
    evening = NOON + 9 * HOUR  # in 13 hours it is 10:00
    assert decided(Row(policy=texts, occasion=-35 * HOUR + 1), evening) == (SMS, 13 * HOUR)
    assert decided(Row(policy=texts, occasion=-35 * HOUR), evening) == (NO_CHANNEL, 0)


def test_distance_is_kept_on_a_channel_and_between_them() -> None:
    calm = policy(("email",), urgent=True, hours=72)
    assert decided(Row(policy=calm, past=(-HOUR, LONG_AGO))) == (EMAIL, 2 * HOUR)
    assert decided(Row(policy=calm, past=(LONG_AGO, -HOUR))) == (EMAIL, HOUR)
    texts = policy(("sms",), urgent=True, hours=72)
    assert decided(Row(policy=texts, past=(LONG_AGO, -22 * HOUR))) == (SMS, 2 * HOUR)


def test_distance_is_kept_to_what_is_planned_ahead() -> None:
    calm = policy(("email",), urgent=True, hours=72)
    soon = Row(policy=calm, first=(2 * HOUR, NEVER), last=(2 * HOUR, LONG_AGO))
    assert decided(soon) == (EMAIL, 5 * HOUR)
    assert decided(replace(soon, first=(3 * HOUR, NEVER), last=(3 * HOUR, LONG_AGO))) == (EMAIL, 0)


def test_what_came_too_late_is_not_sent() -> None:
    assert decided(Row(at=-48 * HOUR, policy=policy(("email",), urgent=True, hours=48))) == (NO_CHANNEL, 0)
    assert decided(Row(at=-48 * HOUR + 1, policy=policy(("email",), urgent=True, hours=48))) == (EMAIL, 0)


def test_what_is_not_worth_its_cost_is_not_sent() -> None:
    cheap = Row(policy=policy(("sms",), urgent=True, segments=4), value=1)
    assert decided(cheap) == (NO_CHANNEL, 0)
    assert one(cheap).best_score[0, SMS] < 0


def test_every_zone_counts() -> None:
    both = Row(zones=((NEW_YORK,), (NEW_YORK, LOS_ANGELES)), policy=policy(("sms",), urgent=True))
    assert decided(both) == (SMS, HOUR)  # 10:00 in Los Angeles
    assert decided(replace(both, zones=((NEW_YORK,), ()))) == (SMS, 3 * HOUR)  # 10:00 in Honolulu


def test_the_die_settles_what_is_equal() -> None:
    same = BrandSettings(sms=DEFAULTS.email, email=DEFAULTS.email)
    equal = Row(policy=policy(urgent=True))
    assert {decided(replace(equal, die=die), brand=same)[0] for die in (0, 2, -2)} == {EMAIL}
    assert {decided(replace(equal, die=die), brand=same)[0] for die in (1, 3, -1)} == {SMS}


def test_chunks_and_threads_change_nothing() -> None:
    people = [
        Row(die=n, past=(-n % 9000, LONG_AGO), value=1 + n % 50, policy=policy(hours=1 + n % 70), occasion=-n % 50_000)
        for n in range(400)
    ]
    small = batch_of(people, curves=CURVES)
    large = small.rows(np.resize(np.arange(len(people)), CHUNK * 2 + 17))
    once, twice = choose(small, DEFAULTS), choose(large, DEFAULTS, threads=2)
    for name in Decisions.__slots__:
        expected = getattr(once, name)
        assert (getattr(twice, name) == np.resize(expected, (len(large), *expected.shape[1:]))).all(), name


def test_a_brands_own_responses_move_the_curve() -> None:
    counts = np.zeros(24, dtype=np.int64)
    shipped = hour_factors(counts)
    assert shipped == pytest.approx(SHIPPED / SHIPPED.mean(), rel=1e-6)
    counts[3] = int(WEIGHT)
    moved = hour_factors(counts)
    assert moved.mean() == pytest.approx(1)
    assert moved.argmax() == 3
    assert moved[12] == pytest.approx(shipped[12] / 2)
