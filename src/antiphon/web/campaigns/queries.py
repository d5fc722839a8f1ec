"""All SQL of the pages about campaigns."""

from sqlalchemy import text

#: How far every launched one is: its people, and of those that are not over its messages, by state.
PEOPLE = text("""
SELECT campaign, sum(members)::bigint AS members, sum(email)::bigint AS email, sum(sms)::bigint AS sms,
       sum(unengaged + excluded)::bigint AS left_out, sum(unwritten)::bigint AS unwritten,
       coalesce(sum(members - unengaged - excluded) FILTER (WHERE planned_at IS NOT NULL), 0)::bigint AS planned
  FROM campaign_bucket GROUP BY campaign
""")
#: ``journey < 0`` is said for the index that holds campaigns' messages alone.
MESSAGES = text("""
SELECT journey, state, count(*) AS n FROM outbox WHERE journey < 0 AND journey = ANY(:origins) GROUP BY 1, 2
""")

#: Who clicked a link of a campaign's message, and who answered at all on its channel since it went to them. From those who
#: answered anything since the window opened: a small part of everybody.
ANSWERS = text("""
SELECT d.journey, d.channel, count(*) AS answered, count(*) FILTER (WHERE c.clicked) AS clicked
  FROM engagement g
  JOIN decision d ON d.bucket = g.bucket AND d.person = g.person AND d.channel = g.channel
 CROSS JOIN LATERAL (
       SELECT EXISTS (
              SELECT 1 FROM event e
               WHERE e.bucket = g.bucket AND e.person = g.person AND e.at >= d.due_at
                 AND e.name IN ('Email Clicked', 'SMS Clicked') AND e.props->'journey' = to_jsonb(d.journey)
                 AND e.props->>'class' IS DISTINCT FROM 'machine') AS clicked) c
 WHERE g.last_at >= :since AND g.last_at >= d.due_at AND d.journey = ANY(:origins)
 GROUP BY 1, 2
""")

#: Campaigns that follow one.
FOLLOWERS = text("""
SELECT slug, name, state, review_error, held_error, gather_at, launched_at FROM campaign
 WHERE definition->'retarget'->>'campaign' = :slug ORDER BY id
""")
#: Those that another can follow, and those names that are taken.
EARLIER = text("""
SELECT slug, name, launched_at FROM campaign WHERE state <> 'cancelled' ORDER BY coalesce(launched_at, changed_at) DESC LIMIT 100
""")
SEGMENTS = text("""
SELECT s.name, s.title, s.state, coalesce(sum(b.members), 0)::bigint AS members
  FROM segment s LEFT JOIN segment_bucket b ON b.segment = s.id
 GROUP BY s.id, s.name, s.title, s.state ORDER BY s.title
""")
EMAILS = text("SELECT name, title FROM email_draft ORDER BY title")
OFFERS = text("SELECT name, title FROM offer WHERE deleted_at IS NULL ORDER BY name LIMIT 20")
BRAND = text("SELECT name, zone, settings FROM brand WHERE id = 1")
PEOPLE_NAMES = text("""
SELECT p.id, p.traits FROM person p
  JOIN unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) w(bucket, person)
    ON p.bucket = w.bucket AND p.id = w.person
""")
