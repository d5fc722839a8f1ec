"""Values that join and leave traits that are lists, whoever told the rest of the list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antiphon.people.lists import change, changed, is_change
from antiphon.people.profile import Profile
from antiphon.people.traits import apply

T1 = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
VALUES = some.lists(some.sampled_from(["a", "b", 1, 1.5, True]), max_size=4)


@pytest.mark.parametrize(
    ("value", "append", "remove", "after"),
    [
        (None, ["a"], [], ["a"]),
        (["a"], ["b", "c"], [], ["a", "b", "c"]),
        (["a"], ["a"], [], ["a"]),
        ("a", ["b"], [], ["a", "b"]),
        (["a", "b"], [], ["a"], ["b"]),
        (["a"], [], ["a"], []),
        ("a", [], ["b"], "a"),
        (None, [], ["a"], None),
        ([True], [1], [], [True, 1]),
        (["a", "b"], ["a"], ["a"], ["b", "a"]),
    ],
)
def test_a_list_is_changed(value: Any, append: list[Any], remove: list[Any], after: Any) -> None:
    assert changed(value, change(append, remove)) == after


@given(VALUES, VALUES, VALUES, VALUES, VALUES)
def test_two_changes_in_one_are_one_after_the_other(old: Any, a1: Any, r1: Any, a2: Any, r2: Any) -> None:
    first, second = change(a1, r1), change(a2, r2)
    both = changed(first, second)
    assert is_change(both)
    assert repr(changed(old, both)) == repr(changed(changed(old, first), second))


@given(VALUES, VALUES, VALUES)
def test_what_is_told_twice_counts_once(old: Any, append: Any, remove: Any) -> None:
    once = changed(old, change(append, []))
    assert repr(changed(once, change(append, []))) == repr(once)
    once = changed(old, change([], remove))
    assert repr(changed(once, change([], remove))) == repr(once)


def test_what_only_looks_like_a_change_is_a_value() -> None:
    for value in ({"$change": 1}, {"$change": {"append": "a"}}, {**change([], []), "more": 1}, "$change", None):
        assert not is_change(value)
        assert apply({}, None, {"a": value}, T1) == ({} if value is None else {"a": value})


def told(profile: Profile, via: str, hours: int, **traits: Any) -> Profile:
    return profile.with_told(via, traits, None, T1 + hours * HOUR)


def test_a_change_holds_whoever_told_the_list() -> None:
    found = told(Profile({}, None, None, T1, T1), "email:ann", 0, tags=["a"])
    found = told(found, "klaviyo:01", 1, tags=change(["b"], []))
    assert found.traits["tags"] == ["a", "b"]
    found = told(found, "email:ann", 2, name="Ann")
    assert found.traits["tags"] == ["a", "b"], "another trait of whoever told the list takes nothing back"
    found = told(found, "klaviyo:01", 3, tags=change([], ["a"]))
    assert found.traits["tags"] == ["b"]
    found = told(told(found, "email:ann", 3, tags=change(["c"], [])), "klaviyo:01", 3, tags=change([], ["c"]))
    assert told(found, "email:ann", 4, name="Ann Lee").traits["tags"] == ["b"], "what went stays away"
    taken, left = found.parted(["klaviyo:01"], T1, T1)
    assert (taken.traits["tags"], left.traits["tags"]) == (["b"], ["a", "c"]), "in a split each keeps what it told"
    assert left.joined(taken).traits["tags"] == ["b"]
    found = told(found, "email:ann", 4, tags=["z"])
    assert found.traits["tags"] == ["z"], "the whole list, told later, is the list"
    assert told(found, "klaviyo:01", 5, tags=change(["b"], [])).traits["tags"] == ["z", "b"]
    assert told(found, "klaviyo:01", 5, tags=None).traits.get("tags") is None


def test_a_change_that_comes_late_is_not_lost() -> None:
    found = told(Profile({}, None, None, T1, T1), "email:ann", 5, tags=["a"])
    assert told(found, "email:ann", 1, tags=change(["b"], [])).traits["tags"] == ["a", "b"]
    other = told(found, "klaviyo:01", 7, tags=change(["b"], []))
    assert told(other, "klaviyo:01", 6, tags=["x"]).traits["tags"] == ["x", "b"]
