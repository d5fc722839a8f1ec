"""The bare work that the product cannot do without, measured in the same run on the same tables."""

from collections.abc import Iterator
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from antiphon.bench.world import World, timer

_BATCH = 10_000
_PROPS = Jsonb({"product_id": "sku-1234", "name": "A lamp of brass", "price": 49.0, "quantity": 1, "category": "home"})


def copy_floor(world: World, rows: int) -> float:
    """Rows a second that COPY writes into a table of events, 10,000 a durable commit, one connection."""
    world.execute("DROP TABLE IF EXISTS bench_event")
    world.execute(
        "CREATE TABLE bench_event (bucket smallint, person bigint, at timestamptz, id bigint, name text, props jsonb, "
        "received_at timestamptz, PRIMARY KEY (bucket, person, at, id))"
    )
    with timer() as took:
        for start in range(0, rows, _BATCH):
            with world.database.begin("bench") as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                with driver.cursor() as cursor, cursor.copy("COPY bench_event FROM STDIN") as copy:
                    for row in _events(world, start, min(start + _BATCH, rows)):
                        copy.write_row(row)
    world.execute("DROP TABLE bench_event")
    return took.rate(rows)


def _events(world: World, start: int, end: int) -> Iterator[tuple[Any, ...]]:
    for number in range(start, end):
        yield number % 256, number * 7919 % 1_000_003, world.now, number, "Product Viewed", _PROPS, world.now


def update_floor(world: World, rows: int) -> float:
    """Rows a second that bare UPDATEs of the columns that a move sets write into a copy of ``run``, by primary key from
    arrays, 10,000 a commit, one connection, the commit left to the next flush as a tick leaves it."""
    world.execute("DROP TABLE IF EXISTS bench_run")
    world.execute("CREATE TABLE bench_run (LIKE run INCLUDING ALL) WITH (fillfactor = 70)")
    world.execute(
        "INSERT INTO bench_run SELECT g % 256, g, g, 1, 1, 'k' || g, 1, 'pause', cast(:now AS timestamptz), "
        "cast(:now AS timestamptz), 0, cast(:now AS timestamptz), g, cast(:now AS timestamptz) "
        "FROM generate_series(1, :rows) g",
        now=world.now,
        rows=rows,
    )
    world.analyze("bench_run")
    statement = text(
        "UPDATE bench_run r SET step = 'rest', entered_at = :now, wake_at = :now, moves = r.moves + 1 "
        "FROM unnest(cast(:buckets AS smallint[]), cast(:ids AS bigint[])) u(bucket, id) "
        "WHERE r.bucket = u.bucket AND r.id = u.id"
    )
    with timer() as took:
        for start in range(1, rows + 1, _BATCH):
            ids = list(range(start, min(start + _BATCH, rows + 1)))
            with world.database.begin("bench", durable=False) as connection:
                connection.execute(statement, {"now": world.now, "buckets": [i % 256 for i in ids], "ids": ids})
    world.execute("DROP TABLE bench_run")
    return took.rate(rows)
