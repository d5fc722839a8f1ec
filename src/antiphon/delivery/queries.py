"""All SQL of delivery. Statements on addresses carry ``abucket``, statements on people ``bucket``, never both."""

from sqlalchemy import text

#: The one hand-over from bucket to abucket. ``::text`` on each part, because ``text || integer`` is only STABLE.
#: ON CONFLICT without a target: a message is known by its id and by its key, and either may come again.
HAND_OVER = text("""
INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step,
                    occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, expires_at, state, state_at)
SELECT d.abucket, d.id,
       md5(d.address || '|' || d.journey::text || '|' || d.entry_key || '|' || d.step || '|' || d.visit::text)::uuid,
       d.address, d.channel, 1, d.purpose, d.bucket, d.person, d.run, d.journey, d.version, d.step,
       d.occasion_key, d.occasion_at, d.occasion_event, d.zones, :now, d.due_at, d.expires_at, 'planned', :now
  FROM decision d
 WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.tick = :tick AND d.channel IS NOT NULL
    ON CONFLICT DO NOTHING
""")
