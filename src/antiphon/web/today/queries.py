"""All SQL of the page Today. Every statement is bounded by the period or by an index of what is open."""

from sqlalchemy import text

#: Handed over, by part of the two periods. Planned at most nine days before: the longest that a message may be put off.
SENT = text("""
SELECT channel, floor(extract(epoch FROM handing_at - :before) / :part)::int AS part, count(*) AS n
  FROM outbox
 WHERE planned_at >= :earliest AND planned_at < :end AND handing_at >= :before AND handing_at < :end
   AND state IN ('handing', 'accepted', 'delivered', 'unknown')
 GROUP BY 1, 2
""")

EVENTS = text("""
SELECT name, floor(extract(epoch FROM at - :before) / :part)::int AS part, count(*) AS n,
       sum(CASE WHEN jsonb_typeof(props->'revenue') = 'number' THEN (props->>'revenue')::numeric
                WHEN jsonb_typeof(props->'total') = 'number' THEN (props->>'total')::numeric ELSE 0 END) AS value
  FROM event
 WHERE at >= :before AND at < :end AND name = ANY(:names)
 GROUP BY 1, 2
""")

BARRED = text("""
SELECT rule, to_state AS state, count(DISTINCT message) AS n
  FROM message_log
 WHERE rule IS NOT NULL AND at >= :start AND at < :end AND to_state IN ('planned', 'held', 'dropped', 'cancelled')
 GROUP BY 1, 2 ORDER BY n DESC LIMIT 8
""")

RUNS = text("SELECT journey, count(*) AS n FROM run GROUP BY 1")

JOURNEYS = text("SELECT id, slug, name FROM journey")

WAITING = text("""
SELECT channel, count(*) AS n, min(due_at) AS next_due FROM outbox WHERE state IN ('planned', 'due') GROUP BY 1
""")

ARRIVALS = text("SELECT count(*) FROM (SELECT FROM arrival LIMIT 100000) found")

HELD_VERSIONS = text("""
SELECT j.slug, j.name, v.number, v.held_at, v.held_error
  FROM journey_version v JOIN journey j ON j.id = v.journey WHERE v.held_at IS NOT NULL ORDER BY v.held_at
""")

HELD_SEGMENTS = text("SELECT name, title FROM segment WHERE held_at IS NOT NULL ORDER BY held_at")

PAUSED_SENDERS = text("SELECT id, channel, paused_until, error FROM sender WHERE paused_until > :now")

SANDBOXED = text("SELECT channel FROM sender WHERE provider = 'sandbox' ORDER BY channel")

UNKNOWN = text("""
SELECT count(*) FROM outbox WHERE state = 'unknown' AND planned_at >= :earliest AND planned_at < :end
""")

REJECTED = text("SELECT count(*) FROM rejected_arrival WHERE rejected_at >= :start AND rejected_at < :end")

LAST_WORKER = text("SELECT max(seen_at) FROM worker")

SOURCES = text("SELECT count(*) FROM source WHERE revoked_at IS NULL")

ANYTHING = text("SELECT EXISTS (SELECT 1 FROM event LIMIT 1) OR EXISTS (SELECT 1 FROM person LIMIT 1)")

#: Sentences of decisions against writing name no times, so that the same reason is the same sentence.
NOT_WRITTEN = text("""
SELECT reasons->>'sentence' AS sentence, count(*) AS n FROM decision
 WHERE channel IS NULL AND decided_at >= :start AND decided_at < :end
 GROUP BY 1 ORDER BY 2 DESC LIMIT 5
""")

NEWEST = text("""
SELECT abucket, id, channel, address, version, step, subject, state, rule, state_at, due_at
  FROM outbox WHERE planned_at >= :earliest ORDER BY planned_at DESC LIMIT 8
""")
