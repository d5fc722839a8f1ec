"""All SQL of the pages about people."""

from sqlalchemy import text

_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"
_ADDRESSES = (
    "unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[])) "
    "k(abucket, channel, address)"
)

LIST = text("""
SELECT id, traits, zone, first_seen_at, last_seen_at FROM person
 WHERE last_seen_at <= :at AND (last_seen_at, id) < (:at, :id) ORDER BY last_seen_at DESC, id DESC LIMIT :limit
""")

#: An identifier that begins with what was typed: one probe of the primary key per abucket and kind.
FIND_IDENTIFIERS = text("""
SELECT DISTINCT bucket, person FROM identifier
 WHERE abucket = ANY(:abuckets) AND kind = ANY(:kinds) AND value >= :low AND value < :high AND starts_with(value, :low)
 LIMIT :limit
""")

#: Names have no index of their own; they are looked for among those who were here last.
FIND_NAMES = text("""
SELECT id, traits, zone, first_seen_at, last_seen_at FROM (
    SELECT id, traits, zone, first_seen_at, last_seen_at FROM person ORDER BY last_seen_at DESC LIMIT :among
) recent
 WHERE concat_ws(' ', coalesce(traits->>'firstName', traits->>'first_name'),
                 coalesce(traits->>'lastName', traits->>'last_name'), traits->>'name') ILIKE :pattern
 ORDER BY last_seen_at DESC LIMIT :limit
""")

PEOPLE = text(f"""
SELECT p.id, p.traits, p.zone, p.first_seen_at, p.last_seen_at
  FROM {_PEOPLE} JOIN person p ON p.bucket = k.bucket AND p.id = k.person
""")

REACHES = text(f"""
SELECT a.person, a.channel, a.address, a.marketing, a.transactional, a.cart, a.cart_double, a.zones
  FROM {_PEOPLE} JOIN person_address a ON a.bucket = k.bucket AND a.person = k.person
 ORDER BY a.since, a.address
""")

ESTIMATE = text("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'person'::regclass")

COUNT = text("SELECT count(*) FROM (SELECT 1 FROM person LIMIT :limit) found")

ALIAS = text("SELECT to_person FROM alias WHERE bucket = :bucket AND person = :person")

IDENTIFIERS = text("""
SELECT kind, value, first_at FROM identifier WHERE bucket = :bucket AND person = :person ORDER BY kind, first_at
""")

CONSENTS = text(f"""
SELECT c.channel, c.address, c.purpose, c.state, c.effective_at, c.double_opt_in
  FROM {_ADDRESSES} JOIN consent c ON c.abucket = k.abucket AND c.channel = k.channel AND c.address = k.address
 WHERE c.brand = 1 ORDER BY array_position(ARRAY['marketing', 'cart', 'transactional'], c.purpose)
""")

SUPPRESSIONS = text(f"""
SELECT s.channel, s.address, s.at, s.reason
  FROM {_ADDRESSES} JOIN suppression s ON s.abucket = k.abucket AND s.channel = k.channel AND s.address = k.address
 WHERE s.lifted_at IS NULL OR s.at > s.lifted_at
""")

ENGAGEMENT = text("""
SELECT channel, delivered, first_delivered_at, last_delivered_at, last_at, opened_at, clicked_at, responses, opens, clicks,
       replies, visits, orders, machine, weight
  FROM engagement WHERE bucket = :bucket AND person = :person ORDER BY channel
""")

TOTALS = text("""
SELECT name, n, value, last_at FROM event_total WHERE bucket = :bucket AND person = :person ORDER BY n DESC, name
""")

#: A run that waits for a decision wakes at 'infinity', which is no datetime; hence the least.
RUNS = text("""
SELECT id, journey, version, step, entered_at, least(wake_at, '9000-01-01 00:00+00') AS wake_at, started_at
  FROM run WHERE bucket = :bucket AND person = :person ORDER BY started_at DESC LIMIT 20
""")

EVENTS = text("""
SELECT id, at, name, props, received_at, backfill, via, source
  FROM event WHERE bucket = :bucket AND person = :person AND at <= :at ORDER BY at DESC, id DESC LIMIT :limit
""")

MOVES = text("""
SELECT run, seq, version, from_step, to_step, outcome, at, least(wake_at, '9000-01-01 00:00+00') AS wake_at, why
  FROM move WHERE bucket = :bucket AND person = :person AND at <= :at ORDER BY at DESC, seq DESC LIMIT :limit
""")

#: A run keeps its start when it leaves the hot table.
STARTS = text("""
SELECT id, version, run_key, started_at FROM run WHERE bucket = :bucket AND person = :person AND started_at <= :at
UNION ALL
SELECT id, version, run_key, started_at FROM run_done
 WHERE bucket = :bucket AND person = :person AND started_at <= :at
 ORDER BY started_at DESC, id DESC LIMIT :limit
""")

DECISIONS = text("""
SELECT id, journey, version, step, decided_at, channel, due_at, reasons
  FROM decision WHERE bucket = :bucket AND person = :person AND decided_at <= :at
 ORDER BY decided_at DESC, id DESC LIMIT :limit
""")

MESSAGES = text("""
SELECT abucket, id, channel, address, journey, version, step, subject, due_at, state
  FROM outbox WHERE bucket = :bucket AND person = :person ORDER BY planned_at DESC LIMIT 500
""")

MESSAGE_LOG = text("""
SELECT l.abucket, l.message, l.seq, l.at, l.to_state, l.rule, l.detail
  FROM unnest(cast(:abuckets AS smallint[]), cast(:messages AS bigint[])) k(abucket, message)
  JOIN message_log l ON l.abucket = k.abucket AND l.message = k.message
 WHERE l.at <= :at AND (l.to_state IN ('accepted', 'delivered', 'failed', 'unknown', 'held', 'dropped', 'cancelled')
    OR l.rule IS NOT NULL)
 ORDER BY l.at DESC, l.seq DESC LIMIT :limit
""")

CONSENT_FACTS = text(f"""
SELECT f.id, f.channel, f.address, f.purpose, f.state, f.effective_at, f.recorded_at, f.method, f.double_opt_in,
       f.wording, f.wording_version, f.source, f.ip
  FROM {_ADDRESSES} JOIN consent_fact f ON f.abucket = k.abucket AND f.channel = k.channel AND f.address = k.address
 WHERE f.effective_at <= :at ORDER BY f.effective_at DESC, f.id DESC LIMIT :limit
""")
