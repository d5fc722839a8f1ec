"""What belongs to the whole installation: local time, settings, the brand."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, SmallInteger, Table, Text

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

#: Who did what. Rows are only added: a trigger refuses to change them, and lets retention alone delete them.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # user, key, process
    Column("who", Text, nullable=False),  # a user's email, a key's name, a process's
    Column("origin", Text),  # the network address it came from
    Column("area", Text, nullable=False),  # see store.audit.AREAS
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),  # what it was done to: 'person 4711', 'journey thanks'; '' for the whole
    Column("before", Json),
    Column("after", Json),
    Index("ix_audit_at_id", "at", "id"),
)
