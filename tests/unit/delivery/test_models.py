"""The states of a message as a graph, and any walk through it."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.delivery.models import SPENT, TRANSITIONS


def reachable(start: str) -> set[str]:
    found, todo = set[str](), [start]
    while todo:
        for state in TRANSITIONS[todo.pop()] - found:
            found.add(state)
            todo.append(state)
    return found


def before(state: str) -> set[str]:
    return {one for one, after in TRANSITIONS.items() if state in after}


def test_every_state_is_named_and_reached() -> None:
    assert set.union(*map(set, TRANSITIONS.values())) | {"planned"} == set(TRANSITIONS)
    assert reachable("planned") == set(TRANSITIONS)


def test_failed_and_unknown_come_from_where_they_may() -> None:
    assert before("unknown") == {"handing"}
    assert before("failed") == {"claimed", "handing", "accepted", "unknown"}
    assert before("handing") == {"claimed"}
    assert before("accepted") == {"handing", "unknown"}


def test_what_was_sent_is_never_sent_again() -> None:
    for state in ("accepted", "unknown", "delivered", "failed", "dropped", "cancelled"):
        assert not reachable(state) & {"planned", "due", "claimed", "handing"}


def test_what_ended_stays_ended_and_delivered_never_moves_backwards() -> None:
    for state in (*SPENT, "delivered"):
        assert TRANSITIONS[state] == frozenset()


@given(st.lists(st.integers(0, 50), max_size=40))
def test_any_life_arrives_once_at_most(choices: list[int]) -> None:
    state, may_have_arrived = "planned", 0
    for choice in choices:
        after = sorted(TRANSITIONS[state])
        if not after:
            break
        former, state = state, after[choice % len(after)]
        may_have_arrived += former == "handing" and state in {"accepted", "unknown"}
    assert may_have_arrived <= 1
