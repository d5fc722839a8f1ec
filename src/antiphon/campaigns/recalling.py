"""Messages of a campaign that wait in the outbox, told of what became of it: it goes on, or it was cancelled.

The gate would say so of each when its moment comes; told at once, those of a pause need not wait, and counts are true.
"""

from datetime import datetime

from antiphon.campaigns import progress, queries
from antiphon.campaigns.kept import Kept
from antiphon.delivery.recall import call_off, go_on
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.locks import try_lock_campaign

#: Abuckets at a time.
_SOME = 8


def tell(database: Database, one: Kept, now: datetime) -> bool:
    """The next abuckets, as ``waking`` says; at their end it is null. False where that has to wait for somebody."""
    first, state = one.row.waking, one.row.state
    abuckets = BUCKETS[first : first + _SOME]
    last = first + _SOME >= len(BUCKETS)
    with database.begin("campaigns") as connection:
        if first == 0 and state == "cancelled" and not try_lock_campaign(connection, one.id):
            return False  # who planned a portion of it at that moment puts messages into the outbox still
        told = {"id": one.id, "was": first, "state": state, "waking": None if last else first + _SOME}
        if not connection.execute(queries.WAKING, told).rowcount:
            return True
        act = call_off if state == "cancelled" else go_on
        act(connection, now, one.origin, abuckets)
    if last and state == "cancelled":
        progress.keep_result(database, one, now)
    return True
