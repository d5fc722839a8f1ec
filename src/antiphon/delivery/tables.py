"""Messages and everything that decides whether one leaves: keyed by the address's ``abucket``."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from antiphon.store.schema import Instant, Json, abucket, big, metadata

outbox = Table(
    "outbox",
    metadata,
    abucket(),
    big("id", primary_key=True),
    Column("key", Uuid, nullable=False),  # md5 of address|journey|entry|step|visit
    Column("address", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("brand", SmallInteger, nullable=False),
    Column("purpose", Text, nullable=False),  # marketing, transactional, cart, service
    Column("bucket", SmallInteger, nullable=False),
    big("person"),
    big("run"),
    Column("journey", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("occasion_key", Text, nullable=False),
    Column("occasion_at", Instant, nullable=False),
    big("occasion_event"),
    Column("zones", ARRAY(SmallInteger), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant),  # from then on it is dropped, never sent late
    # planned, due, claimed, handing, accepted, delivered; failed, unknown, held, dropped, cancelled
    Column("state", Text, nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("rule", Text),  # the rule behind the newest deferral, hold, drop or cancellation
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("claim", Uuid),
    Column("lease_until", Instant),
    Column("handing_at", Instant),
    Column("accepted_at", Instant),
    Column("provider", Text),
    Column("provider_ref", Text),
    Column("subject", Text),  # of a text: its words
    Column("segments", SmallInteger),
    Column("error", Text),
    Column("segment_price", Integer),  # of a text that a budget pays: in millionths
    Column("most_segments", SmallInteger),
    Column("spend_day", Date),  # the day for which it is set aside
    Index("ix_outbox_spend_day", "spend_day", postgresql_where=text("spend_day IS NOT NULL")),
    Index("uq_outbox_abucket_key", "abucket", "key", unique=True),
    # by channel, because one channel's backlog must not slow the other's claims
    Index(
        "ix_outbox_abucket_channel_due_at",
        "abucket",
        "channel",
        "due_at",
        postgresql_where=text("state IN ('planned', 'due')"),
    ),
    Index(
        "ix_outbox_abucket_lease_until",
        "abucket",
        "lease_until",
        postgresql_where=text("state IN ('claimed', 'handing')"),
    ),
    Index("ix_outbox_abucket_address_handing_at", "abucket", "address", "handing_at"),
    Index("ix_outbox_planned_at", "planned_at"),
    Index("ix_outbox_bucket_person", "bucket", "person"),
    # what became of a campaign's messages, while somebody watches
    Index("ix_outbox_campaign", "journey", "channel", "state", postgresql_where=text("journey < 0")),
    postgresql_with={"fillfactor": "80", "autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_cost_delay": "0"},
)

message_key = Table(
    "message_key",
    metadata,
    abucket(),
    Column("key", Uuid, primary_key=True),
    big("message"),
)

text_key = Table(
    "text_key",
    metadata,
    abucket(),
    Column("address", Text, primary_key=True),
    Column("occasion_key", Text, primary_key=True),
    big("message"),
)

message_log = Table(
    "message_log",
    metadata,
    abucket(),
    big("message", primary_key=True),
    Column("seq", BigInteger, Identity(), primary_key=True),  # a cluster takes identities of bigint only
    Column("at", Instant, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("rule", Text),
    Column("detail", Json),
    Index("ix_message_log_rule_at", "rule", "at", postgresql_where=text("rule IS NOT NULL")),
)

sender = Table(
    "sender",
    metadata,
    Column("id", Text, primary_key=True),  # 'email', 'sms', or a name of one's own
    Column("channel", Text, nullable=False),
    Column("provider", Text, nullable=False),  # smtp, sandbox
    Column("settings", Json, nullable=False),
    Column("rate", Float, nullable=False),  # tokens a second: messages for email, segments for texts
    Column("burst", Float, nullable=False),
    Column("tokens", Float, nullable=False),
    Column("refilled_at", Instant, nullable=False),
    Column("paused_until", Instant),  # set while the provider cannot be reached
    Column("error", Text),
)

sandbox_message = Table(
    "sandbox_message",
    metadata,
    abucket(),
    Column("id", BigInteger, Identity(), primary_key=True),
    big("message", nullable=True),  # null for what a person texted back
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("inbound", Boolean, nullable=False, server_default=text("false")),
    Column("at", Instant, nullable=False),
    Column("subject", Text),
    Column("html", Text),
    Column("body", Text, nullable=False),
    Column("headers", Json),
    Column("segments", SmallInteger),
    Index("ix_sandbox_message_at", "at"),
    Index("ix_sandbox_message_abucket_address", "abucket", "address"),
)

#: A brand's own words for service messages, where it does not use ours. Few rows, read with each round that needs them.
service_text = Table(
    "service_text",
    metadata,
    Column("brand", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),  # see content.service.KINDS
    Column("channel", Text, primary_key=True),
    Column("subject", Text),
    Column("text", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
)

#: Links followed and pictures loaded from messages, until it is judged whether a person did it. Gone after an hour.
touch = Table(
    "touch",
    metadata,
    abucket(),
    Column("id", BigInteger, Identity(), primary_key=True),
    big("message"),
    Column("kind", Text, nullable=False),  # click, open
    Column("link", SmallInteger, nullable=False),  # the number of the link
    Column("method", Text, nullable=False),  # GET, HEAD
    Column("at", Instant, nullable=False),
    Column("agent", Text, nullable=False),
    Column("self_told", Boolean, nullable=False),  # its headers say that no person asks
    big("caller", nullable=True),  # where it came from, as a keyed hash
    Column("judged_at", Instant),
    Index("ix_touch_at", "at"),
    Index("ix_touch_abucket_message", "abucket", "message"),
)
