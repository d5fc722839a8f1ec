"""What a migrated database needs before the engine can run: buckets, zones, the brand."""

from datetime import datetime

from sqlalchemy import Connection, text

from antiphon.kit.buckets import BUCKETS
from antiphon.kit.zones import UTC_ZONE, data_version, spans, zone_names
from antiphon.store.cluster import distribute
from antiphon.store.db import Database, copy_rows
from antiphon.store.migrate import upgrade
from antiphon.store.tables import zone, zone_span

_TABLES = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname NOT IN ('zone', 'zone_span', 'alembic_version')
""")
_RESOLVE_STATE = text(
    "INSERT INTO resolve_state (id, batch, horizon, generation_at) VALUES (1, 0, '-infinity', '-infinity')"
)
_SAVE_ZONES = text("""
    INSERT INTO setting (key, value, changed_at, changed_by)
    VALUES ('zones', jsonb_build_array(cast(:version AS text)), :now, 'install')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
""")


def erase(database: Database, now: datetime) -> None:
    """Forget everything but reference data: afterwards it is another installation. For a demo that was broken off."""
    with database.begin("install") as connection:
        tables = ", ".join(sorted(connection.execute(_TABLES).scalars()))
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        connection.execute(_RESOLVE_STATE)
    prepare(database, now)


def prepare(database: Database, now: datetime) -> None:
    """Migrate, spread over a cluster where there is one, fill in what is missing. Safe to repeat, then fast."""
    upgrade(database)
    distribute(database)
    with database.begin("install") as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(168230914)"))
        _zones(connection, now)
        connection.execute(
            text(
                "INSERT INTO bucket_state (bucket, reacted_through, floor) "
                "SELECT b, '-infinity', '-infinity' FROM unnest(cast(:buckets AS smallint[])) b ON CONFLICT DO NOTHING"
            ),
            {"buckets": list(BUCKETS)},
        )
        connection.execute(
            text(
                "INSERT INTO brand (id, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings) "
                "VALUES (1, 'My shop', '', 'My shop', 'shop@example.com', '+15550100', '', :zone, '{}') "
                "ON CONFLICT DO NOTHING"
            ),
            {"zone": UTC_ZONE},
        )
        # which installation a copy of this database is of; kept through backups
        connection.execute(
            text(
                "INSERT INTO setting (key, value, changed_at, changed_by) "
                "VALUES ('installation', to_jsonb(gen_random_uuid()), :now, 'install'), "
                # the key by which addresses of erased people are hashed; whoever loses it bars nobody of them any more
                "('address_key', to_jsonb(gen_random_uuid()::text || gen_random_uuid()::text), :now, 'install') "
                "ON CONFLICT DO NOTHING"
            ),
            {"now": now},
        )
        connection.execute(
            text(
                "INSERT INTO sender (id, channel, provider, settings, rate, burst, tokens, refilled_at) VALUES "
                "('email', 'email', 'sandbox', '{}', 2000, 4000, 4000, :now), "
                "('sms', 'sms', 'sandbox', '{}', 2000, 4000, 4000, :now) ON CONFLICT DO NOTHING"
            ),
            {"now": now},
        )


def _zones(connection: Connection, now: datetime) -> None:
    """Zones and their spans, written anew where they came from other data than this release's."""
    version = data_version()
    if connection.execute(text("SELECT value->>0 FROM setting WHERE key = 'zones'")).scalar() == version:
        return
    connection.execute(text("DELETE FROM zone_span"))
    connection.execute(text("DELETE FROM zone"))
    copy_rows(connection, zone, ("id", "name"), enumerate(zone_names()))
    rows = [(z, s.start, s.end, s.utc_offset) for z in range(len(zone_names())) for s in spans(z)]
    copy_rows(connection, zone_span, ("zone", "from_utc", "to_utc", "utc_offset"), rows)
    connection.execute(_SAVE_ZONES, {"version": version, "now": now})
