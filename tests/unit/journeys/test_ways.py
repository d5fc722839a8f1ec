"""What a dry look at a journey finds: messages that nobody may get, texts that come too late, runs without an end."""

from datetime import timedelta

import pytest

from antiphon.journeys.source import examine, read_journey
from antiphon.journeys.ways import channels_at, earliest

HEAD = "journey: test\nname: Test\ntrigger: {event: Cart Abandoned%s}\nexits: [%s]\nsteps:\n"
ORDER = "{event: Order Completed}"
TEXT = "{id: text, type: message, channels: [sms], purpose: cart, content: {sms: {text: Hi}}}"
EMAIL = "{id: mail, type: message, channels: [email], content: {email: {subject: Hi, mjml: <mj-section></mj-section>}}}"


def journey(*steps: str, condition: str = "", exits: str = ORDER) -> str:
    return HEAD % (f", if: {condition}" if condition else "", exits) + "".join(f"  - {step}\n" for step in steps)


def problems(text: str) -> list[tuple[str, bool]]:
    return [(problem.what, problem.warning) for problem in examine(text)[1]]


@pytest.mark.parametrize(
    "condition",
    [
        "{kind: consent, channel: sms, state: unsubscribed}",
        "{kind: not, of: {kind: consent, channel: sms}}",
        "{kind: not, of: {kind: any, of: [{kind: consent, channel: sms}, {kind: trait, trait: vip, op: exists}]}}",
        "{kind: all, of: [{kind: consent, channel: email}, {kind: consent, channel: sms, state: never}]}",
        "{kind: any, of: [{kind: consent, channel: sms, state: never}, {kind: consent, channel: sms, state: pending}]}",
    ],
)
def test_a_text_to_people_who_have_none_is_refused(condition: str) -> None:
    (found,) = problems(journey(TEXT, condition=condition))
    assert "step `text`: who comes here has not subscribed to texts" in found[0]
    assert not found[1]


@pytest.mark.parametrize(
    "condition",
    [
        "{kind: consent, channel: sms}",
        "{kind: consent, channel: email, state: never}",
        "{kind: not, of: {kind: consent, channel: sms, double_opt_in: true}}",
        "{kind: not, of: {kind: consent, channel: sms, purpose: cart}}",
        "{kind: any, of: [{kind: consent, channel: sms, state: never}, {kind: trait, trait: vip, op: exists}]}",
        "{kind: not, of: {kind: all, of: [{kind: consent, channel: sms}, {kind: trait, trait: vip, op: exists}]}}",
    ],
)
def test_a_text_to_people_who_may_have_them_passes(condition: str) -> None:
    assert problems(journey(TEXT, condition=condition)) == []


def test_the_other_way_of_a_branch_knows_who_does_not_come() -> None:
    branch = "{id: look, type: branch, paths: [{if: {kind: consent, channel: sms}, next: mail}], otherwise: text}"
    text = journey(branch, EMAIL[:-1] + ", next: ''}", TEXT)
    assert channels_at(read_journey(text.replace(TEXT, "{id: text, type: exit}"))) == {
        "look": {"email", "sms"},
        "mail": {"email", "sms"},
        "text": {"email"},
    }
    assert [warning for _, warning in problems(text)] == [False]


def test_a_step_to_which_two_ways_lead_belongs_to_both() -> None:
    branch = "{id: look, type: branch, paths: [{if: {kind: consent, channel: sms}, next: mail}], otherwise: mail}"
    found = channels_at(read_journey(journey(branch, EMAIL)))
    assert found["mail"] == {"email", "sms"}


def test_one_of_two_channels_is_a_warning() -> None:
    both = (
        "{id: both, type: message, channels: [sms, email], purpose: cart, "
        "content: {sms: {text: Hi}, email: {subject: Hi, mjml: <mj-section></mj-section>}}}"
    )
    (found,) = problems(journey(both, condition="{kind: consent, channel: sms, state: never}"))
    assert found[1]


def test_a_text_behind_two_days_is_refused() -> None:
    wait = "{id: rest, type: wait, for: 47h}"
    assert problems(journey(wait, TEXT)) == []
    (found,) = problems(journey(wait, "{id: more, type: wait, for: 1h}", TEXT))
    assert "nobody comes here before 48 hours" in found[0] or "before 2 days" in found[0]
    assert not found[1]


def test_a_text_in_a_journey_of_abandonments_is_about_them() -> None:
    text = journey(TEXT.replace("purpose: cart", "purpose: marketing"))
    (found,) = problems(text)
    assert "is a reminder of a cart, and this one would be held" in found[0]
    assert problems(text.replace("Cart Abandoned", "Came")) == []


def test_the_shortest_way_counts() -> None:
    split = (
        "{id: arms, type: split, paths: [{name: A, share: 50, next: long}, {name: B, share: 50, next: text}]}",
        "{id: long, type: wait, for: 60h}",
    )
    text = journey(*split, TEXT)
    assert earliest(read_journey(text)) == {"arms": timedelta(), "text": timedelta(), "long": timedelta()}
    assert problems(text) == []


def test_an_awaited_event_may_come_at_once() -> None:
    wait = "{id: rest, type: wait, until: {event: Came}, timeout: 60h, next: text, otherwise: ''}"
    assert problems(journey(wait, TEXT)) == []
    late = "{id: rest, type: wait, until: {event: Came}, timeout: 60h, next: '', otherwise: text}"
    assert [warning for _, warning in problems(journey(late, TEXT))] == [False]


def test_who_signs_up_on_the_way_has_the_channel() -> None:
    new = "{name: New, if: {kind: consent, channel: sms, state: never}, next: joins}"
    asks = f"{{id: asks, type: branch, paths: [{new}], otherwise: ''}}"
    joins = "{id: joins, type: wait, until: {event: SMS Subscribed}, timeout: 9d, next: text, otherwise: ''}"
    text = TEXT.replace("purpose: cart", "purpose: marketing")
    other = joins.replace("next: text, otherwise: ''", "next: '', otherwise: text")
    assert problems(journey(asks, joins, text).replace("Cart Abandoned", "Came")) == []
    assert problems(journey(asks, other, text).replace("Cart Abandoned", "Came")) != []


def test_a_run_without_an_end_is_refused_or_ends_by_an_exit() -> None:
    ring = ("{id: rest, type: wait, for: 1d}", EMAIL[:-1] + ", next: rest}")
    (found,) = problems(journey(*ring, exits=""))
    assert "no way leads to the end" in found[0]
    assert not found[1]
    assert [warning for _, warning in problems(journey(*ring))] == [True]


def test_a_reminder_that_an_order_does_not_end_is_a_warning() -> None:
    assert [warning for _, warning in problems(journey(TEXT, exits=""))] == [True]
