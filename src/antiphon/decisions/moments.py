"""The moments that a decision's reasons show: kept short, read as instants with a cell each.

Kept as ``{"from": instant, "after": [seconds …], "email": […], "sms": […]}``. A channel's list has a number for each moment that
is open, its score, and ``[how many, rule]`` for moments barred one after another. Written out moment by moment, reasons took
1.6 kB, which PostgreSQL compressed for 20 to 40 µs a decision, a third to a half of what writing it costs.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from antiphon.decisions.models import CHANNELS


def pattern(rules: Sequence[str | None]) -> bytes:
    """One channel's list for moments barred by ``rules``, with ``%b`` for each score."""
    parts: list[bytes] = []
    for rule, group in groupby(rules):
        number = len(list(group))
        parts += [b"%b"] * number if rule is None else [b'[%d,"%b"]' % (number, rule.encode())]
    return b"[%b]" % b",".join(parts)


def grid_of(reasons: Mapping[str, Any]) -> dict[str, Any]:
    """``slots``, instants, and by channel a cell for each: ``[score, None]``, or ``[None, rule]`` where it is barred.

    Decisions of earlier releases are kept like that; empty where a decision kept no moments.
    """
    grid = reasons.get("grid") or {}
    if "after" not in grid:
        return dict(grid)
    start = datetime.fromisoformat(grid["from"])
    slots = [f"{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}" for second in grid["after"]]
    return {"slots": slots} | {name: list(_cells(grid[name])) for name in CHANNELS}


def _cells(kept: Sequence[Any]) -> Iterator[list[Any]]:
    for one in kept:
        if isinstance(one, list):
            number, rule = one
            yield from ([None, rule] for _ in range(number))
        else:
            yield [one, None]
