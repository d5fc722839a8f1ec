"""Messages of one origin that wait, told at once that it goes on or that it was cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.gate import CANCELLED, PAUSED
from antiphon.store.keys import keys
from antiphon.store.locks import lock_abuckets


def call_off(connection: Connection, now: datetime, origin: int, abuckets: Sequence[int]) -> int:
    """Cancel what waits in some abuckets; returns how many. What is in somebody's hands already the last look stops."""
    return _tell(connection, now, origin, abuckets, CANCELLED, queries.CALL_OFF, "cancelled")


def go_on(connection: Connection, now: datetime, origin: int, abuckets: Sequence[int]) -> int:
    """What a pause had deferred is due at once; returns how many."""
    return _tell(connection, now, origin, abuckets, PAUSED, queries.GO_ON, "planned")


def _tell(
    connection: Connection, now: datetime, origin: int, abuckets: Sequence[int], rule: str, statement: Any, state: str
) -> int:
    lock_abuckets(connection, abuckets)
    values = {"now": now, "origin": origin, "abuckets": keys(abuckets), "rule": rule}
    rows = connection.execute(statement, values).all()
    if rows:
        log = {"now": now, "abuckets": [row.abucket for row in rows], "ids": [row.id for row in rows]}
        log |= {"froms": [row.was for row in rows], "states": [state] * len(rows), "rules": [rule] * len(rows)}
        connection.execute(queries.LOG, log | {"details": [None] * len(rows)})
    return len(rows)
