"""Figures and times as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from antiphon.kit.zones import zone_id
from antiphon.web.figures import change, money, number, percent, spark
from antiphon.web.times import Place, ago
from antiphon.web.words import MESSAGE_STATES, look, rule_words

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (12_480, "12.5k"),
        (123_456, "123k"),
        (3_400_000, "3.4m"),
        (-12_480, "-12.5k"),
    ],
)
def test_large_numbers_are_shortened(value: int, words: str) -> None:
    assert number(value) == words


def test_money_is_written_in_one_way() -> None:
    assert money(Decimal("46.5")) == "$46.50"
    assert money(198) == "$198.00"
    assert money(1_240.5) == "$1,240.50"
    assert money(12_480) == "$12.5k"
    assert money(-0.25) == "−$0.25"
    assert money(20, "EUR") == "€20.00"
    assert money(20, "CHF") == "CHF 20.00"


def test_shares_and_changes() -> None:
    assert percent(1, 0) == "–"
    assert percent(1, 30) == "3.3%"
    assert percent(15, 30) == "50%"
    assert change(12, 10) == "+20%"
    assert change(9, 10) == "−10%"
    assert change(10, 10) == "as before"
    assert change(10, 0) == ""


def test_lines_start_at_zero_and_share_an_axis() -> None:
    assert spark([0, 10], 10, 96, 24) == "0.0,23.0 96.0,1.0"
    assert spark([5, 5], 10, 96, 24) == "0.0,12.0 96.0,12.0"
    assert spark([0], 0) == "0.0,23.0"


def test_times_are_somebodys() -> None:
    zone = zone_id("America/New_York")
    assert zone is not None
    place = Place(zone, "their time")
    assert place.label == "New York, their time"
    assert place.short(NOW, NOW) == "12:00"
    assert place.short(NOW - timedelta(days=2), NOW) == "Sun 12:00"
    assert place.short(NOW - timedelta(days=30), NOW) == "1 Feb 12:00"
    assert place.short(NOW - timedelta(days=365), NOW) == "3 Mar 2025"
    assert place.full(NOW) == "2026-03-03 12:00:00 New York, their time · 2026-03-03 17:00:00 UTC"


def test_days_are_those_of_the_place() -> None:
    zone = zone_id("Pacific/Auckland")
    assert zone is not None
    assert Place(zone).day_words(NOW, NOW) == "Today"
    assert Place(zone).day_words(NOW - timedelta(hours=12), NOW) == "Yesterday"  # 17:00 of the day before over there
    assert Place(0).day_words(NOW - timedelta(hours=12), NOW) == "Today"
    assert Place(0).day_words(NOW - timedelta(days=400), NOW) == "Monday 27 January 2025"


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=5), "in a moment"),
        (timedelta(minutes=-12), "12 min ago"),
        (timedelta(hours=3), "in 3 h"),
        (timedelta(days=-5), "5 d ago"),
    ],
)
def test_what_is_near_is_told_by_its_distance(distance: timedelta, words: str) -> None:
    assert ago(NOW + distance, NOW) == words


def test_what_this_release_does_not_know_keeps_its_name() -> None:
    assert look(MESSAGE_STATES, "accepted").words == "Sent"
    assert look(MESSAGE_STATES, "teleported_away").words == "Teleported away"
    assert rule_words("quiet_hours.sms") == "quiet hours for texts"
    assert rule_words("suppression.hard_bounce") == "hard bounce"
    assert rule_words("some_rule.part") == "some rule, part"
