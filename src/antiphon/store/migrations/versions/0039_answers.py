"""When people answer messages, once the hours are taken out at which they were written to."""

from alembic import op

revision = "0039"
down_revision = "0038"

_SQL = """
CREATE TABLE answer_model (
    version INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    fingerprint TEXT NOT NULL,
    model JSONB NOT NULL,
    told JSONB NOT NULL,
    CONSTRAINT pk_answer_model PRIMARY KEY (version)
);

ALTER TABLE person_rhythm ADD COLUMN answers REAL[];
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
