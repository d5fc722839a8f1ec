"""Consent and suppression: facts of an address, keyed by its ``abucket``. What people are asked: wordings and keywords."""

from sqlalchemy import ARRAY, Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

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
    Column("state", Text, nullable=False),  # pending, subscribed, unsubscribed, paused
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    # web form, keyword, checkout, double opt-in, reply, preference, import, api, implied purchase, implied inquiry, demo;
    # of an opt-out the reason of its suppression
    Column("method", Text, nullable=False),
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
    Column("paused_until", Instant),  # the person's own wish; past when it is over
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

#: Every wording that somebody was shown, never changed: a changed text is another version.
wording = Table(
    "wording",
    metadata,
    Column("version", Text, primary_key=True),  # the beginning of SHA-256 over all below
    Column("brand", SmallInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("locale", Text, nullable=False),  # BCP 47
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
)

#: Words that, texted to a brand's number, begin an opt-in.
keyword = Table(
    "keyword",
    metadata,
    Column("brand", SmallInteger, primary_key=True, autoincrement=False),
    Column("word", Text, primary_key=True),  # as rules.replies compares: lower case, no punctuation
    Column("wording", Text, nullable=False),  # the version that its call to action shows
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
