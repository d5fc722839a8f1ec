"""Messages that wait, called off or let go at once: of a campaign that was cancelled or goes on, of people who became one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.gate import CANCELLED, PAUSED
from antiphon.kit.buckets import bucket_of
from antiphon.store.keys import Ids, keys
from antiphon.store.locks import lock_abuckets

#: By what a second message of one campaign to one person is cancelled; and the states in which a message can be.
DOUBLE, WAITING = "campaign.merged", frozenset({"planned", "due", "held"})


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
        _log(connection, now, rows, [row.was for row in rows], rule, state)
    return len(rows)


def call_off_doubles(connection: Connection, now: datetime, people: Sequence[int]) -> int:
    """Of messages of one campaign to one person, who was several until now, leave one; returns how many were cancelled.

    Under the locks of the buckets and of all abuckets with messages to them. What has left, or is about to, is the one; else
    what is due first.
    """
    given = {"buckets": keys([bucket_of(person) for person in people]), "people": Ids(people)}
    seen: set[tuple[int, int]] = set()
    doubles = []
    for row in connection.execute(queries.OF_CAMPAIGNS, given):
        if (row.person, row.journey) in seen and row.state in WAITING:
            doubles.append(row)
        seen.add((row.person, row.journey))
    if doubles:
        which = {"abuckets": keys([row.abucket for row in doubles]), "ids": Ids(row.id for row in doubles)}
        connection.execute(queries.CALL_OFF_THESE, which | {"now": now, "rule": DOUBLE})
        _log(connection, now, doubles, [row.state for row in doubles], DOUBLE, "cancelled")
    return len(doubles)


def _log(
    connection: Connection, now: datetime, rows: Sequence[Any], froms: Sequence[str], rule: str, state: str
) -> None:
    log: dict[str, Any] = {"now": now, "abuckets": [row.abucket for row in rows], "ids": [row.id for row in rows]}
    log |= {"froms": froms, "states": [state] * len(rows), "rules": [rule] * len(rows)}
    connection.execute(queries.LOG, log | {"details": [None] * len(rows)})
