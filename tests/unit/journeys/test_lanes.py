"""Ways that differ in what is sent: each is one that somebody can go, and between them they hold every message."""

from datetime import timedelta

import pytest

from antiphon.journeys.lanes import Lane, lanes
from antiphon.journeys.needs import sends
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import read_journey


def ways(name: str) -> list[Lane]:
    return lanes(read_journey(playbooks()[name]))


def test_a_cart_is_reminded_of_by_one_of_these() -> None:
    found = ways("abandoned-cart")
    assert [[one.step for one in way] for way in found] == [
        ["first-email", "rescue", "third-email", "last-email"],
        ["first-touch", "second-email", "third-email", "last-email"],
        ["email-first", "email-second", "email-third"],
        ["only-text"],
    ]
    assert [one.after for one in found[1]] == [timedelta(hours=hours) for hours in (0, 4, 24, 48)]
    assert found[0][1].after == timedelta(hours=6), "the text of recovery after its silence"


def test_who_has_one_channel_has_a_way_of_their_own() -> None:
    assert {channel for one in ways("welcome")[-1] for channel in one.channels} == {"sms"}
    assert {channel for one in ways("welcome")[-2] for channel in one.channels} == {"email"}
    assert [len(way) for way in ways("email-to-sms")] == [2], "who leaves early goes no way of their own"


@pytest.mark.parametrize("name", sorted(playbooks()))
def test_every_message_is_on_a_way_in_the_order_of_time(name: str) -> None:
    journey = read_journey(playbooks()[name])
    found = lanes(journey)
    assert {one.step for way in found for one in way} == {one.step for one in sends(journey)}
    assert len({tuple(one.step for one in way) for way in found}) == len(found)
    for way in found:
        assert [one.after for one in way] == sorted(one.after for one in way)


def test_a_ring_ends() -> None:
    ring = """\
journey: ring
name: Ring
trigger: {event: Signed Up}
steps:
  - {id: rest, type: wait, for: 1d}
  - {id: hi, type: message, channels: [sms], content: {sms: {text: Hi}}}
  - {id: look, type: branch, paths: [{if: {kind: consent, channel: sms}, next: rest}], otherwise: ''}
"""
    assert [[one.step for one in way] for way in lanes(read_journey(ring))] == [["hi"]]
