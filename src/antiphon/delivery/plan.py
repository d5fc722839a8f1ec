"""From decision to outbox: the one hand-over from the person's side to the address's side."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.store.keys import keys


def hand_over(connection: Connection, now: datetime, buckets: Sequence[int], tick: int) -> int:
    """Put the messages that ``tick`` decided into the outbox; returns how many were new.

    Safe to repeat: a message's id and its key are made of what was decided, so a second time changes nothing.
    """
    result = connection.execute(queries.HAND_OVER, {"now": now, "buckets": keys(buckets), "tick": tick})
    return result.rowcount
