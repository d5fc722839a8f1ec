"""Empties the test database between tests: as ``store.install.erase``, but only tables that a test came near, and those that
hold little by DELETE.

A test touches some thirty of ninety tables. TRUNCATE writes new files for each of them and each of their indexes, a sixth of a
second in all; DELETE of a few rows takes a hundredth. Dead rows stay until their table has reached ``SMALL``: nothing but
TRUNCATE frees their places in a test server (see ``tests.servers``), so what is new comes behind them, as into an empty table.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from antiphon.store.cluster import distribute
from antiphon.store.db import Database
from antiphon.store.install import erase, prepare

#: Bytes up to which a table is emptied by DELETE.
SMALL = 8 * 8192

# relpages would not do: only VACUUM counts them. Rows that were deleted again leave their pages, so those count as well.
# What has been analysed tells the planner of rows that are gone until it is truncated; triggers forbid DELETE of what is kept.
_TOUCHED = text("""
    SELECT c.relname, part.size <= :small AND c.relkind = 'r' AND c.reltuples < 0 AND NOT c.relhastriggers AS few,
           own.sequences
    FROM pg_class c
    CROSS JOIN LATERAL (
        SELECT pg_relation_size(c.oid) + coalesce(sum(pg_relation_size(p.relid)), 0) AS size FROM pg_partition_tree(c.oid) p
    ) part
    CROSS JOIN LATERAL (
        SELECT array_agg(s.seqrelid::regclass::text) AS sequences
        FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = c.oid AND pg_sequence_last_value(s.seqrelid) IS NOT NULL
    ) own
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname NOT IN ('zone', 'zone_span', 'alembic_version')
      AND (part.size > 0 OR own.sequences IS NOT NULL)
    ORDER BY c.relname
""")
_RESOLVE_STATE = text(
    "INSERT INTO resolve_state (id, batch, horizon, generation_at) VALUES (1, 0, '-infinity', '-infinity')"
)


def truncate(connection: Connection, names: str) -> None:
    """Empty these tables, which commas part: for a property whose every example begins with none of them filled."""
    _empty(connection, frozenset(names.split(", ")))


def empty(database: Database, now: datetime) -> None:
    """Leave nothing but reference data."""
    if distribute(database):  # a cluster's rows lie elsewhere: sizes here say nothing
        erase(database, now)
        _give_address(database)
        return
    with database.begin("install") as connection:
        _empty(connection)
        connection.execute(_RESOLVE_STATE)
    prepare(database, now)
    _give_address(database)


def _empty(connection: Connection, names: frozenset[str] | None = None) -> None:
    rows = connection.execute(_TOUCHED, {"small": SMALL}).all()
    wanted = [row for row in rows if names is None or row.relname in names]
    said = [f"DELETE FROM {row.relname}" for row in wanted if row.few]
    if names is None:
        said += [f"ALTER SEQUENCE {one} RESTART" for row in wanted if row.few for one in row.sequences or ()]
    if many := ", ".join(row.relname for row in wanted if not row.few):
        said.append(f"TRUNCATE {many}{' RESTART IDENTITY' if names is None else ''}")
    if said:
        connection.exec_driver_sql("; ".join(said))


def _give_address(database: Database) -> None:
    """As setting up does: without a postal address nothing promotional leaves."""
    with database.begin("install") as connection:
        connection.execute(text("UPDATE brand SET postal_address = '1 Test Street'"))
