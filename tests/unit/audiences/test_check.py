"""What a condition may name: segments that exist and do not go round, an occasion only where there is one."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from antiphon.audiences.check import (
    ConditionError,
    asks_occasion,
    check_segment,
    check_segments_exist,
    parts,
    segments_of,
)
from antiphon.audiences.models import Condition

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)


def of(name: str) -> Any:
    return ADAPTER.validate_python({"kind": "segment", "segment": name})


def not_of(*names: str) -> Any:
    inner = [{"kind": "segment", "segment": name} for name in names]
    return ADAPTER.validate_python({"kind": "not", "of": {"kind": "any", "of": inner}})


def test_parts_are_told_from_the_outside_in() -> None:
    assert [one.kind for one in parts(not_of("a", "b"))] == ["not", "any", "segment", "segment"]
    assert segments_of(not_of("a", "b")) == {"a", "b"}


def test_a_segment_that_there_is_not() -> None:
    check_segments_exist(not_of("regulars"), {"regulars"})
    with pytest.raises(ConditionError, match="no segment “regular”") as raised:
        check_segments_exist(not_of("regulars", "regular"), ["regulars"])
    assert raised.value.hint == "Did you mean “regulars”?"
    with pytest.raises(ConditionError, match="Define it first"):
        check_segments_exist(of("x"), [])


def test_segments_that_go_round() -> None:
    known = {"a": of("b"), "b": not_of("c", "e"), "c": of("d"), "d": ADAPTER.validate_python({"kind": "purchase"})}
    known["e"] = of("d")
    check_segment("d", ADAPTER.validate_python({"kind": "purchase"}), known)
    with pytest.raises(ConditionError, match=r"Segments go round: “d” → “a” → “b” → “[ce]” → “d”"):
        check_segment("d", not_of("a"), known)
    with pytest.raises(ConditionError, match="Segments go round: “new” → “new”"):
        check_segment("new", of("new"), known)


def test_a_ring_of_others_is_theirs() -> None:
    check_segment("new", of("a"), {"a": of("b"), "b": of("a")})


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "event", "event": "Seen", "since": "occasion"},
        {"kind": "purchase", "since": "occasion"},
        {"kind": "product", "of": "occasion", "in_stock": True},
    ],
)
def test_only_journeys_have_an_occasion(written: dict[str, Any]) -> None:
    condition = ADAPTER.validate_python({"kind": "not", "of": written})
    assert asks_occasion(condition)
    with pytest.raises(ConditionError, match="“late” asks about the occasion"):
        check_segment("late", condition, {})
