"""What is for sale, how its prices and stock changed, and the occasions that came of it.

``product`` is what statements over people may be joined with: small, and copied to every node of a cluster. Histories are
spread by product: ``pbucket`` is the slot of the product's id, as ``bucket`` is of a person's.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)

from antiphon.store.schema import Instant, Json, big, metadata, pbucket

_TEXTS = text("'{}'::text[]")
_EMPTY = text("''")

product = Table(
    "product",
    metadata,
    Column("id", Text, primary_key=True),  # the shop's own
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False, server_default=_EMPTY),
    Column("image", Text, nullable=False, server_default=_EMPTY),
    # with the digits that the shop gave; null: not known. With variants that have prices, the lowest of them
    Column("price", Numeric),
    Column("compare_at", Numeric),  # what the shop strikes through beside it
    Column("currency", Text, nullable=False, server_default=_EMPTY),  # ISO 4217; '' while there is no price
    Column("stock", Integer),  # pieces for sale; null: not counted, always for sale
    Column("category", ARRAY(Text), nullable=False, server_default=_TEXTS),  # from the widest to the narrowest
    Column("vendor", Text, nullable=False, server_default=_EMPTY),
    Column("tags", ARRAY(Text), nullable=False, server_default=_TEXTS),
    Column("created_at", Instant, nullable=False),
    # of the newest word about each: an older one changes nothing
    Column("updated_at", Instant, nullable=False),
    Column("priced_at", Instant),
    Column("stocked_at", Instant),
    Column("deleted_at", Instant),
    Index("ix_product_title_id", "title", "id"),
)

variant = Table(
    "variant",
    metadata,
    Column("product", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False, server_default=_EMPTY),
    Column("sku", Text, nullable=False, server_default=_EMPTY),
    Column("price", Numeric),  # in the product's currency
    Column("compare_at", Numeric),
    Column("stock", Integer),
    Column("place", SmallInteger, nullable=False, server_default=text("0")),  # in the shop's order
)

#: Price of a product from an instant on. ``variant`` is '' for the product as a whole.
price_change = Table(
    "price_change",
    metadata,
    pbucket(),
    Column("product", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("price", Numeric),  # null: none any more
    Column("currency", Text, nullable=False),
)

stock_change = Table(
    "stock_change",
    metadata,
    pbucket(),
    Column("product", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("stock", Integer),
)

#: A price that dropped, a stock that ran low or came back: told once to each who was interested, in portions of buckets.
occasion = Table(
    "occasion",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),  # price, low, back
    Column("product", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("price", Numeric),
    Column("old_price", Numeric),  # the lowest of the 30 days before a drop
    Column("currency", Text, nullable=False, server_default=_EMPTY),
    Column("stock", Integer),
    # for a drop: [from, until, price] of each span in which a look saw a price that this one is a drop from
    Column("looks", Json),
    Column("state", Text, nullable=False, server_default=text("'open'")),  # open, told, passed (no longer true)
    Column("done", SmallInteger, nullable=False, server_default=text("0")),  # how many of kit.buckets.BUCKETS
    Column("told", Integer, nullable=False, server_default=text("0")),  # people
    Column("done_at", Instant),
    Index("ix_occasion_open", "id", postgresql_where=text("state = 'open'")),
    Index("ix_occasion_product_at", "product", "at"),
)

#: A file of products on its way in. Its people-less twin of ``file_import``.
feed = Table(
    "feed",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # uploading, uploaded, running, done, failed, cancelled
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("size", BigInteger, nullable=False, server_default=text("0")),  # bytes of text
    Column("lines", BigInteger, nullable=False, server_default=text("0")),
    Column("head", Json),  # columns, delimiter, where rows begin; see intake.feeds.models.Head
    Column("mapping", Json),
    Column("position", BigInteger, nullable=False, server_default=text("0")),  # bytes that came in
    Column("line", BigInteger, nullable=False, server_default=text("0")),
    Column("counts", Json, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error", Text),
)

feed_chunk = Table(
    "feed_chunk",
    metadata,
    big("feed", primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

#: Which products and variants ('' is the product) a feed has told of, and in which line first; 0: that line was refused.
feed_product = Table(
    "feed_product",
    metadata,
    big("feed", primary_key=True),
    Column("product", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("line", Integer, nullable=False),
)

feed_fault = Table(
    "feed_fault",
    metadata,
    big("feed", primary_key=True),
    big("line", primary_key=True),
    Column("product", Text, nullable=False),  # its id, where the row had one
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
)
