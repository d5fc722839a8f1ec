"""Names of events: slips of the pen are told, names of the shop's own are not."""

import pytest

from antiphon.journeys.events import named, slips
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import read_journey
from antiphon.people.vocabulary import KNOWN

EVERYWHERE = """\
journey: all
name: All
trigger: {event: [Chekout Started, Loyalty Joined], if: {kind: not, of: {kind: event, event: Order Complted}}}
exits: [{event: order completed}]
goal: {event: Oder Completed, within: 7d}
steps:
  - {id: rest, type: wait, until: {event: Email Cliked}, timeout: 1d}
  - {id: look, type: branch, paths: [{if: {kind: event, event: Produkt Viewed}, next: bye}]}
  - {id: bye, type: exit}
"""


def test_slips_are_found_wherever_a_journey_names_an_event() -> None:
    journey = read_journey(EVERYWHERE)
    assert {where: one for where, one in named(journey) if where != "trigger.event"} == {
        "trigger.if": "Order Complted",
        "exits.0.event": "order completed",
        "goal.event": "Oder Completed",
        "steps.0.until.event": "Email Cliked",
        "steps.1.paths.0.if": "Produkt Viewed",
    }
    found = slips(journey)
    assert all(one.warning for one in found)
    assert [one.hint for one in found] == [
        "Did you mean “Checkout Started”?",
        *["Did you mean “Order Completed”?"] * 2,
        "Did you mean “Order Completed”?",
        "Did you mean “Product Viewed”?",
        "Did you mean “Email Clicked”?",
    ], found


@pytest.mark.parametrize("name", sorted(playbooks()))
def test_no_playbook_names_an_event_that_is_not_known(name: str) -> None:
    assert {one for _, one in named(read_journey(playbooks()[name]))} <= KNOWN
