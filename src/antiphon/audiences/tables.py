"""Segments, who is in them, and when who must be looked at again."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    text,
)

from antiphon.store.schema import Instant, Json, big, bucket, metadata

#: Few rows, copied to every node of a cluster: statements over people are joined with it.
segment = Table(
    "segment",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # what conditions call it; never changes
    Column("title", Text, nullable=False),
    Column("definition", Json, nullable=False),  # audiences.segments.models.Segment
    Column("source", Text, nullable=False),  # the YAML that it was last defined by
    Column("state", Text, nullable=False, server_default=text("'live'")),  # live, archived
    Column("revision", Integer, nullable=False, server_default=text("1")),  # grows when who is meant changes
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("held_at", Instant),  # set when its own SQL failed; its members stay as they are until it is released
    Column("held_error", Text),
)

segment_member = Table(
    "segment_member",
    metadata,
    bucket(),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    big("person", primary_key=True),
    Column("since", Instant, nullable=False),
    Index("ix_segment_member_bucket_person", "bucket", "person"),
)

#: When a truth is no longer good by time alone; who is not here waits for a touch.
segment_due = Table(
    "segment_due",
    metadata,
    bucket(),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    big("person", primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_segment_due_bucket_at", "bucket", "at"),
    Index("ix_segment_due_bucket_person", "bucket", "person"),
)

#: Which revision the members of a bucket follow, and how many they are.
segment_bucket = Table(
    "segment_bucket",
    metadata,
    bucket(),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("members", Integer, nullable=False),
)

#: Who came and went, by day.
segment_flow = Table(
    "segment_flow",
    metadata,
    bucket(),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),  # of UTC
    Column("entered", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
)

touched_number = Sequence("touched_number", metadata=metadata, data_type=BigInteger)

#: Changes of people that no fresh event tells: the next tick looks at them and lets them go. Rows are only added, because
#: one that stood for two changes could go before the second of them is there.
touched = Table(
    "touched",
    metadata,
    bucket(),
    Column("id", BigInteger, primary_key=True, autoincrement=False, server_default=text("nextval('touched_number')")),
    big("person"),
    Column("what", Text, nullable=False),  # audiences.touches
    Column("quiet", Boolean, nullable=False),  # history: what comes of it starts nothing
)
