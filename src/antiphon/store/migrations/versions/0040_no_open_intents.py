"""Messages are decided in the tick that asks for them, from the runs themselves: nothing is stored in between.

Runs that rest for an answer of the table that goes become due again at the instant at which they asked.
"""

from alembic import op

revision = "0040"
down_revision = "0039"

STATEMENTS = (
    """
    UPDATE run SET wake_at = i.at FROM intent i
     WHERE run.bucket = i.bucket AND run.id = i.run AND run.step = i.step AND run.wake_at = 'infinity'
    """,
    """
    UPDATE bucket_state SET floor = least(bucket_state.floor, f.at)
      FROM (SELECT bucket, min(at) AS at FROM intent GROUP BY bucket) f WHERE bucket_state.bucket = f.bucket
    """,
    "DROP TABLE intent",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
