"""What journeys have done for their people: profiles changed, other programs called."""

from alembic import op

revision = "0022"
down_revision = "0021"

_SQL = """
CREATE TABLE errand (
    bucket SMALLINT NOT NULL,
    run BIGINT NOT NULL,
    step TEXT NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    person BIGINT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    state TEXT DEFAULT 'open' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    try_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    why JSONB,
    answered_at TIMESTAMP WITH TIME ZONE,
    tick BIGINT NOT NULL,
    CONSTRAINT pk_errand PRIMARY KEY (bucket, run, step, entered_at)
);
CREATE INDEX ix_errand_open ON errand (version, step, try_at) WHERE state = 'open';
CREATE INDEX ix_errand_try_at ON errand (try_at) WHERE state = 'open';
CREATE INDEX ix_errand_sent ON errand (sent_at) WHERE state = 'sent';
CREATE INDEX ix_errand_answered ON errand (bucket) WHERE state IN ('done', 'failed');
CREATE INDEX ix_errand_bucket_tick ON errand (bucket, tick);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
