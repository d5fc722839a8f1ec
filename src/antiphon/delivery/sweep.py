"""After a worker died: what it had claimed is due again, what it was handing over is unknown and never resent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.models import SweepReport
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import keys
from antiphon.store.locks import lock_abuckets

#: Abuckets in one transaction: a sweep waits for few others, and few wait for it.
_TOGETHER = 32


def sweep(database: Database, now: datetime) -> SweepReport:
    """Settle every lease that ended before ``now``, in the abuckets that have one."""
    with database.read() as connection:
        where = {"now": now, "abuckets": keys(BUCKETS)}
        dead = sorted(connection.execute(queries.DEAD_LEASES, where).scalars())
    returned = unknown = 0
    for place in range(0, len(dead), _TOGETHER):
        with database.begin("dispatch") as connection:
            done = _sweep(connection, now, dead[place : place + _TOGETHER])
        returned += done.returned
        unknown += done.unknown
    return SweepReport(returned, unknown)


def _sweep(connection: Connection, now: datetime, abuckets: Sequence[int]) -> SweepReport:
    lock_abuckets(connection, abuckets)
    where = {"now": now, "abuckets": keys(abuckets)}
    returned = connection.execute(queries.SWEEP_CLAIMED, where).all()
    unknown = connection.execute(queries.SWEEP_HANDING, where).all()
    rows = [(*row, "claimed", "due", "claim.dead") for row in returned]
    rows += [(*row, "handing", "unknown", "hand_over.unseen") for row in unknown]
    if rows:
        names = ("abuckets", "ids", "froms", "states", "rules")
        values = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        connection.execute(queries.LOG, values | {"now": now, "details": [None] * len(rows)})
    return SweepReport(len(returned), len(unknown))
