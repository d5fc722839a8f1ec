"""What may be written as a condition, and what is refused with which words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from antiphon.audiences.bounds import MAX_DEPTH, MAX_PARTS
from antiphon.audiences.models import Condition, DateCondition
from antiphon.journeys.source import examine

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)
LEAF = {"kind": "consent", "channel": "sms"}


def nested(depth: int, kind: str = "not") -> dict[str, Any]:
    found: dict[str, Any] = LEAF
    for _ in range(depth - 1):
        found = {"kind": kind, "of": found if kind == "not" else [found]}
    return found


def words(written: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        ADAPTER.validate_python(written)
    return [error["msg"].removeprefix("Value error, ") for error in raised.value.errors()]


@pytest.mark.parametrize("kind", ["not", "all", "any"])
def test_as_deep_as_allowed_and_no_deeper(kind: str) -> None:
    ADAPTER.validate_python(nested(MAX_DEPTH, kind))
    for depth in (MAX_DEPTH + 1, 50, 20_000):
        assert words(nested(depth, kind)) == [
            f"a condition is nested more than {MAX_DEPTH} deep; take it apart into segments"
        ]


def test_as_large_as_allowed_and_no_larger() -> None:
    ADAPTER.validate_python({"kind": "all", "of": [LEAF] * (MAX_PARTS - 1)})
    assert words({"kind": "all", "of": [LEAF] * MAX_PARTS}) == [
        f"a condition holds more than {MAX_PARTS} parts; take it apart into segments"
    ]
    assert len(words({"kind": "all", "of": [{"kind": "any", "of": [LEAF] * 150}] * 150})) == 1


def test_depth_in_json_ends_no_process() -> None:
    text = '{"kind":"not","of":' * 100_000 + json.dumps(LEAF) + "}" * 100_000
    with pytest.raises(ValidationError):
        ADAPTER.validate_json(text)


JOURNEY = """
journey: deep
name: Deep
trigger:
  event: Seen
  if: {}
steps:
  - {{id: end, type: exit}}
"""


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 50, 60, 90, 120, 200, 5_000])
def test_depth_in_a_file_is_one_clear_sentence(depth: int) -> None:
    condition = "{kind: not, of: " * (depth - 1) + "{kind: consent, channel: sms}" + "}" * (depth - 1)
    found, problems = examine(JOURNEY.format(condition))
    assert found is None
    assert len(problems) == 1
    assert "nested" in str(problems[0])


def test_of_nothing_is_a_condition() -> None:
    assert [ADAPTER.validate_python({"kind": kind, "of": []}).of for kind in ("all", "any")] == [[], []]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"kind": "engagement", "channel": "sms"}, "exactly one of"),
        ({"kind": "engagement", "channel": "sms", "pattern": "both"}, "takes no `channel`"),
        ({"kind": "engagement", "level": "new"}, "takes no `channel`; everything else needs one"),
        ({"kind": "engagement", "channel": "sms", "count": "clicks"}, "`count` goes with"),
        ({"kind": "engagement", "channel": "sms", "count": "clicks", "at_least": 3, "at_most": 2}, "nobody can match"),
        ({"kind": "engagement", "channel": "sms", "responded_within": "0d"}, "is nobody"),
        ({"kind": "engagement", "channel": "sms", "delivered_within": "0d"}, "is nobody"),
        ({"kind": "event", "event": "Seen", "within": "0d"}, "holds nothing"),
        ({"kind": "event", "event": "Seen", "within": "1d", "since": "occasion"}, "not both"),
        ({"kind": "event", "event": "Seen", "where": [{"prop": "x", "value": 1}]}, "need a time bound"),
        ({"kind": "purchase", "measure": "order", "at_least": 5}, "needs a time bound"),
        ({"kind": "purchase", "measure": "sum"}, "needs `at_least` or `at_most`"),
        ({"kind": "purchase", "age_of": "last"}, "needs `older_than` or `newer_than`"),
        ({"kind": "purchase", "older_than": "3d"}, "need `age_of"),
        ({"kind": "purchase", "age_of": "last", "older_than": "3d", "within": "5d"}, "nothing else"),
        ({"kind": "purchase", "product": ["a"], "at_least": 2}, "ask whether it was bought"),
        ({"kind": "purchase", "at_least": 3, "at_most": 2}, "nobody can match"),
        ({"kind": "product"}, "say either"),
        ({"kind": "product", "relation": "viewed", "in_stock": True}, "go with `of: occasion`"),
        ({"kind": "product", "of": "occasion", "within": "3d", "in_stock": True}, "nothing else"),
        ({"kind": "product", "of": "occasion"}, "needs `in_stock` or `price_below`"),
        ({"kind": "prediction"}, "say either `prediction`"),
        ({"kind": "prediction", "measure": "orders_365d"}, "say either `prediction`"),
        ({"kind": "prediction", "prediction": "lapsing", "side": "below"}, "put a `not` around it"),
        ({"kind": "date"}, "one of them"),
        ({"kind": "date", "after": "2026-01-02T00:00:00Z", "before": "2026-01-01T00:00:00Z"}, "it is never then"),
        ({"kind": "date", "after": "2026-01-02T00:00:00"}, "timezone"),
        ({"kind": "date", "from_hour": "09:00"}, "go together"),
        ({"kind": "date", "from_hour": "09:00", "until_hour": "09:00"}, "is no time"),
        ({"kind": "date", "anniversary": "birthday"}, "needs `within: 7d`"),
        ({"kind": "date", "anniversary": "birthday", "within": "36h"}, "whole days"),
        ({"kind": "date", "weekdays": ["mon"], "anniversary": "birthday", "within": "1d"}, "one of them"),
        ({"kind": "trait", "trait": "x", "value": "a\x00"}, "NUL"),
        ({"kind": "event", "event": "a\x00"}, "NUL"),
        ({"kind": "product", "relation": "viewed", "product": ["a\x00"]}, "NUL"),
        ({"kind": "trait", "trait": "x", "op": "gt", "value": float("nan")}, "not a number"),
        ({"kind": "trait", "trait": "x", "op": "in", "value": list(range(1001))}, "a thousand values"),
        ({"kind": "chance", "share": 1.1}, "less than or equal to 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(written: dict[str, Any], said: str) -> None:
    (found,) = words(written)
    assert said in found


@pytest.mark.parametrize(
    "written", ["2026-11-27T00:00:00Z", '"2026-11-27T00:00:00+00:00"', "2026-11-27 01:00:00+01:00"]
)
def test_instants_in_yaml_keep_their_zone(written: str) -> None:
    found, problems = examine(JOURNEY.format(f"{{kind: date, after: {written}}}"))
    assert problems == []
    assert found is not None
    assert isinstance(found.trigger.condition, DateCondition)
    assert found.trigger.condition.after == datetime(2026, 11, 27, tzinfo=UTC)
