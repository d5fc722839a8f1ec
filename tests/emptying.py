"""Empties the test database between tests: as ``store.install.erase``, but only tables that a test came near.

A test touches a dozen of some seventy tables, and TRUNCATE writes new files for each table and index that it is told of.
What never had a row since the last time, and whose sequence nobody asked, is as it would be after TRUNCATE.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from antiphon.store.cluster import distribute
from antiphon.store.db import Database
from antiphon.store.install import erase, prepare

# relpages would not do: only VACUUM counts them. Rows that were deleted again leave their pages, so those count as well.
_TOUCHED = text("""
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname NOT IN ('zone', 'zone_span', 'alembic_version')
      AND (pg_relation_size(c.oid) > 0
        OR EXISTS (SELECT FROM pg_partition_tree(c.oid) part WHERE pg_relation_size(part.relid) > 0)
        OR EXISTS (SELECT FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
                   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                     AND d.refobjid = c.oid AND pg_sequence_last_value(s.seqrelid) IS NOT NULL))
    ORDER BY c.relname
""")
_RESOLVE_STATE = text(
    "INSERT INTO resolve_state (id, batch, horizon, generation_at) VALUES (1, 0, '-infinity', '-infinity')"
)


def truncate(connection: Connection, names: str) -> None:
    """Empty these tables, which commas part: for a property whose every example begins with none of them filled."""
    wanted = set(names.split(", "))
    if touched := [name for name in connection.execute(_TOUCHED).scalars() if name in wanted]:
        connection.execute(text(f"TRUNCATE {', '.join(touched)}"))


def empty(database: Database, now: datetime) -> None:
    """Leave nothing but reference data."""
    if distribute(database):  # a cluster's rows lie elsewhere: sizes here say nothing
        erase(database, now)
        _give_address(database)
        return
    with database.begin("install") as connection:
        touched = ", ".join(connection.execute(_TOUCHED).scalars())  # resolve_state and others at all times
        connection.execute(text(f"TRUNCATE {touched} RESTART IDENTITY"))
        connection.execute(_RESOLVE_STATE)
    prepare(database, now)
    _give_address(database)


def _give_address(database: Database) -> None:
    """As setting up does: without a postal address nothing promotional leaves."""
    with database.begin("install") as connection:
        connection.execute(text("UPDATE brand SET postal_address = '1 Test Street'"))
