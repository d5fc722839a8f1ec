"""Recommendations per person, best sellers, and when they were learned."""

from alembic import op

revision = "0014"
down_revision = "0013"

_SQL = """
CREATE TABLE recommendation (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    kind TEXT NOT NULL,
    products TEXT[] NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_recommendation PRIMARY KEY (bucket, person, kind)
);

CREATE TABLE best_seller (
    category TEXT NOT NULL,
    products TEXT[] NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_best_seller PRIMARY KEY (category)
);

CREATE TABLE learned (
    what TEXT NOT NULL,
    running_since TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    orders BIGINT DEFAULT 0 NOT NULL,
    events BIGINT DEFAULT 0 NOT NULL,
    told JSONB,
    CONSTRAINT pk_learned PRIMARY KEY (what)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
