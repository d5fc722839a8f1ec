"""What became of the money that was set aside: counted from the messages now and then, never while one is on its way.

A text is paid by the segments that it was rendered to, no longer by the most that it could need; one that never leaves
costs nothing. What is not needed of what was set aside is free again, for the same day and month.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions import queries as brand
from antiphon.decisions.budget import queries
from antiphon.decisions.budget.days import month_of
from antiphon.kit.zones import local
from antiphon.store.db import Database

#: Texts are planned so many days ahead at the most.
_AHEAD = timedelta(days=4)
_COUNTED = ("waiting", "spent", "texts")


def settle(database: Database, now: datetime) -> int:
    """Count the days of this month and the last one, with what is planned ahead; returns how many periods were counted."""
    with database.begin("budgets") as connection:
        if not connection.execute(queries.TRY_SETTLE).scalar_one():
            return 0
        today = local(connection.execute(brand.BRAND_ZONE).scalar_one(), now).date()
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        days = [first + timedelta(days=number) for number in range((today + _AHEAD - first).days + 1)]
        names = [*map(str, days), *dict.fromkeys(map(month_of, days))]
        # what is set aside is read before the messages: whatever commits in between is taken to be needed
        reserved = {row.period: row for row in connection.execute(queries.RESERVED, {"periods": names})}
        if not reserved:
            return 0
        used = _used(connection, days)
        asked = _asked(connection, [str(day) for day in days if day <= today])
        rows = [_use(name, reserved[name], used[name], asked.get(name, []), now) for name in names if name in reserved]
        connection.execute(queries.USE, rows)
    return len(rows)


def _used(connection: Connection, days: list[date]) -> dict[str, dict[str, int]]:
    """What the messages of each day and month come to. A month's first day counts whole, and its days before are none."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTED, 0))
    between = {"since": days[0], "until": days[-1] + timedelta(days=1)}
    for row in connection.execute(queries.USED, between):
        for period in (row.day, row.day[:7]):
            for name in _COUNTED:
                found[period][name] += getattr(row, name)
    return found


def _asked(connection: Connection, days: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in connection.execute(queries.ASKED, {"periods": days}):
        mine = found.get(row.period)
        found[row.period] = row.asked if mine is None else np.add(mine, row.asked).tolist()
    return found


def _use(period: str, reserved: Any, used: dict[str, int], asked: list[int], now: datetime) -> dict[str, Any]:
    freed = max(0, reserved.reserved - used["waiting"] - used["spent"])
    return {"period": period, "reserved": reserved.reserved, "freed": freed, "asked": asked, "now": now, **used}
