"""Versions of which the live runs are moved to another version."""

from alembic import op

revision = "0024"
down_revision = "0023"

_SQL = """
ALTER TABLE journey_version ADD COLUMN moved_to INTEGER;
ALTER TABLE journey_version ADD COLUMN mapping JSONB;
ALTER TABLE journey_version ADD COLUMN moved_at TIMESTAMP WITH TIME ZONE;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
