"""Deliveries, summed up per person and channel."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from antiphon.people.engagement import halvings

#: Bucket, person, channel.
_Key = tuple[int, int, str]


def add_up(rows: Iterable[tuple[int, int, str, datetime]]) -> dict[str, Any]:
    """The values of ``counting.ADD_DELIVERED`` from bucket, person, channel and instant of each message."""
    found: dict[_Key, tuple[int, float, datetime, datetime]] = {}
    for bucket, person, channel, at in rows:
        n, worth, first, last = found.get((bucket, person, channel), (0, 0.0, at, at))
        found[bucket, person, channel] = (n + 1, worth + 2 ** halvings(at), min(first, at), max(last, at))
    keys = sorted(found)
    told = [found[key] for key in keys]
    return {
        "of": [bucket for bucket, _, _ in keys],
        "people": [person for _, person, _ in keys],
        "channels": [channel for _, _, channel in keys],
        "ns": [n for n, _, _, _ in told],
        "sends": [worth for _, worth, _, _ in told],
        "firsts": [first.isoformat() for _, _, first, _ in told],
        "lasts": [last.isoformat() for _, _, _, last in told],
    }
