"""Engagement in words, and as a document."""

from datetime import UTC, datetime, timedelta

from antiphon.people.engagement import Engagement, grown
from antiphon.web.people.engagement import engagement_document, shown

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
DAY = timedelta(days=1)
EMAIL = Engagement(
    "email", delivered=9, first_delivered_at=NOW - 200 * DAY, last_delivered_at=NOW - DAY, last_at=NOW - 100 * DAY,
    responses=2, clicks=2, orders=1, machine=3, weight=grown("click", NOW - 90 * DAY),
)  # fmt: skip
SMS = Engagement("sms", delivered=2, first_delivered_at=NOW - DAY, last_delivered_at=NOW - DAY)


def test_each_channel_says_its_level_why_and_until_when() -> None:
    pattern, (email, sms) = shown({"email": EMAIL, "sms": SMS}, NOW)
    assert pattern == "Answers emails, not texts."
    assert (email.level.words, email.why) == ("Cooling", "no sign of them for 90 days")
    assert email.counts == (("delivered", 9), ("clicked", 2), ("ordered", 1))
    assert email.then is not None
    assert (email.until, email.then.words, round(email.score, 3)) == (NOW + 80 * DAY, "Unengaged", 0.5)
    assert (sms.level.words, sms.why, sms.until) == ("New", "fewer than 5 delivered", None)


def test_nobody_knows_yet_what_a_stranger_answers() -> None:
    assert shown({}, NOW) == ("Too new to tell what they answer.", [])
    told = engagement_document({}, NOW)
    assert (told["pattern"], told["email"]["level"], told["sms"]["delivered"]) == ("new", "none", 0)


def test_the_document_has_levels_counts_and_instants() -> None:
    told = engagement_document({"email": EMAIL}, NOW)
    assert told["pattern"] == "email_only"
    assert told["email"] | {"score": 0.5} == told["email"]
    assert (told["email"]["level"], told["email"]["level_until"]) == ("cooling", NOW + 80 * DAY)
    assert (told["email"]["machine"], told["email"]["last_response_at"]) == (3, NOW - 100 * DAY)
    assert told["sms"]["level"] == "none"
