"""All SQL of the report on pressure. What is read of people is read of some whole buckets where there are many."""

from sqlalchemy import text

_BETWEEN = "d.due_at >= cast(:since AS timestamptz) AND d.due_at < cast(:until AS timestamptz)"
_CALLED_OFF = """(d.journey = ANY(cast(:called_off AS integer[])) AND d.due_at > :now)"""

#: How many messages lie in a few buckets, so that it is known of how many buckets the rest may be read.
SIZE = text(f"""
SELECT count(*) FROM decision d WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.channel IS NOT NULL AND {_BETWEEN}
""")
#: People by day (number among :bounds), by how many messages they got or are to get on it, and those messages by channel.
BY_DAY = text(f"""
SELECT m.day, m.n, count(*) AS people, sum(m.email)::bigint AS email, sum(m.sms)::bigint AS sms
  FROM (SELECT d.bucket, d.person, width_bucket(d.due_at, cast(:bounds AS timestamptz[])) AS day, count(*) AS n,
               count(*) FILTER (WHERE d.channel = 'email') AS email, count(*) FILTER (WHERE d.channel = 'sms') AS sms
          FROM decision d
         WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.channel IS NOT NULL AND d.purpose <> 'transactional'
           AND {_BETWEEN} AND NOT {_CALLED_OFF}
         GROUP BY d.bucket, d.person, width_bucket(d.due_at, cast(:bounds AS timestamptz[]))) m
 GROUP BY m.day, m.n ORDER BY m.day, m.n
""")
#: What pressure cost: along an index that holds nothing else.
LOSSES = text("""
SELECT d.reasons #>> '{pressure,rule}' AS rule, d.journey AS loser,
       cast(d.reasons #>> '{pressure,to,origin}' AS integer) AS winner,
       d.channel IS NULL AS unwritten, count(*) AS n, sum(d.lost)::float8 AS lost
  FROM decision d WHERE d.lost IS NOT NULL AND d.decided_at >= :since
 GROUP BY 1, 2, 3, 4
""")
#: What the last gate held up by spacing and caps, and what became too late by it.
GATE = text("""
SELECT l.rule, 'later' AS became, count(*) AS n FROM message_log l
 WHERE l.rule = ANY(cast(:rules AS text[])) AND l.at >= :since GROUP BY l.rule
 UNION ALL
SELECT l.detail->>'barred_by', 'never', count(*) FROM message_log l
 WHERE l.rule IN ('expired', 'carrier.48h') AND l.at >= :since AND l.detail->>'barred_by' = ANY(cast(:rules AS text[]))
 GROUP BY l.detail->>'barred_by'
""")
BRAND = text("SELECT zone, settings FROM brand WHERE id = 1")
#: What may stand under ``caps`` besides stays.
SAVE = text("""
UPDATE brand SET settings = settings || jsonb_build_object(
           'caps', coalesce(settings->'caps', '{}'::jsonb) || cast(:caps AS jsonb), 'budget', cast(:budget AS jsonb))
 WHERE id = 1
""")
