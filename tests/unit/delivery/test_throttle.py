"""Tokens by elapsed time, never by a clock."""

from dataclasses import replace
from datetime import timedelta

from tests.conftest import NOON

from antiphon.delivery.throttle import Sender, chosen, refilled, wait_for

SENDER = Sender("email", "email", "sandbox", {}, 2.0, 10.0, 0.0, NOON, None, None)


def test_tokens_grow_with_time_up_to_the_burst() -> None:
    assert refilled(SENDER, NOON) == 0
    assert refilled(SENDER, NOON + timedelta(seconds=1.5)) == 3
    assert refilled(SENDER, NOON + timedelta(hours=1)) == 10
    assert refilled(SENDER, NOON - timedelta(hours=1)) == 0, "a clock that went back makes no tokens"


def test_debt_is_paid_first() -> None:
    owing = replace(SENDER, tokens=-3.0)
    assert wait_for(owing, NOON) == NOON + timedelta(seconds=2)
    assert refilled(owing, NOON + timedelta(seconds=2)) == 1


def test_a_sender_that_may_not_send_is_asked_again_later() -> None:
    assert wait_for(replace(SENDER, rate=0.0), NOON) == NOON + timedelta(hours=1)


def test_each_channel_has_the_sender_of_its_name() -> None:
    others = [replace(SENDER, id="bulk"), SENDER, replace(SENDER, id="a", channel="sms")]
    assert [one.id for one in chosen(others)] == ["email", "a"]
