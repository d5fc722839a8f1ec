"""One of the processes of the set-based floor of timers: ``python -m antiphon.bench.floor_process DATABASE_URL``.

Says that it is ready, waits for a line, works until no timer is due, and says that it is done.
"""

import sys

from sqlalchemy import text

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
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    while True:
        with database.begin("bench") as connection:
            rows = connection.execute(_CLAIM).all()
            if not rows:
                break
            read = connection.execute(_READ, {"people": [row.person for row in rows]})
            plans: dict[int, str] = {row.person: row.plan for row in read}
            sent = [row for row in rows if plans[row.person] != "gold"]
            values = {
                "keys": [f"{row.id}|write|1" for row in sent],
                "people": [row.person for row in sent],
                "ats": [row.due for row in sent],
            }
            connection.execute(_SEND, values)
    print("done", flush=True)  # noqa: T201
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
