"""Codes that a sign-up promised and that are not given yet; which products a feed has told of."""

from alembic import op

revision = "0021"
down_revision = "0020"

_SQL = """
CREATE TABLE coupon_wish (
    abucket SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    brand SMALLINT NOT NULL,
    offer TEXT NOT NULL,
    code TEXT NOT NULL,
    language TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_coupon_wish PRIMARY KEY (abucket, channel, address, brand, offer, code)
);

CREATE TABLE feed_product (
    feed BIGINT NOT NULL,
    product TEXT NOT NULL,
    line INTEGER NOT NULL,
    CONSTRAINT pk_feed_product PRIMARY KEY (feed, product)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
