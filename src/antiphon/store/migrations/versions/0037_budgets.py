"""What texts cost is set aside out of a day's and a month's budget, and what pressure cost stands beside decisions."""

from alembic import op

revision = "0037"
down_revision = "0036"

_SQL = """
CREATE TABLE budget_portion (
    period TEXT NOT NULL,
    portion SMALLINT NOT NULL,
    reserved BIGINT NOT NULL DEFAULT 0,
    texts INTEGER NOT NULL DEFAULT 0,
    asked BIGINT[] NOT NULL DEFAULT '{}'::bigint[],
    price FLOAT NOT NULL DEFAULT 0,
    CONSTRAINT pk_budget_portion PRIMARY KEY (period, portion)
);

CREATE TABLE budget_use (
    period TEXT NOT NULL,
    reserved BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    freed BIGINT NOT NULL,
    texts INTEGER NOT NULL,
    asked BIGINT[] NOT NULL DEFAULT '{}'::bigint[],
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_budget_use PRIMARY KEY (period)
);

ALTER TABLE decision ADD COLUMN segment_price INTEGER;
ALTER TABLE decision ADD COLUMN most_segments SMALLINT;
ALTER TABLE decision ADD COLUMN spend_day DATE;
ALTER TABLE decision ADD COLUMN lost REAL;
CREATE INDEX ix_decision_lost ON decision (decided_at) WHERE lost IS NOT NULL;

ALTER TABLE outbox ADD COLUMN segment_price INTEGER;
ALTER TABLE outbox ADD COLUMN most_segments SMALLINT;
ALTER TABLE outbox ADD COLUMN spend_day DATE;
CREATE INDEX ix_outbox_spend_day ON outbox (spend_day) WHERE spend_day IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
