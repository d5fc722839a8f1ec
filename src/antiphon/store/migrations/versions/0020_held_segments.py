"""Segments whose own SQL failed are held."""

from alembic import op

revision = "0020"
down_revision = "0019"

_SQL = """
ALTER TABLE segment ADD COLUMN held_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE segment ADD COLUMN held_error TEXT;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
