"""Passwords, the slowing of failures, cursors, and forms."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from tests.passwords import REAL

from antiphon.kit.errors import AntiphonError
from antiphon.web.accounts import secrets
from antiphon.web.accounts.secrets import hash_password, new_token, password_fits, token_hash
from antiphon.web.accounts.throttle import TRIES, TRIES_OF_A_PLACE, TRIES_OF_AN_ACCOUNT, Throttle, limits
from antiphon.web.forms import errors_of
from antiphon.web.frames import framed
from antiphon.web.paging import Cursor
from antiphon.web.settings.forms import SenderForm

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_only_the_right_password_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_hasher", REAL)
    kept = hash_password("correct horse")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "RFC 9106's second recommended choice"
    assert password_fits(kept, "correct horse")
    assert not password_fits(kept, "correct horsE")
    assert not password_fits(None, "correct horse")
    assert not password_fits("not a hash", "correct horse")


def test_tokens_are_long_and_their_hashes_do_not_show_them() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 and token not in token_hash(token) for token in tokens)


def test_failures_slow_a_key_down_until_the_window_has_passed() -> None:
    throttle = Throttle(window=10 * MINUTE)
    for minute in range(3):
        assert throttle.wait({"a": 3, "b": 3}, NOW) is None
        throttle.failed({"a": 3, "b": 3}, NOW + minute * MINUTE)
    assert throttle.wait({"a": 3}, NOW + 3 * MINUTE) == 7 * MINUTE
    assert throttle.wait({"c": 3, "b": 3}, NOW + 3 * MINUTE) == 7 * MINUTE
    assert throttle.wait({"c": 3}, NOW + 3 * MINUTE) is None
    assert throttle.wait({"a": 3}, NOW + 10 * MINUTE) is None
    throttle.succeeded({"a": 3})
    assert throttle.wait({"a": 3}, NOW + 3 * MINUTE) is None


def _fail(throttle: Throttle, times: int, account: str, host: str) -> None:
    for _ in range(times):
        throttle.failed(limits(account, host), NOW)


def test_a_stranger_cannot_keep_the_owner_out() -> None:
    throttle = Throttle()
    _fail(throttle, 2 * TRIES, "owner@x.com", "203.0.113.9")
    assert throttle.wait(limits("owner@x.com", "203.0.113.9"), NOW) is not None
    assert throttle.wait(limits("owner@x.com", "198.51.100.1"), NOW) is None


def test_a_place_that_tries_many_accounts_waits_as_well() -> None:
    throttle = Throttle()
    for number in range(TRIES_OF_A_PLACE):
        _fail(throttle, 1, f"{number}@x.com", f"2001:db8::{number:x}")
    assert throttle.wait(limits("new@x.com", "2001:db8::ffff"), NOW) is not None, "one network, one place"
    assert throttle.wait(limits("new@x.com", "2001:db8:1::1"), NOW) is None


def test_an_account_tried_from_everywhere_waits_in_the_end() -> None:
    throttle = Throttle()
    for number in range(TRIES_OF_AN_ACCOUNT):
        assert throttle.wait(limits("owner@x.com", "somewhere"), NOW) is None
        _fail(throttle, 1, "owner@x.com", f"198.51.100.{number}")
    assert throttle.wait(limits("owner@x.com", "somewhere"), NOW) is not None


def test_a_cursor_survives_its_address() -> None:
    for number in (0, -(2**63), 2**63 - 1, 5 << 64):
        cursor = Cursor(NOW, number)
        assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["x", "!!", "MjAyNg", "\x00", "é"])
def test_a_broken_cursor_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(AntiphonError, match="cut off"):
        Cursor.parse(text)


def test_a_sender_needs_a_server_only_when_it_sends() -> None:
    assert SenderForm.model_validate({"provider": "sandbox", "rate": "5", "port": ""}).problem() == {}
    assert "host" in SenderForm.model_validate({"provider": "smtp", "rate": "5"}).problem()
    with pytest.raises(ValidationError) as caught:
        SenderForm.model_validate({"provider": "pigeon", "rate": "0", "port": "99999999"})
    assert set(errors_of(caught.value)) == {"provider", "rate", "port"}


def test_a_password_is_kept_for_the_same_user_at_the_same_server_only() -> None:
    kept = {"host": "smtp.example.com", "username": "u", "password": "secret"}
    form = SenderForm(provider="smtp", rate=5, host="smtp.example.com", username="u")
    assert form.settings(kept)["password"] == "secret"
    assert form.model_copy(update={"host": "evil.example"}).settings(kept)["password"] == ""
    assert form.model_copy(update={"username": "v"}).settings(kept)["password"] == ""
    assert "password" not in form.model_copy(update={"username": ""}).settings(kept)


def test_an_emails_links_open_beside_it_or_nowhere() -> None:
    html = '<html><HEAD lang="en"><title>x</title></HEAD><body></body></html>'
    assert b'<HEAD lang="en"><base target="_blank"><title>' in framed(html, links=True).body
    assert bytes(framed("Hi", links=False).body) == b'<base target="_blank">Hi'
    assert "allow-popups" in framed(html, links=True).headers["content-security-policy"]
    assert "allow-popups" not in framed(html, links=False).headers["content-security-policy"]


@pytest.mark.parametrize("place", ["9999-12-31T23:59:59-12:00|1", "2026-03-03T12:00:00+00:00|", "x|1"])
def test_a_place_in_a_list_that_cannot_be_is_told(place: str) -> None:
    with pytest.raises(AntiphonError, match="cut off"):
        Cursor.parse(urlsafe_b64encode(place.encode()).rstrip(b"=").decode())
