"""The runs of a pass's entries are found without reading every entry that there ever was."""

from alembic import op

revision = "0033"
down_revision = "0028"

_SQL = "CREATE INDEX ix_entry_bucket_tick ON entry (bucket, tick);"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
