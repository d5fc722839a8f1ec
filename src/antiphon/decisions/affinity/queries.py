"""All SQL of affinity but that of counting, which is engagement's."""

from sqlalchemy import text

from antiphon.people.traits import PREFERRED_SPELLINGS

MODEL = text("SELECT version, at, model, told FROM affinity_model ORDER BY version DESC LIMIT 1")

KEEP = text("""
INSERT INTO affinity_model (version, at, model, told) VALUES (:version, :now, :model, :told) ON CONFLICT (version) DO NOTHING
""")

SETTINGS = text("SELECT settings FROM brand WHERE id = 1")

#: What the gate asks: people who were written to lately, and the messages that they have had.
WRITTEN_TO = text("""
SELECT count(DISTINCT person) AS people, coalesce(sum(delivered) FILTER (WHERE channel = 'email'), 0)::bigint AS email,
       coalesce(sum(delivered) FILTER (WHERE channel = 'sms'), 0)::bigint AS sms
  FROM engagement WHERE bucket = ANY(cast(:buckets AS smallint[])) AND last_delivered_at > :since
""")

#: Counts of some people, a row each, as they would be worth at ``people.engagement.EPOCH``.
COUNTS = text("""
SELECT coalesce(max(sends) FILTER (WHERE channel = 'email'), 0) AS email_sends,
       coalesce(max(sends) FILTER (WHERE channel = 'sms'), 0) AS sms_sends,
       coalesce(max(answers) FILTER (WHERE channel = 'email'), 0) AS email_answers,
       coalesce(max(answers) FILTER (WHERE channel = 'sms'), 0) AS sms_answers
  FROM engagement WHERE bucket = ANY(cast(:buckets AS smallint[]))
 GROUP BY bucket, person HAVING sum(sends) > 0 ORDER BY bucket, person LIMIT :limit
""")

_PREFERRED = ", ".join(f"p.traits ->> '{spelling}'" for spelling in PREFERRED_SPELLINGS)

#: Some who got messages on both channels lately, and never said which one they like.
ON_BOTH = text(f"""
SELECT e.bucket, e.person
  FROM engagement e
  JOIN engagement s ON s.bucket = e.bucket AND s.person = e.person AND s.channel = 'sms' AND s.last_delivered_at > :split
  JOIN person p ON p.bucket = e.bucket AND p.id = e.person
 WHERE e.bucket = ANY(cast(:buckets AS smallint[])) AND e.channel = 'email' AND e.last_delivered_at > :split
   AND coalesce({_PREFERRED}) IS NULL
 ORDER BY e.bucket, e.person LIMIT :limit
""")

_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"

#: Messages that were decided for some people, and those that history from elsewhere tells of.
SENT = text(f"""
SELECT d.person, CASE d.channel WHEN 'sms' THEN 1 ELSE 0 END AS channel, extract(epoch FROM d.due_at)::bigint AS at
  FROM {_PEOPLE} JOIN decision d ON d.bucket = k.bucket AND d.person = k.person
 WHERE d.channel IS NOT NULL AND d.purpose <> 'transactional' AND d.due_at > :since AND d.due_at <= :until
UNION ALL
SELECT e.person, CASE WHEN e.name LIKE 'SMS %' THEN 1 ELSE 0 END, extract(epoch FROM e.at)::bigint
  FROM {_PEOPLE} JOIN event e ON e.bucket = k.bucket AND e.person = k.person AND e.at > :since AND e.at <= :until
   AND e.name IN ('Email Delivered', 'SMS Delivered')
""")

#: One person's counts with what is said of them.
PERSON = text("""
SELECT channel, sends, answers, delivered, responses, last_at
  FROM engagement WHERE bucket = :bucket AND person = :person
""")

DECLARED = text(f"""
SELECT coalesce({_PREFERRED}) AS declared FROM person p WHERE p.bucket = :bucket AND p.id = :person
""")
