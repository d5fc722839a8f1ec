"""What was learned to recommend, and when."""

from sqlalchemy import ARRAY, BigInteger, Column, Table, Text

from antiphon.store.schema import Instant, Json, big, bucket, metadata

recommendation = Table(
    "recommendation",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("kind", Text, primary_key=True),  # next: new to them; again: what they bought before
    Column("products", ARRAY(Text), nullable=False),  # the shop's own ids, best first
    Column("at", Instant, nullable=False),  # since when it is this list
)

best_seller = Table(
    "best_seller",
    metadata,
    Column("category", Text, primary_key=True),  # empty: the whole shop
    Column("products", ARRAY(Text), nullable=False),
    Column("at", Instant, nullable=False),
)

learned = Table(
    "learned",
    metadata,
    Column("what", Text, primary_key=True),
    Column("running_since", Instant),  # a worker has it in hand; taken over when it is too long ago
    Column("finished_at", Instant),
    # how many orders, and events of any kind that is learned from, there were then
    Column("orders", BigInteger, nullable=False, server_default="0"),
    Column("events", BigInteger, nullable=False, server_default="0"),
    Column("told", Json),  # what was chosen and why, how many people and products, how long it took
)
