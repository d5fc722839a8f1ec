"""Entries remember when the goal of their journey was reached."""

from alembic import op

revision = "0028"
down_revision = "0031"

_SQL = """
ALTER TABLE entry ADD COLUMN goal_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE entry ADD COLUMN goal_version INTEGER;
CREATE INDEX ix_entry_goal_version ON entry (goal_version) WHERE goal_version IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
