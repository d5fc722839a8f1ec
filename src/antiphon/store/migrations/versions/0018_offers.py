"""Offers, pools of codes, who was given which, who asks for one, and which codes orders named."""

from alembic import op

revision = "0018"
down_revision = "0017"

_SQL = """
CREATE TABLE offer (
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    steps TEXT[] DEFAULT '{}'::text[] NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    valid_days INTEGER,
    remind_days INTEGER,
    min_order NUMERIC,
    currency TEXT DEFAULT '' NOT NULL,
    low_at INTEGER DEFAULT 100 NOT NULL,
    filled BIGINT DEFAULT 0 NOT NULL,
    taken BIGINT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_offer PRIMARY KEY (name)
);

CREATE TABLE coupon (
    offer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    code TEXT NOT NULL,
    key TEXT NOT NULL,
    CONSTRAINT pk_coupon PRIMARY KEY (offer, seq)
);
CREATE UNIQUE INDEX uq_coupon_key ON coupon (key);

CREATE TABLE coupon_given (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    offer TEXT NOT NULL,
    n SMALLINT NOT NULL,
    code TEXT NOT NULL,
    key TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    remind_at TIMESTAMP WITH TIME ZONE,
    run BIGINT,
    redeemed_at TIMESTAMP WITH TIME ZONE,
    order_id TEXT,
    CONSTRAINT pk_coupon_given PRIMARY KEY (bucket, person, offer, n)
);
CREATE INDEX ix_coupon_given_remind_at ON coupon_given (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX ix_coupon_given_key ON coupon_given (key);
CREATE INDEX ix_coupon_given_offer_given_at ON coupon_given (offer, given_at);

CREATE TABLE coupon_ask (
    bucket SMALLINT NOT NULL,
    run BIGINT NOT NULL,
    step TEXT NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    person BIGINT NOT NULL,
    offer TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    when_dry TEXT NOT NULL,
    use TEXT DEFAULT '' NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    state TEXT DEFAULT 'open' NOT NULL,
    why TEXT DEFAULT '' NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    tick BIGINT NOT NULL,
    CONSTRAINT pk_coupon_ask PRIMARY KEY (bucket, run, step, entered_at)
);
CREATE INDEX ix_coupon_ask_open ON coupon_ask (bucket) WHERE state = 'open';
CREATE INDEX ix_coupon_ask_dry ON coupon_ask (offer, until) WHERE state = 'dry';
CREATE INDEX ix_coupon_ask_answered ON coupon_ask (bucket) WHERE state IN ('given', 'refused');
CREATE INDEX ix_coupon_ask_bucket_tick ON coupon_ask (bucket, tick);

CREATE TABLE coupon_use (
    bucket SMALLINT NOT NULL,
    event BIGINT NOT NULL,
    person BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    keys TEXT[] NOT NULL,
    order_id TEXT DEFAULT '' NOT NULL,
    value NUMERIC,
    backfill BOOLEAN NOT NULL,
    CONSTRAINT pk_coupon_use PRIMARY KEY (bucket, event)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
