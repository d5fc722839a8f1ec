"""The migrated schema is the one that the tables describe, and its buckets spread evenly."""

import importlib
from collections import Counter

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from antiphon.kit.buckets import BUCKETS, hash64
from antiphon.store.db import Database
from antiphon.store.schema import metadata

CONTEXTS = (
    *(
        "store",
        "people",
        "addresses",
        "audiences",
        "catalogue.recommend",
        "intake",
        "journeys",
        "campaigns",
        "decisions",
        "delivery",
        "engine",
    ),
    *("signup", "web"),
)


def test_migrations_and_tables_agree(db: Database) -> None:
    for name in CONTEXTS:
        importlib.import_module(f"antiphon.{name}.tables")
    with db.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda o, name, kind, r, c: not name.startswith("event_")}
        )
        assert compare_metadata(context, metadata) == []


def test_buckets_spread_evenly_over_shards(db: Database) -> None:
    with db.read() as connection:
        hashes = (
            connection.execute(text("SELECT hashint2(b) FROM unnest(cast(:b AS smallint[])) b"), {"b": list(BUCKETS)})
            .scalars()
            .all()
        )
    for shards in (32, 64, 128, 256):
        spread = Counter((h + 2**31) * shards >> 32 for h in hashes)
        assert set(spread.values()) == {256 // shards}


def test_hash64_equals_the_servers(db: Database) -> None:
    words = ["", "a", "cart-17|checkout", "Zoë", "📦", "x" * 300]
    with db.read() as connection:
        theirs = (
            connection.execute(
                text(
                    "SELECT ('x' || md5(w))::bit(64)::bigint FROM unnest(cast(:w AS text[])) WITH ORDINALITY t(w, i) ORDER BY i"
                ),
                {"w": words},
            )
            .scalars()
            .all()
        )
    assert [hash64(w) for w in words] == theirs
