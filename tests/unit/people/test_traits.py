"""Traits told at different times."""

from datetime import UTC, datetime, timedelta

from antiphon.people.traits import apply

T1 = datetime(2026, 3, 1, tzinfo=UTC)
T2 = T1 + timedelta(days=1)


def test_the_newer_wins_and_the_older_fills_gaps() -> None:
    assert apply({"a": 1}, T1, {"a": 2, "b": 2}, T2) == {"a": 2, "b": 2}
    assert apply({"a": 2}, T2, {"a": 1, "b": 1}, T1) == {"a": 2, "b": 1}


def test_a_newer_null_removes_and_an_older_one_says_nothing() -> None:
    assert apply({"a": 1}, T1, {"a": None}, T2) == {}
    assert apply({"a": 1}, T2, {"a": None, "b": None}, T1) == {"a": 1}


def test_what_was_never_told_gives_way() -> None:
    assert apply({}, None, {"a": 1}, T1) == {"a": 1}
    assert apply({"a": 1}, T1, {"b": 2}, None) == {"a": 1, "b": 2}
