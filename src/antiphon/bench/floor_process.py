"""One of the processes of the set-based floor of timers: ``python -m antiphon.bench.floor_process DATABASE_URL``.

Works until no timer is due.
"""

import sys

from sqlalchemy import text

from antiphon.bench.together import turn
from antiphon.store.db import Database

_CLAIM = text("""
    DELETE FROM bench_timer WHERE id IN (SELECT id FROM bench_timer ORDER BY due LIMIT 1000 FOR UPDATE SKIP LOCKED)
    RETURNING id, person, due
""")
_READ = text("SELECT person, plan FROM bench_attribute WHERE person = ANY(:people)")
_SEND = text("""
    INSERT INTO bench_sent (key, person, at)
    SELECT * FROM unnest(cast(:keys AS text[]), cast(:people AS bigint[]), cast(:ats AS timestamptz[])) ON CONFLICT DO NOTHING
""")


def main(url: str) -> None:
    database = Database(url)
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    with turn():
        while _sent(database):
            pass
    database.dispose()


def _sent(database: Database) -> int:
    """Timers that one transaction claimed and sent what they ask for."""
    with database.begin("bench") as connection:
        rows = connection.execute(_CLAIM).all()
        read = connection.execute(_READ, {"people": [row.person for row in rows]})
        plans: dict[int, str] = {row.person: row.plan for row in read}
        sent = [row for row in rows if plans[row.person] != "gold"]
        values = {
            "keys": [f"{row.id}|write|1" for row in sent],
            "people": [row.person for row in sent],
            "ats": [row.due for row in sent],
        }
        connection.execute(_SEND, values)
    return len(rows)


if __name__ == "__main__":
    main(sys.argv[1])
