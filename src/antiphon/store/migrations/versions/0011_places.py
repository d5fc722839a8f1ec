"""The states and provinces of people's orders and profiles."""

from alembic import op

revision = "0011"
down_revision = "0010"

_SQL = """
CREATE TABLE person_place (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    place TEXT NOT NULL,
    via TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person_place PRIMARY KEY (bucket, person, place, via)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
