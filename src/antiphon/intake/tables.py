"""What came in and has not become events yet. Plain tables: one resolver reads them in bulk."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Integer, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, Json, abucket, big, metadata

source = Table(
    "source",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("key_prefix", Text, nullable=False, index=True),
    Column("key_sha256", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("scope", Text, nullable=False, server_default=text("'server'")),  # server, events
)

arrival = Table(
    "arrival",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),  # identify, track, page, alias, consent
    Column("at", Instant, nullable=False),  # the event's own time, clock skew corrected
    Column("received_at", Instant, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("body", Json, nullable=False),
)

rejected_arrival = Table(
    "rejected_arrival",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rejected_at", Instant, nullable=False),
    Index("ix_rejected_arrival_rejected_at", "rejected_at"),
)


def _seen(generation: int) -> Table:
    """One of the two generations of message ids; the older one is emptied whole when they turn."""
    return Table(
        f"seen_message_{generation}",
        metadata,
        Column("source", Text, primary_key=True),
        Column("message_id", Text, primary_key=True),
    )


seen_message = (_seen(0), _seen(1))

resolve_state = Table(
    "resolve_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("batch", BigInteger, nullable=False),
    # every arrival received at or before this instant has become events and fresh
    Column("horizon", Instant, nullable=False),
    Column("generation", Integer, nullable=False, server_default=text("0")),
    Column("generation_at", Instant, nullable=False),
    Column("next_person", BigInteger, nullable=False, server_default=text("1")),
    Column("next_event", BigInteger, nullable=False, server_default=text("1")),
)

#: Every text that came in, once, with what it was taken for; beside the suppression that it may have caused.
inbound_text = Table(
    "inbound_text",
    metadata,
    abucket(),
    big("id", primary_key=True),  # hash64 of source and the provider's message id: a redelivery finds itself
    Column("address", Text, nullable=False),
    Column("sent_to", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("meaning", Text, nullable=False),  # stop, start, help, keyword, reply
    Column("rule", Text, nullable=False),  # what of rules.replies decided
    Column("brand", SmallInteger, nullable=False),
    Column("review", Text),  # open, stands, restored: what a human was asked, and said
    Column("reviewed_at", Instant),
    Column("reviewed_by", Text),
    Column("review_reason", Text),
    Index("ix_inbound_text_review_at", "at", postgresql_where=text("review IS NOT NULL")),
    Index("ix_inbound_text_abucket_address_at", "abucket", "address", "at"),
)

#: Codes in prefilled texts: a sign-up that lacks only the number of the phone that brings it back.
text_code = Table(
    "text_code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("sign_up", Json, nullable=False),  # see intake.opting_in.SignUp
    Column("event", Json, nullable=False),
    Column("until", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_text_code_until", "until"),
)

#: Sign-ups of units and their confirmations by day (UTC); nobody is known by it.
unit_count = Table(
    "unit_count",
    metadata,
    Column("unit", Text, primary_key=True),  # its slug
    Column("channel", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("submitted", BigInteger, nullable=False),
    Column("confirmed", BigInteger, nullable=False),
)
