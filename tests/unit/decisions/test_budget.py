"""A scarce budget goes to those who gain most by a text; the rest get emails, and the sentence names the budget."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from tests.unit.decisions.batches import HOUR, NOON, Row, batch_of, policy
from tests.unit.decisions.purses import OneDay

from antiphon.decisions.budget.allot import Asking, Room, granted
from antiphon.decisions.budget.days import Days, midnight
from antiphon.decisions.budget.demand import BINS, Demand, counted, place, ratio_at
from antiphon.decisions.budget.within import choose_within
from antiphon.decisions.models import EMAIL, NO_CHANNEL, SMS
from antiphon.decisions.reasons import reasons
from antiphon.decisions.settings import BrandSettings
from antiphon.kit.zones import zone_id

ANY = policy(hours=24)
BRAND = BrandSettings()
TEXT = 12_500  # what one costs in millionths


def _people(values: list[float], **more: object) -> list[Row]:
    return [Row(policy=ANY, value=value, die=n * 7919, **more) for n, value in enumerate(values)]  # type: ignore[arg-type]


def test_money_for_two_goes_to_those_who_gain_most_and_the_others_get_emails() -> None:
    batch = batch_of(_people([30, 90, 60, 120, 15]))
    _, free = choose_within(batch, BRAND, None)
    assert free.channel.tolist() == [SMS] * 5
    _, made = choose_within(batch, BRAND, OneDay(2 * TEXT))
    assert made.channel.tolist() == [EMAIL, SMS, EMAIL, SMS, EMAIL]


def test_whoever_has_no_email_gains_more_by_a_text_and_goes_first() -> None:
    people = _people([60, 50])
    people[1] = replace(people[1], address=(False, True))
    _, made = choose_within(batch_of(people), BRAND, OneDay(TEXT))
    assert made.channel.tolist() == [EMAIL, SMS]


def test_two_segments_have_to_gain_twice_as_much() -> None:
    people = _people([100, 60])
    people[0] = replace(people[0], policy=policy(hours=24, segments=2))
    _, made = choose_within(batch_of(people), BRAND, OneDay(2 * TEXT - 1))
    assert made.channel.tolist() == [EMAIL, SMS]


def test_prices_differ_by_country() -> None:
    batch = replace(batch_of(_people([60, 60])), price=np.array([50_000, 12_500], dtype=np.int32))
    _, made = choose_within(batch, BRAND, OneDay(50_000))
    assert made.channel.tolist() == [EMAIL, SMS]


def test_who_goes_without_hears_which_budget_it_was() -> None:
    people = [*_people([60]), *_people([90]), Row(policy=ANY, value=20, address=(False, True))]
    batch, made = choose_within(batch_of(people), BRAND, OneDay(0))
    told = [orjson.loads(each) for each in reasons(batch, made, BRAND, [(1, "a")] * 3)]
    assert made.channel.tolist() == [EMAIL, EMAIL, NO_CHANNEL]
    words = "the day's budget for texts is spent or kept for those who gain more"
    assert told[0]["sentence"].endswith(f"text is not possible ({words}).")
    assert told[2]["sentence"] == f"No message. Email: no address; text: {words}."
    assert "budget.day" in told[2]["barred"]["sms"]


def test_a_campaigns_first_portion_leaves_money_for_the_portions_behind_it() -> None:
    batch = batch_of(_people([float(value) for value in range(20, 120)]))
    _, made = choose_within(batch, BRAND, OneDay(100 * TEXT, times=4.0))
    assert np.flatnonzero(made.channel == SMS).tolist() == list(range(75, 100))


def test_money_is_kept_for_those_who_are_still_to_come_and_gain_more() -> None:
    alike = Asking(np.full(1000, 4.0), np.full(1000, 10), np.arange(1000) * 7919)
    better, worse = np.zeros(BINS), np.zeros(BINS)
    better[int(place(np.array([16.0]))[0])] = 10_000
    worse[int(place(np.array([1.0]))[0])] = 10_000
    assert not granted(alike, Room(10_000, 10_000, Demand(better))).any()
    assert granted(alike, Room(10_000, 10_000, Demand(worse))).all()


def test_of_equals_who_are_still_to_come_a_part_is_served_at_once() -> None:
    alike = Asking(np.full(1000, 4.0), np.full(1000, 1), np.arange(1000) * 7919)
    ahead = Demand(counted(np.full(10, 4.0), np.full(10, 10_000)).astype(float))
    shares = [granted(alike, Room(left, left, ahead)).mean() for left in (20_000, 50_000, 90_000)]
    assert shares == pytest.approx([0.2, 0.5, 0.9], abs=0.05)


def test_more_than_half_of_a_days_asking_in_its_first_hours_raises_what_is_asked_for() -> None:
    usual = np.zeros(BINS)
    usual[10] = 1_000_000
    quiet = Demand.expected(usual, np.zeros(BINS), 0.25, 0.75)
    busy = Demand.expected(usual, usual, 0.25, 0.75)
    assert quiet.by_bin[10] < 750_000 < busy.by_bin[10]
    assert busy.price(600_000) > quiet.price(600_000)
    assert quiet.price(1e9) == 0.0
    assert ratio_at(10) < busy.price(600_000) < ratio_at(11)


def test_days_are_the_brands_and_texts_of_tomorrow_are_tomorrows() -> None:
    zone = zone_id("America/New_York")
    assert zone is not None
    now = datetime.fromtimestamp(NOON, UTC)
    days = Days.of(zone, now)
    assert str(days.days[0]) == "2026-03-03"
    assert days.numbers(np.array([0, 12 * HOUR - 1, 12 * HOUR, 36 * HOUR, 72 * HOUR], np.int32)).tolist() == [
        0,
        0,
        1,
        2,
        3,
    ]
    assert days.elapsed == pytest.approx(0.5)
    assert days.days_of_month_left("2026-03") == pytest.approx(28.5)
    # the day on which clocks go forward is an hour short
    assert midnight(zone, days.days[0].replace(day=9)) - midnight(zone, days.days[0].replace(day=8)) == (
        midnight(zone, days.days[0]) - midnight(zone, days.days[0].replace(day=2)) - (now - now.replace(hour=16))
    )
