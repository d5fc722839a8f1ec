"""The engine's own state: how far each bucket is, what it is asked to do, and who is at work."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Sequence, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, Json, bucket, metadata

bucket_state = Table(
    "bucket_state",
    metadata,
    bucket(),
    # every arrival received at or before this instant has been reacted to in this bucket
    Column("reacted_through", Instant, nullable=False),
    # no run of this bucket is due before this instant; keeps dead index entries out of the due probe
    Column("floor", Instant, nullable=False),
)

command = Table(
    "command",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("bucket", SmallInteger),  # the person's bucket; null for what concerns the installation
    Column("payload", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("actor", Json),  # kind and origin of whoever asked, for the audit log
    Column("done_at", Instant),
    Column("result", Json),
    Column("error", Text),
    Index("ix_command_waiting", "id", postgresql_where=text("done_at IS NULL")),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("version", Text, nullable=False),
    Column("note", Text),
)

#: Numbers the passes of ticks: what one pass wrote carries its number.
tick_number = Sequence("tick_number", metadata=metadata, data_type=BigInteger)
