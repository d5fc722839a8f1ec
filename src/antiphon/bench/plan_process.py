"""One of the workers that plan a campaign: ``python -m antiphon.bench.plan_process DATABASE_URL NOW``.

Plans until nothing of the campaign is left to plan.
"""

import os
import sys
from datetime import datetime

from sqlalchemy import text

from antiphon.bench.together import turn
from antiphon.campaigns.planning import Planner
from antiphon.store.db import Database

_PLANNING = text("SELECT EXISTS (SELECT 1 FROM campaign WHERE state = 'planning')")


def main(url: str, now: datetime) -> None:
    database = Database(url)
    planner = Planner(database, f"bench {os.getpid()}")
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    with turn():
        while planner.carry_on(now).more:
            with database.read() as connection:
                if not connection.execute(_PLANNING).scalar_one():
                    break
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
