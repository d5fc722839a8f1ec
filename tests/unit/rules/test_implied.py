"""Implied consent ends when the law says, on the calendar."""

from datetime import UTC, datetime

import pytest

from antiphon.rules.implied import described, lasts_until


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "basis", "at", "until"),
    [
        ("CA", "purchase", "2026-03-03", "2028-03-03"),
        ("ca", "purchase", "2024-02-29", "2026-02-28"),
        ("CA", "inquiry", "2026-03-03", "2026-09-03"),
        ("CA", "inquiry", "2026-08-31", "2027-02-28"),
    ],
)
def test_canada(country: str, basis: str, at: str, until: str) -> None:
    assert lasts_until(country, basis, day(at)) == day(until)


@pytest.mark.parametrize(
    ("country", "basis"), [("US", "purchase"), ("DE", "purchase"), ("CA", "gift"), ("", "purchase")]
)
def test_elsewhere_nothing_is_implied(country: str, basis: str) -> None:
    assert lasts_until(country, basis, day("2026-03-03")) is None


def test_what_decided_is_named() -> None:
    assert described().startswith("implied@20")
