"""Sign-ups and confirmations of units, counted by day where they are recorded; those of the last 30 days are filled in."""

from alembic import op

revision = "0013"
down_revision = "0012"

_SQL = """
CREATE TABLE unit_count (
    unit TEXT NOT NULL,
    channel TEXT NOT NULL,
    day DATE NOT NULL,
    submitted BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    CONSTRAINT pk_unit_count PRIMARY KEY (unit, channel, day)
);

INSERT INTO unit_count (unit, channel, day, submitted, confirmed)
SELECT e.props->>'unit', e.props->>'channel', (e.at AT TIME ZONE 'UTC')::date, count(*),
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM event c
            WHERE c.bucket = e.bucket AND c.person = e.person AND c.at >= e.at
              AND c.name = CASE e.props->>'channel' WHEN 'sms' THEN 'SMS Subscribed' ELSE 'Email Subscribed' END))
  FROM event e
 WHERE e.name = 'Form Submitted' AND e.at >= now() - interval '30 days'
   AND e.props->>'unit' IS NOT NULL AND e.props->>'channel' IN ('email', 'sms')
 GROUP BY 1, 2, 3;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL)
