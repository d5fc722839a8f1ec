"""Addresses as visitors and machines type them."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.signing import Signer
from antiphon.signup.countries import country_of
from antiphon.signup.judging import example, judge_email, judge_phone
from antiphon.signup.limits import places
from antiphon.signup.models import Abuse
from antiphon.signup.work import solves

ABUSE = Abuse()


def test_email_addresses_are_normalised() -> None:
    assert judge_email(" Ann.Lee@Example.COM ", ABUSE).address == "ann.lee@example.com"


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "ann@example", "ann@example..com", "x" * 400 + "@example.com",
     "ann@example.com\nBcc: eve@example.com", "ann@example.com, eve@example.com", "<ann@example.com>", "ann@[127.0.0.1]"],
)  # fmt: skip
def test_hostile_emails_are_refused_in_words(typed: str) -> None:
    judged = judge_email(typed, ABUSE)
    assert (judged.address, judged.error) == ("", "Write an email address, such as name@example.com.")


def test_disposable_mailboxes_and_those_below_them() -> None:
    assert judge_email("ann@mailinator.com", ABUSE).error == "Use an email address that lasts."
    assert judge_email("ann@deep.mailinator.com", ABUSE).error
    flagged = judge_email("ann@mailinator.com", Abuse(disposable="flag"))
    assert (flagged.address, flagged.flags) == ("ann@mailinator.com", ("disposable",))
    assert judge_email("ann@mailinator.com", Abuse(disposable="accept")).flags == ()


def test_role_addresses() -> None:
    assert judge_email("info+x@example.com", ABUSE).flags == ("role",)
    assert judge_email("info@example.com", Abuse(role="refuse")).error
    assert judge_email("informed@example.com", ABUSE).flags == ()


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [("(212) 555-0187", "US", "+12125550187"), ("+1 212 555 0187", "CA", "+12125550187"),
     ("604 555 0123", "CA", "+16045550123"), ("07400 123456", "GB", "+447400123456")],
)  # fmt: skip
def test_numbers_as_people_of_a_country_write_them(typed: str, country: str, number: str) -> None:
    assert judge_phone(typed, country, ["US", "CA", "GB"]).address == number


@pytest.mark.parametrize(
    "typed", ["", "call me", "555", "+1 800 555 0199", "+33 6 12 34 56 78", "9" * 60, "+0", "\u0660"]
)
def test_numbers_that_texts_do_not_go_to(typed: str) -> None:
    judged = judge_phone(typed, "US", ["US", "CA"])
    assert judged.address == ""
    assert judged.error


def test_a_country_that_is_not_offered_is_the_first() -> None:
    assert judge_phone("212 555 0187", "FR", ["US"]).address == "+12125550187"


@given(st.text(max_size=60), st.text(max_size=4))
def test_nothing_typed_breaks_it(typed: str, country: str) -> None:
    judge_email(typed, ABUSE)
    judge_phone(typed, country, ["US", "GB"])


def test_examples_of_countries() -> None:
    assert example("US").dial == "+1"
    assert (example("GB").name, example("GB").national) == ("United Kingdom", "07400 123456")


def test_networks() -> None:
    assert places("203.0.113.9") == ("203.0.113.9", "203.0.113.0/24")
    assert places("2001:db8:1:2:3:4:5:6") == ("2001:db8:1:2::/64", "2001:db8:1::/48")
    assert places("::ffff:203.0.113.9") == ("203.0.113.9", "203.0.113.0/24")
    assert places("testclient") == ("testclient", "testclient")


def test_work_is_checked() -> None:
    answer = next(str(n) for n in range(10_000) if sha256(f"abc:{n}".encode()).digest()[0] == 0)
    assert solves("abc", answer, 8)
    assert not solves("abd", answer, 20)
    assert not solves("abc", "-1", 8)
    assert not solves("abc", "9" * 40, 8)
    assert solves("abc", "", 0) is False
    assert solves("abc", "0", 0)


def test_countries_of_time_zones() -> None:
    assert (country_of("America/New_York"), country_of("Europe/London"), country_of("Mars/Base")) == ("US", "GB", "")


def test_tokens_of_one_use_are_none_of_another() -> None:
    signer = Signer(b"x" * 32)
    assert signer.sign("antiphon.visit", b"a") != signer.sign("antiphon.pass", b"a")
