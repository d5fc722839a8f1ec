"""Emails that are written here, by name; journeys take them over when they are published."""

from sqlalchemy import Column, Table, Text, text

from antiphon.store.schema import Instant, Json, metadata

email_draft = Table(
    "email_draft",
    metadata,
    Column("name", Text, primary_key=True),  # as `email: {use: name}` has it
    Column("title", Text, nullable=False),
    Column("document", Json, nullable=False),  # content.models.EmailContent
    Column("past", Json, nullable=False, server_default=text("'[]'::jsonb")),  # what it was before, the newest last
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
)
