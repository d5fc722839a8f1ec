"""Identifiers have one form, and what means nobody is none."""

import email_validator
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from antiphon.people.identifiers import email, phone, plain_id


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("zoë@münchen.de", "zoë@xn--mnchen-3ya.de"),
        ("a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"),
        ("a'b@c.com", "a'b@c.com"),
        ("x@localhost", None),
        ("a..b@c.de", None),
        (".a@c.com", None),
        ("a@-b.com", None),
        ("a@b@c.com", None),
        ("", None),
        ("a@b.local", None),
    ],
)
def test_email(raw: str, expected: str | None) -> None:
    assert email(raw) == expected


@given(st.from_regex(r"[a-z0-9._%+'-]{1,66}@[a-z0-9.-]{1,40}\.[a-z]{2,5}", fullmatch=True))
@example("a@b.onion")
@example("a@xn--a.com")
@example("a@xn--.com")
@example("a@ab--cd.com")
def test_the_quick_look_agrees_with_the_validator(raw: str) -> None:
    try:
        found = email_validator.validate_email(raw, check_deliverability=False, test_environment=True)
        expected = (found.ascii_email or "").lower()
    except email_validator.EmailNotValidError:
        expected = None
    assert email(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+1 (212) 555-0123", "+12125550123"),
        ("2125550123", "+12125550123"),
        ("+442079460958", "+442079460958"),
        ("+1 436 555 0100", "+14365550100"),  # an area code newer than the library: possible, so accepted
        ("555-0123", None),
        ("12", None),
        ("hello", None),
    ],
)
def test_phone(raw: str, expected: str | None) -> None:
    assert phone(raw) == expected


def test_a_phone_without_country_is_completed_by_the_region() -> None:
    assert phone("020 7946 0958", "GB") == "+442079460958"


@pytest.mark.parametrize("raw", ["", " ", "null", "Undefined", "(null)", "0", "GUEST", None, True, 1.5, [], "x" * 256])
def test_nobody(raw: object) -> None:
    assert plain_id(raw) is None


def test_ids_are_trimmed_and_numbers_taken_as_text() -> None:
    assert (plain_id(" C-1 "), plain_id(17)) == ("C-1", "17")
