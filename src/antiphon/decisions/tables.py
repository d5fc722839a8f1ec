"""What became of what was asked for, with the reasons."""

from sqlalchemy import ARRAY, JSON, REAL, Column, Date, Index, Integer, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, big, bucket, metadata

decision = Table(
    "decision",
    metadata,
    bucket(),
    big("id", primary_key=True),  # the intent's id, and the message's
    big("person"),
    big("run"),
    Column("journey", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("visit", SmallInteger, nullable=False),
    Column("at", Instant, nullable=False),  # when the person came to the step
    Column("decided_at", Instant, nullable=False),
    Column("channel", Text),  # null: not to write
    Column("address", Text),
    Column("abucket", SmallInteger),
    Column("due_at", Instant),
    Column("expires_at", Instant),
    Column("zones", ARRAY(SmallInteger), nullable=False, server_default=text("'{}'::smallint[]")),
    Column("purpose", Text, nullable=False),
    Column("occasion_key", Text, nullable=False),
    Column("occasion_at", Instant, nullable=False),
    big("occasion_event"),
    Column("entry_key", Text, nullable=False),
    Column("reasons", JSON(none_as_null=True), nullable=False),  # candidates, scores, what barred them, versions
    Column("arm", SmallInteger),  # where the hour was drawn by lot: timing.arms.Arm
    Column("inputs", Text),  # what it was made from, see decisions.replaying.inputs; null where it is older than that
    Column("segment_price", Integer),  # of a text that a budget pays: in millionths
    Column("most_segments", SmallInteger),
    Column("spend_day", Date),  # the day for which it is set aside
    Column("lost", REAL),  # what pressure cost: the worth that was expected without it, less that of what is sent
    big("tick"),
    Index("ix_decision_lost", "decided_at", postgresql_where=text("lost IS NOT NULL")),
    Index("ix_decision_bucket_person", "bucket", "person"),
    Index("ix_decision_bucket_tick", "bucket", "tick"),
    # what came of drawn hours
    Index("ix_decision_arm", "bucket", "due_at", postgresql_where=text("arm IS NOT NULL")),
    # the page that lists who was not written to, and why
    Index("ix_decision_not_written", "decided_at", postgresql_where=text("channel IS NULL")),
)
