"""What belongs to the whole installation: local time, settings, the brand."""

from sqlalchemy import Column, Integer, SmallInteger, Table, Text

from antiphon.store.schema import Instant, Json, metadata

zone = Table(
    "zone",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
)

zone_span = Table(
    "zone_span",
    metadata,
    Column("zone", SmallInteger, primary_key=True, autoincrement=False),
    Column("from_utc", Instant, primary_key=True),
    Column("to_utc", Instant, nullable=False),
    Column("utc_offset", Integer, nullable=False),  # seconds east
)

brand = Table(
    "brand",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("base_url", Text, nullable=False),  # links in messages start with it
    Column("from_name", Text, nullable=False),
    Column("from_email", Text, nullable=False),
    Column("from_phone", Text, nullable=False),
    Column("postal_address", Text, nullable=False),
    Column("zone", SmallInteger, nullable=False),
    Column("settings", Json, nullable=False),  # see decisions.settings.BrandSettings
)

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
)
