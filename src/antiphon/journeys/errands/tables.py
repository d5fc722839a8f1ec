"""What runs have asked to be done: a person to be changed, or a program to be called."""

from sqlalchemy import Column, Index, Integer, Table, Text, text

from antiphon.store.schema import Instant, Json, big, bucket, metadata

#: Runs that rest until their errand is done. The tick asks, the stage ``errands`` does it and answers, the tick moves the run
#: on and forgets the errand.
errand = Table(
    "errand",
    metadata,
    bucket(),
    big("run", primary_key=True),
    Column("step", Text, primary_key=True),
    Column("entered_at", Instant, primary_key=True),  # tells one visit of the step from another
    big("person"),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # update, call
    Column("at", Instant, nullable=False),
    Column("until", Instant),  # how long a call is tried again; null of an update, which cannot fail
    Column("state", Text, nullable=False, server_default=text("'open'")),  # open, sent (to the resolver), done, failed
    Column(
        "attempts", Integer, nullable=False, server_default=text("0")
    ),  # whoever claims it counts on: an older claim is void
    Column("try_at", Instant, nullable=False),  # when it may be taken: the next attempt, or the end of a lease
    Column("sent_at", Instant),  # what was sent is done once the resolver's horizon is so far
    Column("why", Json),  # what came of it, for the move
    Column("answered_at", Instant),
    big("tick"),
    Index("ix_errand_open", "version", "step", "try_at", postgresql_where=text("state = 'open'")),
    Index("ix_errand_waiting", "try_at", postgresql_where=text("state IN ('open', 'sent')")),
    Index("ix_errand_sent", "sent_at", postgresql_where=text("state = 'sent'")),
    Index("ix_errand_answered", "bucket", postgresql_where=text("state IN ('done', 'failed')")),
    Index("ix_errand_bucket_tick", "bucket", "tick"),
)
