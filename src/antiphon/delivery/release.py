"""Let held messages go: a human looked at them. The gate judges them once more; nothing is skipped."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.store.db import Database
from antiphon.store.locks import lock_abuckets


def release(database: Database, now: datetime, messages: Sequence[tuple[int, int]], who: str) -> int:
    """Make held messages, given as (abucket, id), due; returns how many were held. ``who`` goes into the log."""
    abuckets = [m[0] for m in messages]
    values = {"abuckets": abuckets, "ids": [m[1] for m in messages], "now": now}
    with database.begin("dispatch") as connection:
        lock_abuckets(connection, abuckets)
        rows = connection.execute(queries.RELEASE, values).all()
        if rows:
            log = {
                "abuckets": [row.abucket for row in rows],
                "ids": [row.id for row in rows],
                "froms": ["held"] * len(rows),
                "states": ["due"] * len(rows),
                "rules": ["released"] * len(rows),
                "details": [orjson.dumps({"who": who}).decode()] * len(rows),
            }
            connection.execute(queries.LOG, log | {"now": now})
    return len(rows)


def waiting(connection: Connection, since: datetime) -> list[tuple[str, int]]:
    """Rules that hold messages planned since then, with how many each holds, the most first."""
    return [(row.rule, row.n) for row in connection.execute(queries.WAITING, {"since": since})]
