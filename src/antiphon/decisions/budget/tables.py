"""What texts cost: set aside when they are planned, and what came of it."""

from sqlalchemy import ARRAY, BigInteger, Column, Float, Integer, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, metadata

#: A day (2026-11-23) or a month (2026-11) of the brand's clock, in portions: whoever decides holds the locks of some of them
#: until what they set aside commits, so that nobody waits for one row. Money in millionths.
budget_portion = Table(
    "budget_portion",
    metadata,
    Column("period", Text, primary_key=True),
    Column("portion", SmallInteger, primary_key=True, autoincrement=False),
    Column("reserved", BigInteger, nullable=False, server_default=text("0")),
    Column("texts", Integer, nullable=False, server_default=text("0")),
    Column("asked", ARRAY(BigInteger), nullable=False, server_default=text("'{}'::bigint[]")),  # of journeys, by bin
    Column("price", Float, nullable=False, server_default=text("0")),  # the gain per cost last asked for
)

#: What became of it, counted from the messages now and then.
budget_use = Table(
    "budget_use",
    metadata,
    Column("period", Text, primary_key=True),
    Column("reserved", BigInteger, nullable=False),  # in all
    Column("waiting", BigInteger, nullable=False),  # of messages that may still leave, at the most
    Column("spent", BigInteger, nullable=False),  # by the segments that left
    Column("freed", BigInteger, nullable=False),  # set aside and not needed: free again
    Column("texts", Integer, nullable=False),  # that left
    Column("asked", ARRAY(BigInteger), nullable=False, server_default=text("'{}'::bigint[]")),
    Column("at", Instant, nullable=False),
)
