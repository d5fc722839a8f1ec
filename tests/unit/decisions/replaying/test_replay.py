"""What is kept of decisions decides the same again, whatever the people, the brand and the moment."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.decisions.batches import NEW_YORK, NOON, Row, batch_of, policy
from tests.unit.decisions.strategies import BRANDS, MOMENTS, rows

from antiphon.decisions.affinity.models import Affinity
from antiphon.decisions.choose import choose
from antiphon.decisions.curves import hour_factors
from antiphon.decisions.models import CHANNELS, NO_CHANNEL, Amount, Batch
from antiphon.decisions.reasons import reasons
from antiphon.decisions.replaying.inputs import Kept, UnreadableInputsError, kept, read
from antiphon.decisions.replaying.replay import Outcome, Stored, decide_again, differences, replay
from antiphon.decisions.settings import BrandSettings, Worth
from antiphon.decisions.timing.models import Arm, Own

DEFAULTS = BrandSettings()
CURVES = st.lists(st.integers(0, 100_000), min_size=48, max_size=48).map(
    lambda counts: hour_factors(np.array(counts, dtype=np.int64).reshape(2, 24))
)
WORTHS = st.builds(Worth, response=st.floats(0, 1, width=32), opt_out=st.floats(0, 1, width=32), loss=st.floats(0, 100))
PATIENT = policy(hours=30)
ORIGIN = (7, "first")


def stored(batch: Batch, brand: BrandSettings) -> tuple[list[Stored], Kept]:
    """Rows of a batch as they are kept once they are decided."""
    made, found = choose(batch, brand), kept(batch, brand)
    now = datetime.fromtimestamp(batch.now, UTC)
    told = reasons(batch, made, brand, [ORIGIN] * len(batch))
    kinds = [None if each == NO_CHANNEL else CHANNELS[each] for each in made.channel.tolist()]
    dues = [datetime.fromtimestamp(batch.now + due, UTC) for due in made.due.tolist()]
    return [
        Stored(now, now, *ORIGIN, kind, due if kind else None, orjson.loads(why), inputs)
        for kind, due, why, inputs in zip(kinds, dues, told, found.rows, strict=True)
    ], found


def parts(found: Kept) -> dict[int, Any]:
    """As the database gives them back."""
    return {number: orjson.loads(part) for number, part in found.parts.items()}


@settings(max_examples=20)
@given(st.lists(rows(), min_size=1, max_size=4), MOMENTS, BRANDS, WORTHS, CURVES)
def test_what_is_kept_decides_the_same_again(
    people: list[Row], at: datetime, brand: BrandSettings, sms: Worth, curves: Amount
) -> None:
    brand = brand.model_copy(update={"sms": sms})
    whole, found = stored(batch_of(people, int(at.timestamp()), curves), brand)
    for one in whole:
        assert replay(one, parts(found)).outcome is Outcome.SAME
        given_again = read(one.inputs or "", parts(found), int(one.decided_at.timestamp()))
        assert decide_again(given_again, ORIGIN)[1] == one.reasons


HOURS = st.lists(st.floats(0.0625, 8, width=16), min_size=48, max_size=48)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(-(2**62), 2**62), st.sampled_from(Arm), HOURS), min_size=1, max_size=4),
    st.tuples(st.booleans(), st.booleans()),
)
def test_hours_by_lot_and_peoples_own_are_the_same_again(
    people: list[tuple[int, Arm, list[float]]], gains: tuple[bool, bool]
) -> None:
    batch = batch_of([Row(policy=PATIENT, die=die) for die, _, _ in people] + [Row(policy=PATIENT)])
    arms = np.array([arm for _, arm, _ in people] + [Arm.REST], dtype=np.int8)
    factors = np.array([hours for _, _, hours in people], dtype=np.float32)
    own = Own(np.array([*range(len(people)), -1], dtype=np.int32), arms, factors, gains, 4)
    whole, found = stored(replace(batch, own=own), DEFAULTS)
    for one in whole:
        again = replay(one, parts(found))
        assert (again.outcome, list(again.differences)) == (Outcome.SAME, [])
        given_again = read(one.inputs or "", parts(found), NOON)
        assert decide_again(given_again, ORIGIN)[1] == one.reasons


#: What a batch may be without.
MORE: dict[str, Any] = {
    "segments": np.array([2, 1], dtype=np.int32),
    "price": np.array([12_500, 4_000], dtype=np.int32),
    "denied": np.array([0, 13], dtype=np.int8),
    "load": np.array([[0.5, 1.5], [0, 2]], dtype=np.float32),
    "full": np.array([-9, 700], dtype=np.int32),
    "sent": np.array([3, 0], dtype=np.int32),
    "affinity": Affinity(
        np.array([[0.02, 0.08], [0.5, 0.25]], np.float32), np.array([True, False]), used=True, model=4
    ),
}


def test_every_column_is_kept() -> None:
    people = [
        Row(declared=1, texted=True, value=12.34, past=(-5, -7), first=(9, 11), last=(13, 17)),
        Row(engaged=(-3, -2)),
    ]
    batch = replace(batch_of(people), **MORE)
    own = Own(
        np.array([0, -1], dtype=np.int32), np.array([3, 0], dtype=np.int8), np.full((1, 48), 1.5), (True, False), 9
    )
    batch = replace(batch, own=own)
    missing = {field.name for field in fields(Batch) if getattr(batch, field.name) is None}
    assert not missing, "give MORE a value of what is new, so that it is seen to be kept"
    found = kept(batch, DEFAULTS)
    for row, inputs in enumerate(found.rows):
        again, one = read(inputs, parts(found), NOON).batch, batch.rows([row])
        for name in (field.name for field in fields(Batch)):
            assert told(getattr(again, name), again) == told(getattr(one, name), one), name


def told(value: Any, batch: Batch) -> Any:
    """A value of a batch of one, whatever numbers its policies and places have there."""
    if isinstance(value, Own):
        return (int(value.arm[0]), value.gains, value.model, value.factors[0].tolist()) if value.which[0] >= 0 else None
    if value is batch.policy or value is batch.policies:
        return batch.policies[int(batch.policy[0])]
    if value is batch.place or value is batch.places or value is batch.laws:
        return [(batch.places[one], batch.laws_at(one)) for one in batch.place[0].tolist()]
    if value is None or isinstance(value, int):
        return value
    if is_dataclass(value):
        return {field.name: told(getattr(value, field.name), batch) for field in fields(value)}
    return value.dtype, value.tolist()


def test_what_differs_is_named() -> None:
    (one,), found = stored(batch_of([Row(zones=((NEW_YORK,), (NEW_YORK,)), laws=("us",))]), DEFAULTS)
    changed = parts(found)
    for part in changed.values():
        if "program" in part:
            part["program"] = {**part["program"], "choose": "0"}
        if "spacing" in part:
            part["sms"]["response"] = 0.01
    again = replay(one, changed)
    assert again.outcome is Outcome.DIFFERENT
    assert {each.what for each in again.differences} >= {"chosen.score", "grid.sms[0][0]"}
    assert dict(again.changed or {}) == {"choose": ("0", "1")}
    assert [each.what for each in replay(replace(one, channel="email"), parts(found)).differences] == ["channel"]


def test_what_cannot_be_decided_again_says_so() -> None:
    (one,), found = stored(batch_of([Row()]), DEFAULTS)
    older = replay(replace(one, inputs=None), {})
    assert (older.outcome, older.problem) == (Outcome.NOT_KEPT, "it was decided before inputs were kept")
    assert replay(one, {}).outcome is Outcome.UNREADABLE
    inputs = one.inputs or ""
    for broken in ("", inputs[:8], inputs[:40], "!" + inputs[1:]):
        with pytest.raises(UnreadableInputsError):
            read(broken, parts(found), NOON)
    strange = {n: part | {"another": 1} if "spacing" in part else part for n, part in parts(found).items()}
    assert "another" in replay(one, strange).problem


def test_numbers_may_differ_by_rounding_and_lists_by_nothing() -> None:
    assert not list(differences({"a": [0.1234, None]}, {"a": [0.1235, None]}))
    assert [each.what for each in differences({"a": [0.1, None]}, {"a": [0.2, "x"]})] == ["a[0]", "a[1]"]
    assert [each.what for each in differences({"a": [1]}, {"a": [1, 2], "b": 3})] == ["a", "b"]
