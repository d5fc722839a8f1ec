"""Sign-up units and their versions, how often they were seen, and what is remembered for a while against abuse."""

from sqlalchemy import BigInteger, Column, Date, Identity, Index, Integer, Table, Text

from antiphon.store.schema import Instant, Json, metadata

unit = Table(
    "unit",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft, active, paused
    Column("version", Integer, nullable=False),  # unit_version.number that visitors see
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

unit_version = Table(
    "unit_version",
    metadata,
    Column("unit", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("definition", Json, nullable=False),  # the validated model, immutable
    Column("source", Text, nullable=False),  # the YAML as written
    Column("sha256", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Text, nullable=False),
)

#: Counted without anybody being known: a view is no fact of a person.
unit_view = Table(
    "unit_view",
    metadata,
    Column("unit", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),  # UTC
    Column("n", BigInteger, nullable=False),
)

#: How often something was seen in its window: a network or an address (as keyed hashes), a spent piece of work.
sign_up_mark = Table(
    "sign_up_mark",
    metadata,
    Column("key", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_sign_up_mark_until", "until"),
)
