"""What was sent at which hour of the week, and what came back, for the page of send times."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("""
    CREATE TABLE send_hour (
        day DATE NOT NULL,
        channel TEXT NOT NULL,
        slot SMALLINT NOT NULL,
        sent BIGINT NOT NULL,
        answered BIGINT NOT NULL,
        answers BIGINT NOT NULL,
        CONSTRAINT pk_send_hour PRIMARY KEY (day, channel, slot)
    )
    """)
