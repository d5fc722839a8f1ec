"""Offers, the codes of their pools, who was given which, and who asks for one.

``offer`` and ``coupon`` are local tables with one writer at a time; the others belong to people. A pool is given out in the
order of ``seq``: what is up to ``offer.taken`` is gone, so that a code is given by moving one number, and never twice.
"""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, Integer, Numeric, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, abucket, big, bucket, metadata

_EMPTY = text("''")
_TEXTS = text("'{}'::text[]")

offer = Table(
    "offer",
    metadata,
    Column("name", Text, primary_key=True),  # what journeys and templates call it, for good
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),  # static, pool, steps
    Column("code", Text, nullable=False, server_default=_EMPTY),  # of a static one
    Column("steps", ARRAY(Text), nullable=False, server_default=_TEXTS),  # offers, one after the other
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("valid_days", Integer),  # after the day on which it was given; null: until the offer ends
    Column("remind_days", Integer),  # before a code expires; null: no reminder
    Column("min_order", Numeric),  # what an order must come to; told, the shop sees to it
    Column("currency", Text, nullable=False, server_default=_EMPTY),
    Column("low_at", Integer, nullable=False, server_default=text("100")),  # a pool with fewer codes wants attention
    Column("filled", BigInteger, nullable=False, server_default=text("0")),  # coupons 1 to filled are there
    Column("taken", BigInteger, nullable=False, server_default=text("0")),  # coupons 1 to taken are given
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("deleted_at", Instant),
)

coupon = Table(
    "coupon",
    metadata,
    Column("offer", Text, primary_key=True),
    big("seq", primary_key=True),
    Column("code", Text, nullable=False),  # as the shop spells it
    Column("key", Text, nullable=False),  # as shops compare it; stands once in all pools
    Index("uq_coupon_key", "key", unique=True),
)

#: Which code a person has of an offer. ``n`` is 0 but where a merge brought two together: the oldest is 0, both are valid.
coupon_given = Table(
    "coupon_given",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("offer", Text, primary_key=True),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("remind_at", Instant),  # when "Coupon Expiring" is due; null: never, or done
    big("run", nullable=True),  # that asked for it, which it follows in a split; null: given by hand
    Column("redeemed_at", Instant),
    Column("order_id", Text),
    Index("ix_coupon_given_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
    Index("ix_coupon_given_key", "key"),
    Index("ix_coupon_given_offer_given_at", "offer", "given_at"),
)

#: Runs that wait for a code. The tick asks, the stage ``offers`` answers, the tick moves the run on and forgets the ask.
coupon_ask = Table(
    "coupon_ask",
    metadata,
    bucket(),
    big("run", primary_key=True),
    Column("step", Text, primary_key=True),
    Column("entered_at", Instant, primary_key=True),  # tells one visit of the step from another
    big("person"),
    Column("offer", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("when_dry", Text, nullable=False),  # skip, wait, use
    Column("use", Text, nullable=False, server_default=_EMPTY),  # the code instead
    Column("until", Instant),  # how long it waits for a pool to be filled
    Column("state", Text, nullable=False, server_default=text("'open'")),  # open, dry (waits), given, refused
    Column("why", Text, nullable=False, server_default=_EMPTY),  # of an answer; see offers.models.REFUSALS
    Column("answered_at", Instant),
    big("tick"),
    Index("ix_coupon_ask_open", "bucket", postgresql_where=text("state = 'open'")),
    Index("ix_coupon_ask_dry", "offer", "until", postgresql_where=text("state = 'dry'")),
    Index("ix_coupon_ask_answered", "bucket", postgresql_where=text("state IN ('given', 'refused')")),
    Index("ix_coupon_ask_bucket_tick", "bucket", "tick"),
)

#: Codes that an order named, until the stage ``offers`` has looked whose they are.
coupon_use = Table(
    "coupon_use",
    metadata,
    bucket(),
    big("event", primary_key=True),
    big("person"),
    Column("at", Instant, nullable=False),
    Column("keys", ARRAY(Text), nullable=False),
    Column("order_id", Text, nullable=False, server_default=_EMPTY),
    Column("value", Numeric),  # what the order came to
    Column("backfill", Boolean, nullable=False),
)

#: What a sign-up promised to an address, once it may be written to: the code of an offer, or one that everybody gets. The
#: resolver writes it with the consent, the stage ``offers`` keeps it and forgets it; who holds the address is looked up then.
coupon_wish = Table(
    "coupon_wish",
    metadata,
    abucket(),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("brand", SmallInteger, primary_key=True, autoincrement=False),
    Column("offer", Text, primary_key=True),  # empty: ``code`` is for everybody
    Column("code", Text, primary_key=True),
    Column("language", Text, nullable=False, server_default=_EMPTY),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # how long it waits for a pool to be filled, or an offer to begin
)
