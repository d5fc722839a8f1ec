"""Messages of a campaign that wait in the outbox, told of what became of it: it goes on, or it was cancelled.

The gate would say so of each when its moment comes; told at once, those of a pause need not wait, and counts are true.
"""

from datetime import datetime

from antiphon.campaigns import progress, queries
from antiphon.campaigns.kept import Kept
from antiphon.delivery.recall import call_off, go_on
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database

#: Abuckets at a time.
_SOME = 8


def tell(database: Database, one: Kept, now: datetime) -> None:
    """The next abuckets, as ``waking`` says; at their end it is null."""
    first = one.row.waking
    abuckets = BUCKETS[first : first + _SOME]
    act = call_off if one.row.state == "cancelled" else go_on
    with database.begin("campaigns") as connection:
        act(connection, now, one.origin, abuckets)
        last = first + _SOME >= len(BUCKETS)
        connection.execute(queries.WAKING, {"id": one.id, "waking": None if last else first + _SOME})
    if last and one.row.state == "cancelled":
        progress.keep_result(database, one, now)
