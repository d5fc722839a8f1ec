"""Emails that are written in the editor, by name."""

from alembic import op

revision = "0019"
down_revision = "0018"

_SQL = """
CREATE TABLE email_draft (
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    document JSONB NOT NULL,
    past JSONB DEFAULT '[]'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_email_draft PRIMARY KEY (name)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
