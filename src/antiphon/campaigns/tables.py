"""Campaigns, whom each is meant for, and how far each bucket is with it."""

from sqlalchemy import BigInteger, Column, Identity, Integer, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, Json, big, bucket, metadata

#: Few rows. What a campaign says and asks never changes once it was launched.
campaign = Table(
    "campaign",
    metadata,
    # decisions and messages bear it with a minus sign, as journey and as version (docs/decisions/0023)
    Column("id", Integer, Identity(), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft, reviewed, planning, sending, done, paused, cancelled
    Column("paused_in", Text),  # planning or sending, while it is paused
    Column(
        "definition", Json, nullable=False
    ),  # campaigns.models.Campaign, with the emails of the library that it names
    Column("source", Text, nullable=False),  # the YAML as written
    Column("sha256", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("review", Json),  # of this very definition
    Column("reviewed_at", Instant),
    Column("review_error", Text),  # why the last review came to nothing
    Column("launched_at", Instant),
    Column("launched_by", Text),
    Column("gather_at", Instant),  # when its people are picked
    Column("plan_at", Instant),  # when each one's channel and moment are decided
    Column("opens_at", Instant),  # the window
    Column("closes_at", Instant),
    Column("planned_at", Instant),  # the last bucket was
    Column("done_at", Instant),  # or cancelled
    Column("waking", SmallInteger),  # how many abuckets were told to go on, to stop; null: nothing to tell
    Column("result", Json),  # what became of its messages, once it is over
    Column("held_error", Text),  # its own SQL failed
)

#: Who a campaign is meant for, as of its launch. Whom a rule of the campaign leaves out stands here as well, with the rule.
campaign_member = Table(
    "campaign_member",
    metadata,
    bucket(),
    Column("campaign", Integer, primary_key=True, autoincrement=False),
    big("person", primary_key=True),
    Column("step", Text, nullable=False),  # by which of its policies they are decided: campaigns.policy
    Column("left_out", Text),  # unengaged, excluded
)

#: One row per bucket and campaign once its people were picked; what it counts commits with what it counts.
campaign_bucket = Table(
    "campaign_bucket",
    metadata,
    bucket(),
    Column("campaign", Integer, primary_key=True, autoincrement=False),
    Column("members", Integer, nullable=False),
    Column("unengaged", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
    Column("planned_at", Instant),
    Column("email", Integer, nullable=False, server_default=text("0")),
    Column("sms", Integer, nullable=False, server_default=text("0")),
    Column("unwritten", Integer, nullable=False, server_default=text("0")),
    Column("barred", Json),  # rule -> people, of those who get nothing
)

#: The pace of a campaign that has one. A row for each, locked for the moment in which a claim takes its share.
campaign_pace = Table(
    "campaign_pace",
    metadata,
    Column("campaign", Integer, primary_key=True, autoincrement=False),
    Column("per_hour", Integer, nullable=False),
    Column("free_at", Instant, nullable=False),  # when the next message may leave
    Column("given", BigInteger, nullable=False, server_default=text("0")),
    Column("reserved_until", Instant, nullable=False),  # deferred messages were given moments up to here
)
