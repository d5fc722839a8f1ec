"""All SQL of send times but that of counting."""

from sqlalchemy import text

from antiphon.decisions.timing.counting import SLOTS

MODEL = text("SELECT version, at, hours, kappa, told FROM rhythm_model ORDER BY version DESC LIMIT 1")

#: Of some people who did enough.
RHYTHMS = text("""
SELECT r.person, array_send(r.hours) AS hours, r.acts, r.answers
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

#: Campaigns that were cancelled: what was due of them afterwards never left. Of what hours come to they say nothing, not by what
#: left of them either: that were the early hours alone.
CALLED_OFF = text("""
SELECT -id AS origin, done_at FROM campaign WHERE state = 'cancelled' AND launched_at IS NOT NULL AND done_at > :since
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
       AND d.journey <> ALL(cast(:called_off AS integer[]))
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
   AND d.journey <> ALL(cast(:called_off AS integer[]))
   AND d.due_at >= :since AND d.due_at < :until AND d.reasons->'timing'->'lot' IS NOT NULL
 ORDER BY d.due_at DESC, d.bucket, d.id LIMIT :limit
""")

DELIVERED = text("SELECT coalesce(sum(delivered), 0)::bigint FROM engagement")

ANSWERS_MODEL = text("SELECT version, at, fingerprint, model, told FROM answer_model ORDER BY version DESC LIMIT 1")

KEEP_ANSWERS = text("""
INSERT INTO answer_model (version, at, fingerprint, model, told) VALUES (:version, :now, :fingerprint, :model, :told)
    ON CONFLICT (version) DO NOTHING
""")

#: People who answered often enough, with their zones; what is counted on both channels.
ANSWERERS = text("""
SELECT p.bucket, p.id AS person, p.zone
  FROM (
    SELECT bucket, person FROM engagement
     WHERE bucket = ANY(cast(:buckets AS smallint[])) AND person > :after
     GROUP BY bucket, person HAVING sum(responses) >= :least ORDER BY person LIMIT :limit
  ) q JOIN person p ON p.bucket = q.bucket AND p.id = q.person
""")

_SOME = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"

#: Messages that a provider took; the outbox points at people by an index of its own.
SENT = text(f"""
SELECT o.person, CASE o.channel WHEN 'sms' THEN 1 ELSE 0 END AS channel, extract(epoch FROM o.accepted_at)::bigint AS at,
       o.journey AS origin
  FROM {_SOME} JOIN outbox o ON o.bucket = k.bucket AND o.person = k.person
 WHERE o.accepted_at > :since AND o.accepted_at <= :now AND o.purpose NOT IN ('transactional', 'service')
""")

ANSWERED = text(f"""
SELECT e.person, CASE WHEN e.name LIKE 'SMS %' THEN 1 ELSE 0 END AS channel, extract(epoch FROM e.at)::bigint AS at
  FROM {_SOME} JOIN event e ON e.bucket = k.bucket AND e.person = k.person AND e.at > :since AND e.at <= :now
   AND e.name = ANY(:responses)
 WHERE (e.props->>'machine') IS DISTINCT FROM 'true'
""")

#: Under the buckets' locks, as what follows.
FORGET_ANSWERS = text("""
UPDATE person_rhythm SET answers = NULL
 WHERE bucket = ANY(cast(:buckets AS smallint[])) AND answers IS NOT NULL AND NOT person = ANY(cast(:people AS bigint[]))
""")

NOTE_ANSWERS = text("""
UPDATE person_rhythm r SET answers = cast(k.rhythm AS real[])
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:rhythms AS text[])) k(bucket, person, rhythm)
 WHERE r.bucket = k.bucket AND r.person = k.person AND r.answers IS DISTINCT FROM cast(k.rhythm AS real[])
""")
