"""One of the workers of ``antiphon bench flow``, ticks alone: ``python -m antiphon.bench.flow_process DATABASE_URL INSTANT``.

Ticks as of the instant until nothing is due in any bucket.
"""

import sys
import time
from datetime import datetime

from antiphon.bench.together import turn
from antiphon.engine.tick import SOON, Ticker
from antiphon.journeys.registry import Registry
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database


def main(url: str, now: datetime) -> None:
    database = Database(url)
    registry = Registry(database)
    ours = Ticker(database, registry)
    with database.read() as connection:
        registry.refresh(connection)  # compiled already, as in a worker that has been at work for a while
    with turn():
        while True:
            report = ours.tick(now)
            if report.more:
                continue
            if report.buckets == len(BUCKETS):
                break
            time.sleep(SOON.total_seconds())  # another holds some, as a worker would
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
