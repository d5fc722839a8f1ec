"""After a worker died: what it had claimed is due again, what it was handing over is unknown and never resent."""

from datetime import datetime

from antiphon.delivery import queries
from antiphon.delivery.models import SweepReport
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import keys


def sweep(database: Database, now: datetime) -> SweepReport:
    """Settle every lease that ended before ``now``."""
    with database.begin("dispatch") as connection:
        where = {"now": now, "abuckets": keys(BUCKETS)}
        returned = connection.execute(queries.SWEEP_CLAIMED, where).all()
        unknown = connection.execute(queries.SWEEP_HANDING, where).all()
        rows = [(*row, "claimed", "due", "claim.dead") for row in returned]
        rows += [(*row, "handing", "unknown", "hand_over.unseen") for row in unknown]
        if rows:
            names = ("abuckets", "ids", "froms", "states", "rules")
            values = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            connection.execute(queries.LOG, values | {"now": now, "details": [None] * len(rows)})
    return SweepReport(len(returned), len(unknown))
