"""The gate as a table: one message, what is known, the verdict."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import NOON
from tests.unit.delivery.messages import (
    DOUBLE,
    LOS_ANGELES,
    NEW_YORK,
    OPTED_IN,
    SETTINGS,
    SUBSCRIBED,
    cart_text,
    mail,
    text,
)

from antiphon.decisions.settings import BrandSettings, Caps, Spacing
from antiphon.delivery.gate import CARRIER_WINDOW, DAY, barred, judge, judge_in_turn, last_look
from antiphon.delivery.models import ConsentState, Facts, Message, Owner, Sent, Verdict
from antiphon.rules.quiet import LAW_ALONE, allowed

HOUR = timedelta(hours=1)


def facts(**fields: Any) -> Facts:
    return replace(OPTED_IN, **fields)


def consent(**purposes: ConsentState) -> Facts:
    return Facts(purposes)


def verdict(message: Message, known: Facts, now: datetime = NOON, settings: BrandSettings = SETTINGS) -> Verdict:
    return judge(message, known, now, settings)


@pytest.mark.parametrize(
    ("message", "known", "action", "rule"),
    [
        (mail(), OPTED_IN, "pass", None),
        (text(), OPTED_IN, "pass", None),
        (cart_text(), OPTED_IN, "pass", None),
        (mail(purpose="transactional"), Facts(), "pass", None),
        (text(purpose="transactional"), Facts(), "pass", None),
        # keys and runs
        (mail(), facts(key_owner=99), "drop", "duplicate"),
        (mail(), facts(key_owner=1), "pass", None),
        (mail(), facts(run_outcome="exited"), "cancel", "exit"),
        (mail(), facts(run_outcome="merged"), "cancel", "exit"),
        (mail(), facts(run_outcome="cancelled"), "cancel", "exit"),
        (mail(), facts(run_outcome="finished"), "pass", None),
        (mail(expires_at=NOON - HOUR), OPTED_IN, "drop", "expired"),
        (mail(expires_at=NOON), OPTED_IN, "drop", "expired"),
        (mail(expires_at=NOON + timedelta(microseconds=1)), OPTED_IN, "pass", None),
        # consent
        (mail(), Facts(), "drop", "consent.missing"),
        (text(), consent(transactional=SUBSCRIBED), "drop", "consent.missing"),
        (mail(), consent(marketing=ConsentState("pending")), "drop", "consent.pending"),
        (mail(), consent(marketing=ConsentState("unsubscribed")), "drop", "consent.unsubscribed"),
        (mail(), consent(marketing=ConsentState("subscribed", expires_at=NOON)), "drop", "consent.expired"),
        (mail(), consent(marketing=ConsentState("subscribed", expires_at=NOON + HOUR)), "pass", None),
        (mail(purpose="cart"), consent(marketing=SUBSCRIBED), "pass", None),
        (cart_text(), consent(marketing=SUBSCRIBED), "drop", "consent.cart"),
        (cart_text(), consent(marketing=SUBSCRIBED, cart=SUBSCRIBED), "drop", "consent.cart"),
        (cart_text(), consent(cart=DOUBLE), "drop", "consent.missing"),
        (cart_text(), consent(marketing=SUBSCRIBED, cart=ConsentState("unsubscribed")), "drop", "consent.cart"),
        (mail(purpose="transactional"), consent(transactional=ConsentState("unsubscribed")), "drop", "consent.unsubscribed"),
        # suppression
        (mail(), facts(suppressed="one-click"), "cancel", "suppression.one-click"),
        (text(), facts(suppressed="stop"), "cancel", "suppression.stop"),
        (text(purpose="transactional"), facts(suppressed="stop"), "cancel", "suppression.stop"),
        (mail(purpose="transactional"), facts(suppressed="one-click"), "pass", None),
        (mail(purpose="transactional"), facts(suppressed="hard bounce"), "cancel", "suppression.hard_bounce"),
        (mail(purpose="transactional"), facts(suppressed="complaint"), "cancel", "suppression.complaint"),
        # carriers
        (cart_text(occasion_at=NOON - CARRIER_WINDOW), OPTED_IN, "pass", None),
        (cart_text(occasion_at=NOON - CARRIER_WINDOW - timedelta(seconds=1)), OPTED_IN, "drop", "carrier.48h"),
        (mail(purpose="cart", occasion_at=NOON - 49 * HOUR), OPTED_IN, "pass", None),
        (cart_text(), facts(text_owner=Owner(1, "claimed")), "pass", None),
        *(
            (cart_text(), facts(text_owner=Owner(2, state)), "drop", "carrier.one_text")
            for state in ("planned", "claimed", "handing", "accepted", "delivered", "unknown", "held")
        ),
        *(
            (cart_text(), facts(text_owner=Owner(2, state)), "pass", None)
            for state in ("failed", "dropped", "cancelled")
        ),
        (text(), facts(text_owner=Owner(2, "accepted")), "pass", None),
        # pressure
        (text(), facts(sent=(Sent(9, NOON - 23 * HOUR),)), "defer", "spacing.sms"),
        (text(), facts(sent=(Sent(9, NOON - 24 * HOUR),)), "pass", None),
        (text(), facts(sent=(Sent(1, NOON - HOUR),)), "pass", None),
        (cart_text(), facts(sent=(Sent(9, NOON - 47 * HOUR, 99, abandonment=True),)), "drop", "carrier.one_text"),
        (cart_text(), facts(sent=(Sent(9, NOON - 48 * HOUR, 99, abandonment=True),)), "pass", None),
        (cart_text(), facts(sent=(Sent(9, NOON - 47 * HOUR, 99),)), "pass", None),
        (mail(), facts(sent=(Sent(9, NOON - 2 * HOUR),)), "defer", "spacing.email"),
        (mail(), facts(sent=(Sent(9, NOON - 3 * HOUR),)), "pass", None),
        (mail(purpose="transactional"), facts(sent=(Sent(9, NOON),)), "pass", None),
        (mail(), facts(sent=tuple(Sent(n, NOON - (3 + n) * HOUR) for n in range(2, 8))), "defer", "cap.email_24h"),
        (mail(), facts(sent=tuple(Sent(n, NOON - (3 + n) * HOUR) for n in range(2, 7))), "pass", None),
    ],
)  # fmt: skip
def test_the_table(message: Message, known: Facts, action: str, rule: str | None) -> None:
    found = verdict(message, known)
    assert (found.action, found.rule) == (action, rule)
    if action != "pass":
        assert found.detail, "what is stopped says what the rule looked at"


def test_quiet_hours_hold_in_every_zone() -> None:
    early = NOON - 2 * HOUR  # 10:00 in New York, 7:00 in Los Angeles
    assert verdict(text(), OPTED_IN, early).action == "pass"
    found = verdict(text(zones=(NEW_YORK, LOS_ANGELES)), OPTED_IN, early)
    assert (found.action, found.rule, found.until) == ("defer", "quiet_hours.sms", early + 3 * HOUR)
    assert found.detail["zones"] == [NEW_YORK, LOS_ANGELES]
    assert found.detail["version"]


def test_the_laws_of_the_numbers_state_hold_whatever_a_brand_sets() -> None:
    evening = NOON + 8 * HOUR + HOUR / 2  # 20:30
    brand = BrandSettings(quiet=LAW_ALONE)
    assert verdict(text(), OPTED_IN, evening, brand).action == "pass"
    found = verdict(text(address="+13055550101"), OPTED_IN, evening, brand)  # Florida: until 20:00
    assert (found.action, found.rule, found.until) == ("defer", "quiet_hours.sms", evening + 11.5 * HOUR)
    assert found.detail["laws"] == ["us", "us-fl"]
    assert verdict(text(address="+13055550101", purpose="transactional"), OPTED_IN, evening, brand).action == "pass"


def test_the_states_of_orders_hold_a_text_with_their_zones_and_their_laws() -> None:
    early = NOON - 2 * HOUR  # 10:00 in New York, 7:00 in Los Angeles
    found = verdict(text(), replace(OPTED_IN, places=("US-CA",)), early)
    assert (found.action, found.rule, found.until) == ("defer", "quiet_hours.sms", early + 3 * HOUR)
    assert found.detail["zones"] == [NEW_YORK, LOS_ANGELES]
    evening, brand = NOON + 8.5 * HOUR, BrandSettings(quiet=LAW_ALONE)  # 20:30 in New York
    found = verdict(text(), replace(OPTED_IN, places=("US-MA",)), evening, brand)  # the same zone; until 20:00
    assert (found.rule, found.until) == ("quiet_hours.sms", evening + 11.5 * HOUR)
    assert (found.detail["laws"], found.detail["held"]) == (["us", "us-ma"], ["us-ma"])
    assert last_look(text(), replace(OPTED_IN, places=("US-MA",)), evening, brand) is not None
    assert last_look(text(), OPTED_IN, evening, brand) is None
    assert verdict(mail(), replace(OPTED_IN, places=("US-MA",)), evening, brand).action == "pass"


def test_a_number_counts_with_the_zones_that_the_rules_give_it_now() -> None:
    early = NOON - 2 * HOUR
    planned = text(address="+18505550101")  # both zones of Florida; planned when one of them was known
    assert verdict(planned, OPTED_IN, early).rule == "quiet_hours.sms"


def test_the_brands_own_hours_hold_by_no_law() -> None:
    found = verdict(text(), OPTED_IN, NOON - 2.5 * HOUR)  # 9:30; the law begins at 8:00
    assert (found.rule, found.detail["laws"], found.detail["held"]) == ("quiet_hours.sms", ["us"], [])


def test_an_unknown_place_is_every_place() -> None:
    assert verdict(text(zones=()), OPTED_IN, NOON - 2 * HOUR).rule == "quiet_hours.sms"


def test_what_would_come_too_late_is_dropped_at_once() -> None:
    night = NOON + 10 * HOUR  # 22:00
    late = cart_text(occasion_at=NOON - 30 * HOUR)  # 48 h end at 6:00, quiet hours at 10:00
    found = verdict(late, OPTED_IN, night)
    assert (found.action, found.rule, found.detail["barred_by"]) == ("drop", "carrier.48h", "quiet_hours.sms")
    found = verdict(text(expires_at=night + HOUR), OPTED_IN, night)
    assert (found.action, found.rule, found.detail["barred_by"]) == ("drop", "expired", "quiet_hours.sms")


@pytest.mark.parametrize(
    ("message", "known", "now", "until", "barring"),
    [
        (text(), OPTED_IN, NOON + 10 * HOUR, NOON + 22 * HOUR, "quiet_hours.sms"),
        (mail(), facts(sent=(Sent(9, NOON - HOUR),)), NOON, NOON + 2 * HOUR, "spacing.email"),
        (mail(), facts(journey_state="paused"), NOON, NOON + timedelta(minutes=10), "journey.paused"),
    ],
)
def test_nothing_is_deferred_to_its_expiry(
    message: Message, known: Facts, now: datetime, until: datetime, barring: str
) -> None:
    found = verdict(replace(message, expires_at=until), known, now)
    assert (found.action, found.rule, found.detail["barred_by"]) == ("drop", "expired", barring)
    found = verdict(replace(message, expires_at=until + timedelta(seconds=1)), known, now)
    assert (found.action, found.rule, found.until) == ("defer", barring, until)


def test_the_last_look_keeps_the_hours() -> None:
    evening = NOON + 8 * HOUR  # 20:00: it was claimed a moment earlier
    assert last_look(text(), OPTED_IN, evening - timedelta(seconds=1), SETTINGS) is None
    found = last_look(text(), OPTED_IN, evening, SETTINGS)
    assert found is not None
    assert (found.action, found.rule, found.until) == ("defer", "quiet_hours.sms", NOON + 22 * HOUR)
    found = last_look(text(expires_at=evening + HOUR), OPTED_IN, evening, SETTINGS)
    assert found is not None
    assert (found.action, found.rule) == ("drop", "expired")


def test_spacing_that_ends_at_night_waits_for_the_morning() -> None:
    found = verdict(text(), facts(sent=(Sent(9, NOON - 14 * HOUR),)))  # ends at 22:00
    assert (found.rule, found.until) == ("spacing.sms", NOON + 22 * HOUR)


def test_a_cap_frees_the_oldest_place_first() -> None:
    settings = BrandSettings(spacing=Spacing(email=timedelta()), caps=Caps(email=2))
    sent = tuple(Sent(n, NOON - n * HOUR) for n in (2, 3, 4))
    found = verdict(mail(), facts(sent=sent), settings=settings)
    # of three within the day two must have left it: the oldest two, at 3 h and 4 h ago
    assert (found.rule, found.until) == ("cap.email_24h", NOON + 21 * HOUR)


def test_a_cap_of_none_drops() -> None:
    found = verdict(mail(), OPTED_IN, settings=BrandSettings(caps=Caps(email=0)))
    assert (found.action, found.rule) == ("drop", "cap.email_24h")


def test_two_messages_to_one_address_are_judged_in_sequence() -> None:
    later, sooner = text(1, due_at=NOON), text(2, due_at=NOON - HOUR)
    other = text(3, address="+12125550102")
    found = {
        m.id: v.action for m, v in judge_in_turn([(m, OPTED_IN) for m in (later, sooner, other)], NOON, {1: SETTINGS})
    }
    assert found == {1: "defer", 2: "pass", 3: "pass"}


def test_one_abandonment_in_a_batch_gets_one_text_whoever_has_the_phone() -> None:
    batch = [(cart_text(1, person=5), OPTED_IN), (cart_text(2, person=6), OPTED_IN)]
    found = judge_in_turn(batch, NOON, {1: SETTINGS})
    assert [(v.action, v.rule) for _, v in found] == [("pass", None), ("drop", "carrier.one_text")]


def test_the_last_look_asks_for_what_may_have_changed_only() -> None:
    assert barred(text(), facts(sent=(Sent(9, NOON),)), NOON) is None
    stopped = barred(text(), facts(suppressed="stop"), NOON)
    assert stopped is not None
    assert stopped.rule == "suppression.stop"


ages = st.lists(st.integers(0, 60 * 60 * 40), max_size=8)
channels = st.sampled_from(["email", "sms"])


@given(
    channels,
    ages,
    st.integers(0, 60 * 24 * 9),
    st.booleans(),
    st.sampled_from([(), (NEW_YORK,), (NEW_YORK, LOS_ANGELES)]),
)
def test_a_deferral_ends_at_the_first_instant_that_passes(
    channel: str, sent: list[int], minute: int, cart: bool, zones: tuple[int, ...]
) -> None:
    now = NOON + timedelta(minutes=minute)
    message = replace(text() if channel == "sms" else mail(), zones=zones, purpose="cart" if cart else "marketing")
    message = replace(message, occasion_at=now - HOUR)
    known = facts(sent=tuple(Sent(10 + n, now - timedelta(seconds=age)) for n, age in enumerate(sent)))
    found = verdict(message, known, now)
    if found.action == "pass":
        assert allowed(channel, message.purpose, zones, now, SETTINGS.quiet)
        day = [one for one in known.sent if one.at > now - DAY]
        assert len(day) < (SETTINGS.caps.sms if channel == "sms" else SETTINGS.caps.email)
    elif found.action == "defer":
        assert found.until is not None
        assert found.until > now
        assert verdict(message, known, found.until).action == "pass"
        assert verdict(message, known, found.until - timedelta(seconds=1)).action == "defer"
    else:
        assert (found.action, cart, channel) == ("drop", True, "sms"), "only the carriers' window can end here"


@given(st.lists(st.tuples(channels, st.integers(0, 2), st.integers(0, 3)), max_size=25))
def test_no_batch_passes_more_than_spacing_allows(batch: list[tuple[str, int, int]]) -> None:
    where = {"sms": "+1212555010{}", "email": "ann{}@example.com"}
    messages = [
        replace(
            cart_text(n) if channel == "sms" else mail(n),
            address=where[channel].format(place),
            occasion_key=f"o{occasion}",
        )
        for n, (channel, place, occasion) in enumerate(batch)
    ]
    found = judge_in_turn([(m, OPTED_IN) for m in messages], NOON, {1: SETTINGS})
    passed = [m.address for m, v in found if v.action == "pass"]
    assert len(passed) == len(set(passed)) == len({m.address for m in messages})
