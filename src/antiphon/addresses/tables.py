"""Consent and suppression: facts of an address, keyed by its ``abucket``."""

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, Json, abucket, big, metadata

consent_fact = Table(
    "consent_fact",
    metadata,
    abucket(),
    big("id", primary_key=True),
    Column("brand", SmallInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # marketing, transactional, cart
    Column("state", Text, nullable=False),  # pending, subscribed, unsubscribed
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("method", Text, nullable=False),  # web form, keyword, checkout, import, reply, one-click, api, demo
    Column("double_opt_in", Boolean, nullable=False, server_default=text("false")),
    Column("wording", Text),
    Column("wording_version", Text),
    Column("source", Text),
    Column("ip", Text),
    Column("agent", Text),
    Column("expires_at", Instant),
    Column("detail", Json),
    Index("ix_consent_fact_abucket_address", "abucket", "address"),
)

consent = Table(
    "consent",
    metadata,
    abucket(),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("brand", SmallInteger, primary_key=True, autoincrement=False),
    Column("purpose", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("double_opt_in", Boolean, nullable=False, server_default=text("false")),
    Column("expires_at", Instant),
)

suppression = Table(
    "suppression",
    metadata,
    abucket(),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),  # stop, one-click, preference, api, hard bounce, complaint, import
    Column("source", Text, nullable=False),
    Column("lifted_at", Instant),  # only by the person's own opt-in
    Column("hits", Integer, nullable=False, server_default=text("1")),
)
