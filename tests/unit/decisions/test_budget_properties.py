"""What holds of decisions within a budget, whatever the people, the prices and what else is asked for."""

from datetime import datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.decisions.batches import Row, batch_of
from tests.unit.decisions.purses import OneDay
from tests.unit.decisions.strategies import BRANDS, MOMENTS, rows

from antiphon.decisions.budget.demand import BINS, Demand
from antiphon.decisions.budget.within import choose_within
from antiphon.decisions.choose import choose
from antiphon.decisions.models import NO_CHANNEL, SMS, Decisions, Rule
from antiphon.decisions.settings import BrandSettings

PEOPLE = st.lists(rows(), min_size=1, max_size=8)
#: From nothing to more than everybody asks for.
MONEY = st.integers(0, 400_000)
AHEAD = st.lists(st.integers(0, 30_000), min_size=BINS, max_size=BINS).map(lambda costs: Demand(np.array(costs, float)))
TIMES = st.sampled_from([1.0, 1.5, 40.0])


def _now(at: datetime) -> int:
    return int(at.timestamp())


def _texts(made: Decisions) -> np.ndarray:
    return np.asarray(made.channel == SMS)


@settings(max_examples=40)
@given(PEOPLE, MOMENTS, BRANDS, MONEY, AHEAD, TIMES)
def test_a_budget_is_never_exceeded_and_only_takes_texts_away(
    people: list[Row], at: datetime, brand: BrandSettings, money: int, ahead: Demand, times: float
) -> None:
    batch = batch_of(people, _now(at))
    purse = OneDay(money, ahead, times)
    free = choose(batch, brand)
    again, made = choose_within(batch, brand, purse)
    assert purse.spent <= money
    assert not (_texts(made) & ~_texts(free)).any()
    assert not ((free.channel == NO_CHANNEL) & (made.channel != NO_CHANNEL)).any()
    denied = again.denied
    assert denied is not None
    assert (_texts(made) == (_texts(free) & (denied == Rule.NONE))).all()
    # what was denied is an input like others: asked again, the same comes out
    once_more = choose(again, brand)
    assert (once_more.channel == made.channel).all()
    assert (once_more.slot == made.slot).all()


@settings(max_examples=40)
@given(PEOPLE, MOMENTS, BRANDS, MONEY, MONEY, AHEAD, TIMES)
def test_less_money_is_never_more_texts(
    people: list[Row], at: datetime, brand: BrandSettings, one: int, other: int, ahead: Demand, times: float
) -> None:
    batch = batch_of(people, _now(at))
    _, less = choose_within(batch, brand, OneDay(min(one, other), ahead, times))
    _, more = choose_within(batch, brand, OneDay(max(one, other), ahead, times))
    assert not (_texts(less) & ~_texts(more)).any()


@settings(max_examples=40)
@given(PEOPLE, MOMENTS, BRANDS, MONEY, AHEAD, TIMES, st.floats(0.001, 0.5))
def test_dearer_segments_are_never_more_texts(
    people: list[Row], at: datetime, brand: BrandSettings, money: int, ahead: Demand, times: float, more: float
) -> None:
    batch = batch_of(people, _now(at))
    dear = brand.model_copy(update={"sms": brand.sms.model_copy(update={"cost": brand.sms.cost + more})})
    _, before = choose_within(batch, brand, OneDay(money, ahead, times))
    _, after = choose_within(batch, dear, OneDay(money, ahead, times))
    assert not (_texts(after) & ~_texts(before)).any()


@settings(max_examples=25)
@given(st.lists(rows(), min_size=2, max_size=8), MOMENTS, BRANDS, MONEY, AHEAD, st.permutations(range(8)))
def test_in_any_order_the_same_number_goes_to_those_who_gain_most(
    people: list[Row], at: datetime, brand: BrandSettings, money: int, ahead: Demand, places: list[int]
) -> None:
    batch = batch_of(people, _now(at))
    order = np.array([place for place in places if place < len(people)])
    _, once = choose_within(batch, brand, OneDay(money, ahead))
    _, again = choose_within(batch.rows(order), brand, OneDay(money, ahead))
    # people who differ in nothing at all may stand in for each other
    assert np.count_nonzero(_texts(once)) == np.count_nonzero(_texts(again))
