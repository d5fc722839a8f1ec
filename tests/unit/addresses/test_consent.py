"""The state of a consent is a pure function of its ledger."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from antiphon.addresses.models import CLAIMED, ConsentFact, consent_of

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
