"""Where tables must lie on a cluster, and whether they do."""

from sqlalchemy import text

from antiphon.store.cluster import REFERENCES
from antiphon.store.db import Database
from antiphon.store.schema import metadata
from tests.statements import import_tables

_WHERE = text("""
    SELECT c.relname AS name, d.colocationid AS beside,
           CASE d.partmethod WHEN 'h' THEN column_to_column_name(d.logicalrelid, d.partkey)
                             WHEN 'n' THEN CASE d.repmodel WHEN 't' THEN 'everywhere' ELSE 'here' END
                             ELSE 'here' END AS place
    FROM pg_class c LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
""")
_PARTS = text("""
    SELECT i.inhrelid::regclass::text AS name FROM pg_inherits i LEFT JOIN pg_dist_partition d ON d.logicalrelid = i.inhrelid
    WHERE i.inhparent = 'event'::regclass AND d.partmethod IS DISTINCT FROM 'h'
""")


class WrongError(Exception):
    """Something is not as it must be on a cluster."""


def wanted() -> dict[str, str]:
    """Every table of the product with the column that it is spread by, or ``everywhere`` or ``here``, the coordinator."""
    import_tables()
    found = {}
    for name, table in metadata.tables.items():
        first = next(iter(table.primary_key.columns)).name
        place = first if first in {"bucket", "abucket", "pbucket"} else "here"
        found[name] = "everywhere" if name in REFERENCES else place
    return found


def check(database: Database) -> str:
    """Raises ``WrongError`` where a table lies elsewhere; returns how many lie where."""
    with database.read() as connection:
        rows = {row.name: row for row in connection.execute(_WHERE)}
        apart = connection.execute(_PARTS).scalars().all()
    want = wanted()
    wrong = [
        f"{name} lies {rows[name].place if name in rows else 'nowhere'}, not {place}"
        for name, place in want.items()
        if name not in rows or rows[name].place != place
    ]
    # what grows with people must not lie on one machine, however its key is made
    wrong += [
        f"{name} has rows of {column} and is not spread"
        for name, place in want.items()
        for column in ("person", "address")
        if place in {"here", "everywhere"} and column in metadata.tables[name].c
    ]
    wrong += [f"{name} is not spread with its parent" for name in apart]
    for key in ("bucket", "abucket", "pbucket"):
        groups = {rows[name].beside for name, place in want.items() if place == key and name in rows}
        if len(groups) != 1:
            wrong.append(f"the tables by {key} lie in {len(groups)} groups, not together")
    if wrong:
        raise WrongError("; ".join(wrong))
    places = list(want.values())
    return ", ".join(
        f"{places.count(place)} {place}" for place in ("bucket", "abucket", "pbucket", "everywhere", "here")
    )
