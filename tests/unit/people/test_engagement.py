"""Levels at their boundaries, patterns, and weights that add up whatever the order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from antiphon.people.engagement import (
    HALF_LIFE,
    Channel,
    Engagement,
    Level,
    Pattern,
    grown,
    level,
    pattern,
    score,
    valid_until,
)

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def of(channel: Channel, delivered: int, first: timedelta | None, **signs: timedelta) -> Engagement:
    return Engagement(
        channel,
        delivered=delivered,
        first_delivered_at=None if first is None else NOW - first,
        last_at=NOW - signs["last"] if "last" in signs else None,
        opened_at=NOW - signs["opened"] if "opened" in signs else None,
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, "none"),
        (of("email", 0, None), "none"),
        (of("email", 0, None, last=DAY), "new"),  # told by history alone
        (of("email", 4, 400 * DAY), "new"),
        (of("email", 5, 30 * DAY - SECOND), "new"),
        (of("email", 5, 30 * DAY), "unengaged"),
        (of("sms", 5, 30 * DAY), "unengaged"),
        (of("email", 5, 400 * DAY, last=180 * DAY), "unengaged"),
        (of("email", 5, 400 * DAY, last=180 * DAY - SECOND), "cooling"),
        (of("email", 5, 400 * DAY, last=90 * DAY), "cooling"),
        (of("email", 5, 400 * DAY, last=90 * DAY - SECOND), "engaged"),
        (of("email", 5, 400 * DAY, last=300 * DAY, opened=10 * DAY), "engaged"),
        (of("sms", 5, 400 * DAY, last=90 * DAY), "unengaged"),
        (of("sms", 5, 400 * DAY, last=90 * DAY - SECOND), "cooling"),
        (of("sms", 5, 400 * DAY, last=45 * DAY), "cooling"),
        (of("sms", 5, 400 * DAY, last=45 * DAY - SECOND), "engaged"),
    ],
)
def test_a_level_turns_at_its_boundary(found: Engagement | None, expected: Level) -> None:
    assert level(found, NOW) == expected


@pytest.mark.parametrize(
    ("found", "then"),
    [
        (of("email", 5, 10 * DAY, last=DAY), "engaged"),
        (of("email", 5, 100 * DAY, last=DAY), "cooling"),
        (of("sms", 5, 100 * DAY, last=50 * DAY), "unengaged"),
    ],
)
def test_a_level_stands_until_it_says_so_and_not_longer(found: Engagement, then: Level) -> None:
    before = level(found, NOW)
    until = valid_until(found, NOW)
    assert until is not None
    assert level(found, until - SECOND) == before
    assert level(found, until) == then != before


@pytest.mark.parametrize(
    "found", [None, of("email", 4, 400 * DAY), of("email", 5, 400 * DAY), of("sms", 9, 99 * DAY, last=95 * DAY)]
)
def test_what_only_an_event_can_change_stands_for_good(found: Engagement | None) -> None:
    assert valid_until(found, NOW) is None
    assert level(found, NOW) == level(found, NOW + 3650 * DAY)


@pytest.mark.parametrize(
    ("email", "sms", "expected"),
    [
        ("engaged", "cooling", "both"),
        ("cooling", "unengaged", "email_only"),
        ("engaged", "new", "email_only"),
        ("none", "engaged", "sms_only"),
        ("unengaged", "unengaged", "neither"),
        ("unengaged", "none", "neither"),
        ("unengaged", "new", "new"),
        ("new", "none", "new"),
        ("none", "none", "new"),
    ],
)
def test_patterns(email: Level, sms: Level, expected: Pattern) -> None:
    assert pattern(email, sms) == expected


def test_an_act_is_worth_half_after_a_half_life() -> None:
    weight = grown("click", NOW)
    assert score(weight, NOW) == pytest.approx(1.0)
    assert score(weight, NOW + HALF_LIFE) == pytest.approx(0.5)
    assert score(weight, NOW + 4 * HALF_LIFE) == pytest.approx(1 / 16)


def test_weights_come_to_the_same_in_any_order() -> None:
    acts = [grown("order", NOW - 200 * DAY), grown("open", NOW), grown("reply", NOW - 2 * DAY)]
    assert len({round(sum(order), 6) for order in permutations(acts)}) == 1
    assert score(sum(acts), NOW) == pytest.approx(4 * 2 ** (-200 / 90) + 0.25 + 2 * 2 ** (-2 / 90))


def test_instants_beyond_all_reason_have_a_weight() -> None:
    assert grown("click", datetime(9999, 1, 1, tzinfo=UTC)) > 1e300
    assert 0 < grown("click", datetime(1, 1, 1, tzinfo=UTC)) < 1e-100
