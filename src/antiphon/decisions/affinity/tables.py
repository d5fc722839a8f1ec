"""What is learned of how often people answer on each channel, and whether choosing by it gains."""

from sqlalchemy import Column, Integer, Table

from antiphon.store.schema import Instant, Json, metadata

affinity_model = Table(
    "affinity_model",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("model", Json, nullable=False),  # affinity.models.Model
    Column("told", Json, nullable=False),  # how many people and messages there were, and what was gained
)
