"""One index finds whether any errand waits, open or sent: an idle tick asks once."""

from alembic import op

revision = "0025"
down_revision = "0024"

_SQL = """
DROP INDEX ix_errand_try_at;
CREATE INDEX ix_errand_waiting ON errand (try_at) WHERE state IN ('open', 'sent');
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
