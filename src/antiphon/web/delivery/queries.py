"""All SQL of the page Delivery."""

from sqlalchemy import text

SENDERS = text("""
SELECT id, channel, provider, settings, rate, burst, tokens, refilled_at, paused_until, error FROM sender ORDER BY id
""")

#: What is open, by channel and state: partial indexes hold exactly these rows.
OPEN = text("""
SELECT channel, state, count(*) AS n, min(due_at) AS next_due
  FROM outbox WHERE state IN ('planned', 'due') GROUP BY 1, 2
UNION ALL
SELECT channel, state, count(*) AS n, min(lease_until) AS next_due
  FROM outbox WHERE state IN ('claimed', 'handing') GROUP BY 1, 2
""")

WORKERS = text("""
SELECT id, host, pid, started_at, seen_at, version, note FROM worker WHERE seen_at > :since ORDER BY seen_at DESC
""")

ARRIVALS = text("""
SELECT count(*) AS n, min(received_at) AS oldest FROM (SELECT received_at FROM arrival ORDER BY id LIMIT 100000) found
""")

REJECTED = text("""
SELECT id, source, message_id, received_at, reason, rejected_at, body FROM rejected_arrival
 WHERE rejected_at <= :at AND (rejected_at, id) < (:at, :id) ORDER BY rejected_at DESC, id DESC LIMIT :limit
""")

REJECTED_COUNT = text("SELECT count(*) FROM (SELECT FROM rejected_arrival LIMIT :limit) found")
