"""Write keys have a scope; those that there are go on as they were.

A constant default rewrites no row, so that this takes a moment however large the table is.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE source ADD COLUMN scope TEXT DEFAULT 'server' NOT NULL")
