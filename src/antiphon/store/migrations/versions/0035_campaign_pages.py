"""Why a campaign's last review failed, so that whoever launches it is told."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE campaign ADD COLUMN review_error TEXT")
