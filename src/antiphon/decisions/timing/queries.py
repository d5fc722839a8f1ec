"""All SQL of send times but that of counting."""

from sqlalchemy import text

from antiphon.decisions.timing.counting import SLOTS

MODEL = text("SELECT version, at, hours, kappa, told FROM rhythm_model ORDER BY version DESC LIMIT 1")

#: Of some people who did enough.
RHYTHMS = text("""
SELECT r.person, array_send(r.hours) AS hours, r.acts
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN person_rhythm r ON r.bucket = k.bucket AND r.person = k.person
 WHERE r.acts >= :least
""")

_EACH = ", ".join(f"sum(hours[{slot}])" for slot in range(1, SLOTS + 1))
EVERYBODY = text(f"SELECT count(*), {_EACH} FROM person_rhythm WHERE bucket = ANY(cast(:buckets AS smallint[]))")

SAMPLE = text("""
SELECT bucket, person FROM person_rhythm
 WHERE bucket = ANY(cast(:buckets AS smallint[])) AND acts >= :least ORDER BY bucket, person LIMIT :limit
""")

ACTS = text("""
SELECT e.person, floor(extract(epoch FROM e.at))::bigint AS at, s.utc_offset
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN event e ON e.bucket = k.bucket AND e.person = k.person AND e.at >= :since AND e.at <= :now AND e.name = ANY(:names)
  JOIN person p ON p.bucket = e.bucket AND p.id = e.person
  JOIN zone_span s ON s.zone = coalesce(p.zone, :zone) AND s.from_utc <= e.at AND s.to_utc > e.at
 WHERE (e.props->>'machine') IS DISTINCT FROM 'true'
""")

ZONE = text("SELECT zone FROM brand WHERE id = 1")

KEEP = text("""
INSERT INTO rhythm_model (version, at, hours, kappa, told) VALUES (:version, :now, :hours, :kappa, :told)
    ON CONFLICT (version) DO NOTHING
""")

#: Messages due in a stretch whose hour was drawn, a row per day, channel and arm. A person counts once for each.
OUTCOMES = text("""
SELECT q.day, q.channel, q.arm, count(*) AS messages, count(*) FILTER (WHERE q.answered) AS answered
  FROM (
    SELECT d.bucket, d.person, d.channel, d.arm, floor(extract(epoch FROM d.due_at) / 86400)::int AS day,
           bool_or(e.id IS NOT NULL) AS answered
      FROM decision d
      LEFT JOIN event e ON e.bucket = d.bucket AND e.person = d.person AND e.at >= d.due_at
           AND e.at < d.due_at + cast(:within AS interval)
           AND e.name = ANY(:responses) AND starts_with(e.name, CASE d.channel WHEN 'email' THEN 'Email ' ELSE 'SMS ' END)
           AND (e.props->>'machine') IS DISTINCT FROM 'true'
     WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.arm IS NOT NULL
       AND d.due_at >= :since AND d.due_at < :until
     GROUP BY d.bucket, d.person, d.channel, d.arm, floor(extract(epoch FROM d.due_at) / 86400)::int
  ) q GROUP BY q.day, q.channel, q.arm
""")

LAST_DAY = text("SELECT max(day) FROM timing_outcome")

#: Counting a day again gives the same.
WRITE_OUTCOMES = text("""
INSERT INTO timing_outcome (day, channel, arm, messages, answered)
SELECT * FROM unnest(cast(:days AS date[]), cast(:channels AS text[]), cast(:arms AS smallint[]),
                     cast(:messages AS bigint[]), cast(:answered AS bigint[]))
    ON CONFLICT (day, channel, arm) DO UPDATE SET messages = excluded.messages, answered = excluded.answered
""")

ARMS = text("""
SELECT channel, arm, sum(messages)::bigint AS messages, sum(answered)::bigint AS answered
  FROM timing_outcome GROUP BY channel, arm
""")

DAYS = text("SELECT channel, count(DISTINCT day) AS days FROM timing_outcome GROUP BY channel")

#: Messages whose hour was drawn, the newest first, each with what is told of the lot and whether somebody answered.
LOTS = text("""
SELECT d.bucket, d.channel, (d.reasons->'timing'->'lot')::text AS lot,
       EXISTS (SELECT 1 FROM event e
                WHERE e.bucket = d.bucket AND e.person = d.person AND e.at >= d.due_at
                  AND e.at < d.due_at + cast(:within AS interval) AND e.name = ANY(:responses)
                  AND starts_with(e.name, CASE d.channel WHEN 'email' THEN 'Email ' ELSE 'SMS ' END)
                  AND (e.props->>'machine') IS DISTINCT FROM 'true') AS answered
  FROM decision d
 WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.arm = ANY(cast(:arms AS smallint[]))
   AND d.due_at >= :since AND d.due_at < :until AND d.reasons->'timing' ? 'lot'
 ORDER BY d.due_at DESC, d.bucket, d.id LIMIT :limit
""")
