"""Spreads the tables over a Citus cluster, where the database is the coordinator of one.

Which table goes where is read from the database's catalogue: what has ``bucket`` first in its primary key is spread by it,
what has ``abucket`` first by that, histories of products by ``pbucket``, so that whatever is joined by one of them lies
together. What distributed rows are compared with is copied to every node. Everything else stays on the coordinator:
arrivals and their resolver, commands, senders, accounts, and the journeys, which the engine reads on their own and pages
join with few rows.
"""

from sqlalchemy import Connection, text

from antiphon.store.db import Database

#: Read inside statements over people: their local time and, where their zone is unknown, the brand's; figures of the brand;
#: what is for sale, which is beside what people looked at; segments by their names.
REFERENCES = ("brand", "product", "segment", "statistic", "zone", "zone_span")

_LOCK = text("SELECT pg_advisory_xact_lock(168230915)")
_IS_CLUSTER = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")

# A partitioned table is asked for alone: its partitions, also later ones, go with it.
_KEYED = text("""
    SELECT c.relname AS name, a.attname AS key, coalesce(d.partmethod = 'h', false) AS spread
    FROM pg_class c
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND a.attname IN ('bucket', 'abucket', 'pbucket')
    ORDER BY spread DESC, c.relname
""")
_LOCAL_REFERENCES = text("""
    SELECT c.relname FROM pg_class c
    LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:names) AND d.repmodel IS DISTINCT FROM 't'
    ORDER BY c.relname
""")
# Citus spreads a table that has a trigger, and makes one on a spread table, only where this is on: a trigger that reached for
# rows elsewhere would find none. Ours reaches for nothing.
_ALLOW_TRIGGERS = text("SET LOCAL citus.enable_unsafe_triggers = on")
#: The migration leaves it out on a cluster. See docs/decisions/0014.
_LEDGER_IS_KEPT = text(
    "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'consent_fact'::regclass AND tgname = 'consent_fact_is_kept')"
)
_KEEP_LEDGER = text("""
    CREATE TRIGGER consent_fact_is_kept BEFORE UPDATE OR DELETE ON consent_fact
    FOR EACH ROW EXECUTE FUNCTION ledger_is_only_added_to()
""")
_COPY_TO_ALL = text("SELECT create_reference_table(cast(:name AS regclass))")
_SPREAD = text("SELECT create_distributed_table(cast(:name AS regclass), :key, colocate_with => :beside)")


def distribute(database: Database) -> bool:
    """Spread what is not spread yet; returns whether the database is a cluster's. Safe to repeat.

    Rows that lie in the tables already move along, under a lock: a large database is spread once, with nothing running.
    """
    with database.begin("install") as connection:
        if not connection.execute(_IS_CLUSTER).scalar_one():
            return False
        connection.execute(_LOCK)
        connection.execute(_ALLOW_TRIGGERS)
        for name in connection.execute(_LOCAL_REFERENCES, {"names": list(REFERENCES)}).scalars().all():
            connection.execute(_COPY_TO_ALL, {"name": name})
        _spread(connection)
        if not connection.execute(_LEDGER_IS_KEPT).scalar_one():
            connection.execute(_KEEP_LEDGER)
    return True


def _spread(connection: Connection) -> None:
    """The keys are of one type, so that Citus would lay their tables together; each is given a group of its own."""
    first: dict[str, str] = {}
    for name, key, spread in connection.execute(_KEYED).all():
        if not spread:
            connection.execute(_SPREAD, {"name": name, "key": key, "beside": first.get(key, "none")})
        first.setdefault(key, name)
