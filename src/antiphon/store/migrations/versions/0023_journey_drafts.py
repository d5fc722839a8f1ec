"""Journeys that somebody changes and has not published yet."""

from alembic import op

revision = "0023"
down_revision = "0022"

_SQL = """
CREATE TABLE journey_draft (
    account INTEGER NOT NULL,
    slug TEXT NOT NULL,
    base INTEGER NOT NULL,
    source TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_journey_draft PRIMARY KEY (account, slug)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
