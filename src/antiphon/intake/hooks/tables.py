"""Webhooks of third parties: what each sends, and how it is read."""

from sqlalchemy import Column, Table, Text

from antiphon.store.schema import Instant, metadata

hook = Table(
    "hook",
    metadata,
    Column("name", Text, primary_key=True),
    Column("definition", Text, nullable=False),  # YAML as its author wrote it, see models.Hook
    Column("token_sha256", Text, nullable=False),
    Column("secret", Text),  # the sender signs with it, so it is kept as it is
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("refused_at", Instant),
    Column("refused", Text),  # why the last one was refused, for whoever sets it up
)
