"""The state of a consent is a pure function of its ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.addresses.models import CLAIMED, CONFIRM_WITHIN, ConsentFact, as_of, consent_of, waits_since

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def fact(state: str, minute: int, *, double: bool = False) -> ConsentFact:
    return ConsentFact(state, T0 + timedelta(minutes=minute), double)


def state_of(*facts: ConsentFact) -> str | None:
    found = consent_of(facts)
    return found.state if found else None


def test_nothing_said() -> None:
    assert consent_of([]) is None


def test_the_newest_wins() -> None:
    assert state_of(fact("subscribed", 1), fact("unsubscribed", 2)) == "unsubscribed"
    assert state_of(fact("unsubscribed", 1), fact("subscribed", 2)) == "subscribed"


def test_an_opt_in_before_or_at_the_newest_opt_out_never_counts() -> None:
    assert state_of(fact("unsubscribed", 5), fact("subscribed", 3)) == "unsubscribed"
    assert state_of(fact("subscribed", 5), fact("unsubscribed", 5)) == "unsubscribed"


def test_a_new_sign_up_does_not_take_away_what_was_confirmed() -> None:
    assert state_of(fact("subscribed", 1), fact("pending", 2)) == "subscribed"
    assert state_of(fact("subscribed", 1), fact("unsubscribed", 2), fact("pending", 3)) == "pending"


def test_a_double_opt_in_stays_until_the_opt_out() -> None:
    found = consent_of([fact("subscribed", 1, double=True), fact("subscribed", 2)])
    assert found is not None
    assert found.double_opt_in
    again = consent_of([fact("subscribed", 1, double=True), fact("unsubscribed", 2), fact("subscribed", 3)])
    assert again is not None
    assert not again.double_opt_in


FACTS = st.lists(
    st.builds(
        fact, st.sampled_from(["pending", "subscribed", "unsubscribed"]), st.integers(0, 4), double=st.booleans()
    ),
    max_size=4,
)


@given(FACTS)
def test_the_order_of_recording_plays_no_part(facts: list[ConsentFact]) -> None:
    assert len({consent_of(order) for order in permutations(facts)}) == 1


def test_a_claim_waits_and_never_counts_against_an_opt_out() -> None:
    claim = ConsentFact("pending", T0, method=CLAIMED)
    out = ConsentFact("unsubscribed", T0 - timedelta(days=9))
    agreed = ConsentFact("subscribed", T0 - timedelta(days=5), method="web form")
    assert [found.state for facts in ([claim], [claim, agreed], [claim, out]) if (found := consent_of(facts))] == [
        "pending",
        "subscribed",
        "unsubscribed",
    ]
    assert not claim.lifts


@pytest.mark.parametrize("method", ["web form", "checkout"])
def test_an_address_that_was_typed_waits_after_an_opt_out(method: str) -> None:
    out = ConsentFact("unsubscribed", T0, method="stop")
    typed = ConsentFact("subscribed", T0 + timedelta(days=1), method=method)
    later = T0 + timedelta(days=2)
    assert state_of(typed) == "subscribed"
    assert state_of(out, typed) == "pending"
    assert not typed.lifts
    assert waits_since([typed], later) is None
    assert waits_since([out, typed], later) == typed.effective_at
    confirmed = ConsentFact("subscribed", later, double_opt_in=True, method="reply")
    assert state_of(out, typed, confirmed) == "subscribed"
    assert confirmed.lifts
    assert replace(typed, double_opt_in=True).lifts


# -- against an oracle that lives through the facts one after another ---------------------------------------------------

LEDGER = st.lists(
    st.builds(
        ConsentFact,
        st.sampled_from(["pending", "subscribed", "unsubscribed", "paused"]),
        st.integers(0, 6).map(lambda minute: T0 + timedelta(minutes=minute)),
        st.booleans(),
        st.none() | st.integers(3, 12).map(lambda minute: T0 + timedelta(minutes=minute)),
        st.sampled_from(["web form", "api", "keyword", "implied purchase"]),
        st.integers(0, 9).map(lambda minute: T0 + timedelta(minutes=minute)),
    ),
    max_size=8,
)


def oracle(facts: list[ConsentFact]) -> tuple[str, bool] | None:
    """State and double opt-in, told in the order of time; at one instant an opt-out has the last word."""
    state: str | None = None
    double = left = False
    for one in sorted(facts, key=lambda f: (f.effective_at, f.state == "unsubscribed")):
        if one.state == "unsubscribed":
            state, double, left = "unsubscribed", False, True
        elif one.state == "paused" or (one.implied and left):
            continue
        elif one.state == "subscribed" and not (left and one.method == "web form" and not one.double_opt_in):
            state, double = "subscribed", double or one.double_opt_in
        elif state != "subscribed":
            state = "pending"
    return None if state is None else (state, double)


def told(facts: list[ConsentFact]) -> tuple[str, bool] | None:
    found = consent_of(facts)
    return None if found is None else (found.state, found.double_opt_in)


@given(LEDGER, st.randoms(use_true_random=False))
def test_the_state_is_the_oracles_for_any_order_of_recording(facts: list[ConsentFact], random: Random) -> None:
    recorded = list(facts)
    random.shuffle(recorded)
    assert told(recorded) == oracle(facts)


@given(LEDGER, st.integers(0, 9), st.integers(0, 9))
def test_a_past_moment_by_both_clocks(facts: list[ConsentFact], minute: int, knew: int) -> None:
    at, known_at = T0 + timedelta(minutes=minute), T0 + timedelta(minutes=knew)
    by_then = [f for f in facts if f.effective_at <= at]
    assert as_of(facts, at) == consent_of(by_then)
    assert as_of(facts, at, known_at) == consent_of([f for f in by_then if f.recorded_at and f.recorded_at <= known_at])


@given(LEDGER, st.integers(0, 6))
def test_no_opt_in_from_before_an_opt_out_ever_counts(facts: list[ConsentFact], minute: int) -> None:
    """The states never widen: what is added from before, or as implied, changes nothing after an opt-out."""
    out = T0 + timedelta(minutes=minute)
    ledger = [*facts, ConsentFact("unsubscribed", out)]
    early = ConsentFact("subscribed", out, True, None, "web form", T0 + timedelta(hours=1))
    implied = ConsentFact("subscribed", out + timedelta(hours=1), True, None, "implied purchase", T0)
    before = consent_of(ledger)
    assert consent_of([*ledger, early]) == before
    assert consent_of([*ledger, implied]) == before


def test_what_has_no_end_is_not_ended_by_what_has_one() -> None:
    express = ConsentFact("subscribed", T0)
    implied = ConsentFact("subscribed", T0 + timedelta(days=1), False, T0 + timedelta(days=9), "implied purchase")
    found = consent_of([express, implied])
    assert found is not None
    assert found.expires_at is None
    assert found.standing(T0 + timedelta(days=99)) == "subscribed"
    alone = consent_of([implied])
    assert alone is not None
    assert [alone.standing(T0 + timedelta(days=day)) for day in (8, 9)] == ["subscribed", "expired"]


def test_a_pause_is_the_newest_wish() -> None:
    pause = ConsentFact("paused", T0 + timedelta(days=1), False, T0 + timedelta(days=31), "preference")
    back = ConsentFact("paused", T0 + timedelta(days=2), False, T0 + timedelta(days=2), "preference")
    for facts in permutations([ConsentFact("subscribed", T0), pause, back]):
        found = consent_of(facts)
        assert found is not None
        assert (found.state, found.paused_until) == ("subscribed", T0 + timedelta(days=2))
    assert consent_of([pause]) is None


def test_what_waits() -> None:
    asked, done = fact("pending", 5), fact("subscribed", 6, double=True)
    now = T0 + timedelta(minutes=9)
    assert waits_since([asked], now) == asked.effective_at
    assert waits_since([asked], asked.effective_at + CONFIRM_WITHIN + timedelta(seconds=1)) is None
    assert waits_since([asked, done], now) is None
    assert waits_since([asked, fact("unsubscribed", 5)], now) is None
    assert waits_since([fact("subscribed", 1), asked], now) == asked.effective_at
