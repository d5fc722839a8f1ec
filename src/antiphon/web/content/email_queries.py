"""All SQL of the pages about emails, beside the library's own."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: Emails of the steps of journeys, as the version that people enter now has them.
STEPS = text("""
SELECT j.slug, j.name AS journey, s.step ->> 'id' AS step, s.step -> 'content' -> 'email' ->> 'subject' AS subject,
       s.step -> 'content' -> 'email' ->> 'of' AS of, v.definition #>> '{trigger,events,0}' AS event
  FROM journey j JOIN journey_version v ON v.id = j.version
 CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'steps') WITH ORDINALITY s(step, place)
 WHERE j.state <> 'archived' AND s.step -> 'content' -> 'email' ->> 'subject' IS NOT NULL
 ORDER BY j.name, j.id, s.place
""")

#: People are spread over the buckets by hashes, so that whoever comes first is nobody in particular.
READERS = text("""
SELECT bucket, person, min(address) AS address FROM person_address
 WHERE channel = 'email' GROUP BY bucket, person LIMIT :limit
""")

KIT = text("SELECT value FROM setting WHERE key = 'kit.1'")
SAVE_KIT = text("""
INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :by)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""").bindparams(bindparam("value", type_=JSONB))

#: Two at once would each find room for one.
ONE_TEST_AT_A_TIME = text("SELECT pg_advisory_xact_lock(168230931)")

#: Tests since an instant, of somebody and of everybody.
TESTS = text("""
SELECT count(*) AS all, count(*) FILTER (WHERE who = :who) AS own FROM audit
 WHERE at > :since AND area = 'emails' AND what = 'test sent'
""")
