"""The evidence of a stranger's only arrival stands with their identifiers.

Nullable columns without a default rewrite no row; evidence that there is stays where it is and means the same.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

_SQL = """
ALTER TABLE identifier ADD COLUMN beside TEXT[], ADD COLUMN beside_source TEXT,
    ADD COLUMN beside_at TIMESTAMP WITH TIME ZONE
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
