"""Versions know when they asked for the members of their segment, and how far that has come."""

from alembic import op

revision = "0029"
down_revision = "0033"

_SQL = """
ALTER TABLE journey_version ADD COLUMN members_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE journey_version ADD COLUMN members_done INTEGER NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
