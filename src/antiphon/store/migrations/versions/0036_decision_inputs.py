"""What decisions were made from, so that each can be made again."""

from alembic import op

revision = "0036"
down_revision = "0035"

_SQL = """
CREATE TABLE decision_basis (
    id BIGINT NOT NULL,
    tick BIGINT NOT NULL,
    value JSONB NOT NULL,
    CONSTRAINT pk_decision_basis PRIMARY KEY (id, tick)
);

ALTER TABLE decision ADD COLUMN inputs TEXT;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
