"""Batches for tests: one intent written down as a plain row, and many of them as columns."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from antiphon.decisions.models import LONG_AGO, NEVER, NO_CHANNEL, Batch, MessagePolicy, State
from antiphon.kit.zones import zone_id

#: A Tuesday, noon in New York.
NOON = int(datetime(2026, 3, 3, 17, tzinfo=UTC).timestamp())
HOUR = 3600


def zone(name: str) -> int:
    found = zone_id(name)
    assert found is not None
    return found


NEW_YORK, LOS_ANGELES = zone("America/New_York"), zone("America/Los_Angeles")
Pair = tuple[int, int]
YES = int(State.SUBSCRIBED)


def policy(
    channels: tuple[str, ...] = ("email", "sms"),
    purpose: str = "marketing",
    *,
    urgent: bool = False,
    hours: float = 24,
    abandonment: bool = False,
    segments: int = 1,
    half_life: float = 12,
) -> MessagePolicy:
    return MessagePolicy(
        channels, purpose, urgent, timedelta(hours=hours), abandonment, segments, timedelta(hours=half_life)
    )


#: The first touch after an abandonment, as the playbook sends it.
FIRST_TOUCH = policy(urgent=True, abandonment=True, hours=48)


@dataclass(frozen=True)
class Row:
    """One intent of one person; instants in seconds from now, pairs are (email, text)."""

    policy: MessagePolicy = FIRST_TOUCH
    at: int = 0
    occasion: int = 0
    value: float = 80.0
    die: int = 0
    clock: int = NEW_YORK
    zones: tuple[tuple[int, ...], tuple[int, ...]] = ((NEW_YORK,), (NEW_YORK,))
    laws: tuple[str, ...] = ()  # of the phone
    address: tuple[bool, bool] = (True, True)
    marketing: Pair = (YES, YES)
    transactional: Pair = (0, 0)
    cart: bool = True
    declared: int = NO_CHANNEL
    engaged: Pair = (LONG_AGO, LONG_AGO)
    past: Pair = (LONG_AGO, LONG_AGO)
    first: Pair = (NEVER, NEVER)
    last: Pair = (LONG_AGO, LONG_AGO)
    texted: bool = False
    full: int = LONG_AGO
    load: tuple[float, float] = (0.0, 0.0)


_TYPES = {
    "at": np.int32, "occasion": np.int32, "value": np.float32, "die": np.int64, "clock": np.int16, "address": np.bool_,
    "marketing": np.int8, "transactional": np.int8, "cart": np.bool_, "declared": np.int8, "engaged": np.int32,
    "past": np.int32, "first": np.int32, "last": np.int32, "texted": np.bool_, "full": np.int32, "load": np.float32,
}  # fmt: skip


def places_of(row: Row) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Where the person is for an email, and for a text."""
    return [(row.zones[0], ()), (row.zones[1], row.laws)]


def batch_of(rows: list[Row], now: int = NOON, curves: object = None) -> Batch:
    policies = tuple(dict.fromkeys(row.policy for row in rows))
    places = list(dict.fromkeys(place for row in rows for place in places_of(row)))
    columns: dict[str, Any] = {
        field.name: np.array([getattr(row, field.name) for row in rows], dtype=_TYPES[field.name])
        for field in fields(Row)
        if field.name in _TYPES
    }
    return Batch(
        now,
        policies,
        tuple(zones for zones, _ in places),
        laws=tuple(laws for _, laws in places),
        policy=np.array([policies.index(row.policy) for row in rows], dtype=np.int32),
        place=np.array([[places.index(place) for place in places_of(row)] for row in rows], dtype=np.int32),
        curves=np.ones((2, 24), dtype=np.float32) if curves is None else np.asarray(curves, dtype=np.float32),
        **columns,
    )
