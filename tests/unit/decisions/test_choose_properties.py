"""What holds of every decision, whatever the scores, the rules and the people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.decisions.batches import Row, batch_of, zone
from tests.unit.decisions.strategies import BRANDS, MOMENTS, rows

from antiphon.decisions.choose import choose
from antiphon.decisions.curves import hour_factors
from antiphon.decisions.explain import explain
from antiphon.decisions.masks import bars
from antiphon.decisions.models import EMAIL, NO_CHANNEL, SMS, Amount, Decisions, Rule, State
from antiphon.decisions.pulls import pulls
from antiphon.decisions.settings import BrandSettings, Spacing, Worth
from antiphon.decisions.slots import slots

PEOPLE = st.lists(rows(), min_size=1, max_size=8)
RATES = st.floats(0, 1, width=32)
WORTHS = st.builds(Worth, response=RATES, order=RATES, opt_out=RATES, loss=st.floats(0, 100), cost=st.floats(0, 10))
CURVES = st.lists(st.integers(0, 100_000), min_size=48, max_size=48).map(
    lambda counts: hour_factors(np.array(counts, dtype=np.int64).reshape(2, 24))
)

_ELSEWHERE = zone("Asia/Kolkata")

Narrowed = tuple[list[Row], BrandSettings]


def _now(at: datetime) -> int:
    return int(at.timestamp())


@settings(max_examples=60)
@given(PEOPLE, MOMENTS, BRANDS, WORTHS, WORTHS, CURVES)
def test_whatever_the_scores_no_barred_moment_is_ever_chosen(
    people: list[Row], at: datetime, brand: BrandSettings, email: Worth, sms: Worth, curves: Amount
) -> None:
    brand = brand.model_copy(update={"email": email, "sms": sms})
    batch, grid = batch_of(people, _now(at), curves), slots(_now(at))
    made, whole = choose(batch, brand), bars(batch)
    for channel in (EMAIL, SMS):
        rule = explain(batch, channel, grid, pulls(batch, channel, grid, brand), whole[:, channel], brand).rule
        mine = np.flatnonzero(made.channel == channel)
        assert (rule[mine, made.slot[mine]] == Rule.NONE).all()


def _no_consent(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, marketing=(one.marketing[0], int(State.UNSUBSCRIBED))) for one in people], brand


def _no_cart_reminders(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, cart=False, texted=True) for one in people], brand


def _another_law(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, laws=(*one.laws, "us-fl")) for one in people], brand


def _another_place(people: list[Row], brand: BrandSettings) -> Narrowed:
    """Who may be somewhere else as well; of somebody who may be anywhere, that says less and not more."""

    def besides(zones: tuple[int, ...]) -> tuple[int, ...]:
        return (*zones, _ELSEWHERE) if zones else ()

    return [replace(one, zones=(besides(one.zones[0]), besides(one.zones[1]))) for one in people], brand


def _less_time(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, policy=replace(one.policy, window=one.policy.window / 2)) for one in people], brand


def _further_apart(people: list[Row], brand: BrandSettings) -> Narrowed:
    spacing = Spacing(
        sms=brand.spacing.sms * 2, email=brand.spacing.email * 2, across=brand.spacing.across + timedelta(hours=5)
    )
    return people, brand.model_copy(update={"spacing": spacing})


def _one_channel_less(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, policy=replace(one.policy, channels=one.policy.channels[:1])) for one in people], brand


def _full(people: list[Row], brand: BrandSettings) -> Narrowed:
    """A cap on everything that leaves room later than before."""
    return [replace(one, full=max(one.full, 0) + 5 * 3600) for one in people], brand


def _more_felt(people: list[Row], brand: BrandSettings) -> Narrowed:
    return [replace(one, load=(one.load[0] + 3, one.load[1] + 3)) for one in people], brand


NARROWINGS = (
    _full, _more_felt, _no_consent, _no_cart_reminders, _another_law, _another_place, _less_time, _further_apart,
    _one_channel_less,
)  # fmt: skip


@settings(max_examples=120)
@given(PEOPLE, MOMENTS, BRANDS, st.sampled_from(NARROWINGS))
def test_another_rule_never_adds_a_message(
    people: list[Row], at: datetime, brand: BrandSettings, narrow: Callable[[list[Row], BrandSettings], Narrowed]
) -> None:
    curves = hour_factors(np.zeros((2, 24), dtype=np.int64))
    before = choose(batch_of(people, _now(at), curves), brand).channel
    narrowed, stricter = narrow(people, brand)
    after = choose(batch_of(narrowed, _now(at), curves), stricter).channel
    assert not ((before == NO_CHANNEL) & (after != NO_CHANNEL)).any()


@settings(max_examples=60)
@given(PEOPLE, MOMENTS, BRANDS, WORTHS, st.floats(0, 5))
def test_dearer_texts_are_never_more_texts(
    people: list[Row], at: datetime, brand: BrandSettings, sms: Worth, more: float
) -> None:
    curves = hour_factors(np.zeros((2, 24), dtype=np.int64))
    batch = batch_of(people, _now(at), curves)
    cheap = brand.model_copy(update={"sms": sms})
    dear = brand.model_copy(update={"sms": sms.model_copy(update={"cost": sms.cost + more})})
    texts, still = choose(batch, cheap).channel == SMS, choose(batch, dear).channel == SMS
    assert not (still & ~texts).any()


@settings(max_examples=25)
@given(st.lists(rows(), min_size=2, max_size=8), MOMENTS, BRANDS, st.permutations(range(8)))
def test_the_same_people_in_any_order_get_the_same(
    people: list[Row], at: datetime, brand: BrandSettings, places: list[int]
) -> None:
    curves = hour_factors(np.zeros((2, 24), dtype=np.int64))
    batch = batch_of(people, _now(at), curves)
    order = np.array([place for place in places if place < len(people)])
    once, again = choose(batch, brand), choose(batch.rows(order), brand)
    for name in Decisions.__slots__:
        assert (getattr(once, name)[order] == getattr(again, name)).all(), name
