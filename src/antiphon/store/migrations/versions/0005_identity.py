"""What humans say of who is who, proof of addresses, and what brings back a person who was merged.

Nothing here rewrites a row, so that it takes a moment however large the tables are.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_SQL = """
ALTER TABLE evidence ADD COLUMN verified_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE verdict (
    abucket SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    other_kind TEXT NOT NULL,
    other_value TEXT NOT NULL,
    act BIGINT NOT NULL,
    says TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    CONSTRAINT pk_verdict PRIMARY KEY (abucket, kind, value, other_kind, other_value, act)
);
CREATE INDEX ix_verdict_act ON verdict (act);

CREATE INDEX ix_conflict_at ON conflict (at);

ALTER TABLE alias ADD COLUMN kind TEXT;
ALTER TABLE alias ADD COLUMN value TEXT;
ALTER TABLE alias ADD COLUMN other_kind TEXT;
ALTER TABLE alias ADD COLUMN other_value TEXT;
ALTER TABLE alias ADD COLUMN die BIGINT;
CREATE INDEX ix_alias_to_person ON alias (to_person);

ALTER TABLE person ADD COLUMN via TEXT;
ALTER TABLE person ADD COLUMN told JSONB;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
