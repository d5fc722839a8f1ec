"""How many messages reached people and were answered, decayed, and what is learned of it."""

from alembic import op

revision = "0034"
down_revision = "0030"

_GROWN = "power(2::float8, greatest(-1000, least(1000, (extract(epoch FROM {0})::float8 - 1577836800) / 7776000)))"
_MESSAGE = "coalesce(e.props->>'message', floor(extract(epoch FROM e.at) / 86400)::text)"
_CHANNEL = "CASE WHEN starts_with(e.name, 'Email ') THEN 'email' ELSE 'sms' END"

_TABLES = """
ALTER TABLE engagement
    ADD COLUMN sends FLOAT DEFAULT 0 NOT NULL,
    ADD COLUMN answers FLOAT DEFAULT 0 NOT NULL;

CREATE TABLE affinity_model (
    version INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    model JSONB NOT NULL,
    told JSONB NOT NULL,
    CONSTRAINT pk_affinity_model PRIMARY KEY (version)
);
"""

# What is fresh still will be counted by the tick.
_FILL = f"""
INSERT INTO engagement (bucket, person, channel, answers)
SELECT q.bucket, q.person, q.channel, sum({_GROWN.format("least(q.at, q.received_at)")})
  FROM (
    SELECT DISTINCT ON (e.bucket, e.person, {_CHANNEL}, {_MESSAGE})
           e.bucket, e.person, e.at, e.received_at, {_CHANNEL} AS channel
      FROM event e LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id
     WHERE f.event IS NULL AND e.name IN ('Email Clicked', 'SMS Clicked', 'SMS Replied')
       AND (e.props->>'machine') IS DISTINCT FROM 'true'
     ORDER BY e.bucket, e.person, {_CHANNEL}, {_MESSAGE}, e.at, e.id
  ) q GROUP BY 1, 2, 3
    ON CONFLICT (bucket, person, channel) DO UPDATE SET answers = excluded.answers;

INSERT INTO engagement (bucket, person, channel, sends)
SELECT e.bucket, e.person, {_CHANNEL}, sum({_GROWN.format("least(e.at, e.received_at)")})
  FROM event e LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id
 WHERE f.event IS NULL AND e.name IN ('Email Delivered', 'SMS Delivered')
 GROUP BY 1, 2, 3
    ON CONFLICT (bucket, person, channel) DO UPDATE SET sends = excluded.sends;

-- what is on its way to be counted is in the outbox as well
INSERT INTO engagement (bucket, person, channel, sends)
SELECT q.bucket, q.person, q.channel, sum(q.worth)
  FROM (
    SELECT o.bucket, o.person, o.channel, {_GROWN.format("o.accepted_at")} AS worth
      FROM outbox o
     WHERE o.accepted_at IS NOT NULL AND o.purpose IN ('marketing', 'cart') AND NOT starts_with(o.address, 'erased:')
    UNION ALL
    SELECT d.bucket, d.person, d.channel, -{_GROWN.format("d.at")} FROM delivered d
  ) q GROUP BY 1, 2, 3
    ON CONFLICT (bucket, person, channel) DO UPDATE SET sends = greatest(0, engagement.sends + excluded.sends);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_TABLES)
    op.get_bind().exec_driver_sql(_FILL)
