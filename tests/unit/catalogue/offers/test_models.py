"""Codes, their spelling and how long they are good."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from antiphon.catalogue.offers.filling import ALPHABET, GUESSES, _words, enough, guesses
from antiphon.catalogue.offers.models import LONGEST_CODE, OfferDraft, days_left, end_of_day, flaw
from antiphon.kit.zones import zone_id

BERLIN = zone_id("Europe/Berlin") or 0
SANTIAGO = zone_id("America/Santiago") or 0


@pytest.mark.parametrize(
    ("at", "days", "zone", "end"),
    [
        ("2026-03-03T17:00", 0, 0, "2026-03-04T00:00"),
        ("2026-03-03T17:00", 7, BERLIN, "2026-03-10T23:00"),
        ("2026-03-28T23:30", 0, BERLIN, "2026-03-29T22:00"),  # half past midnight there, the day that has 23 hours
        ("2026-10-24T12:00", 1, BERLIN, "2026-10-25T23:00"),  # the day that has 25
        ("2026-09-05T12:00", 0, SANTIAGO, "2026-09-06T04:00"),  # the next day begins at one
    ],
)
def test_a_code_is_good_to_the_end_of_a_day_there(at: str, days: int, zone: int, end: str) -> None:
    given = datetime.fromisoformat(at).replace(tzinfo=UTC)
    until = end_of_day(given, days, zone)
    assert until == datetime.fromisoformat(end).replace(tzinfo=UTC)
    assert days_left(given, until, zone) == days
    assert days_left(until - timedelta(seconds=1), until, zone) == 0


@pytest.mark.parametrize("code", ["A", "SAVE-10", "10%", "a_b.c+d", "X" * LONGEST_CODE])
def test_usual_codes_can_be_used(code: str) -> None:
    assert flaw(code) is None


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("", "empty"),
        ("X" * 10_000, "10,000"),
        ("A B", "a space"),
        ("Ä1", "'Ä'"),
        ("-A", "beginning"),
        ("<b>", "'<'"),
        ("A\n", "in it"),
    ],
)
def test_odd_codes_say_what_is_wrong(code: str, word: str) -> None:
    assert word in (flaw(code) or "")


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "static"},
        {"kind": "pool", "code": "X"},
        {"kind": "steps"},
        {"kind": "steps", "steps": ["a", "a"]},
        {"kind": "steps", "steps": ["x"]},
        {"kind": "pool", "remind_days": 2},
        {"kind": "pool", "starts_at": "2026-01-02T00:00Z", "ends_at": "2026-01-01T00:00Z"},
        {"kind": "pool", "ends_at": "2026-01-01T00:00"},
        {"kind": "pool", "name": "No"},
    ],
)
def test_offers_that_cannot_be(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OfferDraft.model_validate({"name": "x", "title": "X", **values})


def test_made_codes_are_hard_to_guess() -> None:
    words = list(_words(2_000, 10))
    assert len(set(words)) == 2_000
    assert set("".join(words)) == set(ALPHABET)
    assert all(len(word) == 10 for word in words)
    counts = sorted("".join(words).count(char) for char in ALPHABET)
    assert counts[0] > 850
    assert counts[-1] < 1_150  # 1,000 each, give or take nearly five standard deviations
    assert guesses(enough(1_000_000), 1_000_000) >= GUESSES > guesses(enough(1_000_000) - 1, 1_000_000)
