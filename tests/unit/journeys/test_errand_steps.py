"""Steps that have something done: what they take, and what they say of themselves."""

from typing import Any

import pytest
from pydantic import ValidationError

from antiphon.engine.errands.updating import part_of, traits_of
from antiphon.journeys.models import Journey
from antiphon.journeys.steps.call import CallStep
from antiphon.journeys.steps.update import UpdateStep

CALL = {"id": "tell", "type": "call", "url": "https://h.example/x"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "needs `set`, `copy` or `leave`"),
        ({"set": {"email": "a@b.example"}}, "says who somebody is"),
        ({"copy": {" Phone ": "phone"}}, "says who somebody is"),
        ({"set": {"a": 1}, "copy": {"a": "b"}}, "under `set` and under `copy`"),
        ({"set": {"a": {"b": 1}}}, "valid"),
        ({"set": {"a": 2**60}}, "write a longer one as text"),
        ({"copy": {"a": "b..c"}}, "pattern"),
        ({"leave": ["post"]}, "'email' or 'sms'"),
        ({"set": {f"t{n}": 1 for n in range(51)}}, "at most 50"),
    ],
)
def test_an_update_that_cannot_be(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        UpdateStep.model_validate({"id": "write", "type": "update", **written})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"url": "http://8.8.8.8/"}, "begins with https"),
        ({"headers": {"Host": "x"}}, "set by the call itself"),
        ({"headers": {"webhook-id": "x"}}, "set by the call itself"),
        ({"headers": {"a b": "x"}}, "no name of a header"),
        ({"headers": {"a": "x\r\nb: y"}}, "pattern"),
        ({"method": "GET"}, "'POST' or 'PUT'"),
        ({"timeout": "0s"}, "no time"),
        ({"body": {}}, "at least 1"),
    ],
)
def test_a_call_that_cannot_be(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CallStep.model_validate(CALL | written)


def test_what_is_written_is_kept_as_it_is() -> None:
    """A version is stored and read again: `1` stays a number, `"1"` a text, `true` a truth."""
    values = {"a": 1, "b": "1", "c": True, "d": 1.5, "e": None}
    steps = [{"id": "write", "type": "update", "set": values, "copy": {"f": "g.0.h"}, "leave": ["sms"]}, CALL]
    journey = {"journey": "j", "name": "J", "trigger": {"event": "E"}, "steps": steps}
    kept = Journey.model_validate(journey).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert kept["steps"] == steps
    again = Journey.model_validate(kept).steps[0]
    assert isinstance(again, UpdateStep)
    assert {name: type(value) for name, value in again.set.items()} == {name: type(v) for name, v in values.items()}


def test_they_say_what_they_do() -> None:
    update = {
        "id": "w",
        "type": "update",
        "set": {"tier": "gold", "old": None},
        "copy": {"size": "s.0"},
        "leave": ["email"],
    }
    assert UpdateStep.model_validate(update).describe() == (
        "Sets tier to gold, old to nothing, size from s.0; Ends promotional emails"
    )
    call = CallStep.model_validate(CALL | {"next": "a", "otherwise": "b"})
    assert call.describe() == "Calls h.example"
    assert call.leads_to("c") == {"answered": "a", "failed": "b"}


def test_parts_of_an_occasion() -> None:
    props = {"a": {"b": [{"c": 1}, {"c": "x" * 2_000}]}, "n": None, "t": True}
    assert [part_of(props, path) for path in ("a.b.0.c", "t", "n", "a", "a.b", "a.b.9.c", "a.b.-1.c", "t.x")] == [
        1, True, None, None, None, None, None, None,
    ]  # fmt: skip
    assert part_of(props, "a.b.1.c") == "x" * 1_000
    step = UpdateStep.model_validate(
        {"id": "w", "type": "update", "set": {"k": None}, "copy": {"c": "a.b.0.c", "d": "no"}}
    )
    assert traits_of(step, props) == {"c": 1, "k": None}
