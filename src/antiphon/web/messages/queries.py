"""All SQL of the pages about messages."""

from functools import lru_cache

from sqlalchemy import TextClause, text

#: Filter → its condition. Each is a condition on columns of one table; values are always parameters.
_FILTERS = {
    "channel": "channel = :channel",
    "state": "state = :state",
    "rule": "rule = :rule",
    "journey": "journey = :journey",
}


def _where(filters: frozenset[str]) -> str:
    return "".join(f" AND {_FILTERS[name]}" for name in sorted(filters))


@lru_cache
def message_list(filters: frozenset[str]) -> TextClause:
    """A page of messages, newest planned first, walked along the index on ``planned_at``."""
    return text(f"""
SELECT abucket, id, bucket, person, address, channel, journey, version, step, planned_at, due_at, state, state_at,
       rule, handing_at, subject, segments, error
  FROM outbox
 WHERE planned_at <= :at AND (planned_at, id) < (:at, :id){_where(filters)}
 ORDER BY planned_at DESC, id DESC LIMIT :limit
""")


@lru_cache
def message_count(filters: frozenset[str]) -> TextClause:
    return text(f"SELECT count(*) FROM (SELECT 1 FROM outbox WHERE true{_where(filters)} LIMIT :limit) found")


ESTIMATE = text("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'outbox'::regclass")

#: What messages may be filtered by. Campaigns bear their numbers below zero, and share names in files with journeys.
JOURNEYS = text("""
SELECT id, slug, name FROM journey
UNION ALL
SELECT -id, 'campaign:' || slug, name || ' (campaign)' FROM campaign WHERE launched_at IS NOT NULL
 ORDER BY name
""")

MESSAGE = text("""
SELECT abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step, occasion_key,
       occasion_at, occasion_event, zones, planned_at, due_at, expires_at, state, state_at, rule, attempts, handing_at,
       accepted_at, provider, provider_ref, subject, segments, error
  FROM outbox WHERE abucket = :abucket AND id = :id
""")

LOG = text("""
SELECT at, from_state, to_state, rule, detail FROM message_log WHERE abucket = :abucket AND message = :id ORDER BY seq
""")

DECISION = text("SELECT id, decided_at, due_at, reasons FROM decision WHERE bucket = :bucket AND id = :id")

PERSON = text("SELECT traits, zone FROM person WHERE bucket = :bucket AND id = :person")

#: What went out, as the sandbox received it.
STORED = text("""
SELECT subject, html, body, segments, headers->>'From' AS sender FROM sandbox_message
 WHERE abucket = :abucket AND address = :address AND message = :id AND NOT inbound ORDER BY id DESC LIMIT 1
""")


@lru_cache
def not_written(filters: frozenset[str]) -> TextClause:
    """Decisions against writing have an index of their own."""
    return text(f"""
SELECT bucket, id, person, journey, version, step, decided_at, reasons
  FROM decision
 WHERE channel IS NULL AND decided_at <= :at AND (decided_at, id) < (:at, :id){_where(filters)}
 ORDER BY decided_at DESC, id DESC LIMIT :limit
""")


@lru_cache
def not_written_count(filters: frozenset[str]) -> TextClause:
    return text(
        f"SELECT count(*) FROM (SELECT 1 FROM decision WHERE channel IS NULL{_where(filters)} LIMIT :limit) found"
    )
