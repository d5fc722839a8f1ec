"""The SQL of arrivals and of the resolver's own state."""

from sqlalchemy import text

#: Every intake transaction holds it shared from before it reads the clock until it commits; the resolver takes it alone
#: for a moment, so that every arrival received at or before the instant that it then reads is visible to it.
INTAKE_LOCK = 0x0A17_0002
#: One resolver at a time: unsorted batches side by side deadlocked.
RESOLVE_LOCK = 0x0A17_0003

SHARE_INTAKE = text(f"SELECT pg_advisory_xact_lock_shared({INTAKE_LOCK})")
#: Intake queues behind a waiting exclusive lock, so the resolver waits only briefly behind a slow intake.
WAIT_BRIEFLY = text("SET LOCAL lock_timeout = '500ms'")
ALONE_WITH_INTAKE = text(f"SELECT pg_advisory_xact_lock({INTAKE_LOCK})")
CLOCK = text("SELECT clock_timestamp()")
TRY_RESOLVE = text(f"SELECT pg_try_advisory_xact_lock({RESOLVE_LOCK})")

#: A batch takes a second or two.
WAIT_FOR_RESOLVER = text("SET LOCAL lock_timeout = '8s'")
RESOLVE_ALONE = text(f"SELECT pg_advisory_xact_lock({RESOLVE_LOCK})")

ARRIVAL_COLUMNS = ("source", "message_id", "type", "at", "received_at", "backfill", "body")

# nullif: the drivers' datetime knows no '-infinity'
STATE = text(
    "SELECT batch, nullif(horizon, '-infinity') AS horizon, generation, "
    "nullif(generation_at, '-infinity') AS generation_at, next_person, next_event FROM resolve_state WHERE id = 1"
)
# greatest: on a virtual clock behind the wall clock the horizon never goes back
MOVE_STATE = text(
    "UPDATE resolve_state SET batch = :batch, horizon = greatest(horizon, cast(:horizon AS timestamptz)), "
    "generation = :generation, generation_at = :generation_at, next_person = :next_person, next_event = :next_event "
    "WHERE id = 1"
)
MOVE_NEXT_PERSON = text("UPDATE resolve_state SET next_person = :next_person WHERE id = 1")
MOVE_HORIZON = text("UPDATE resolve_state SET horizon = greatest(horizon, cast(:horizon AS timestamptz)) WHERE id = 1")

# The oldest arrivals, as many as together have :bytes; the first always, or it would stand for ever. ``waiting`` is how many
# there were within the limit. What is stored bounds them first, because it is known without unpacking; then their text,
# which may be eighty times as much. OFFSET 0: so that it is written once and not for its length again (145 instead of
# 284 ms for 10,000). LIMIT 1 keeps each look-up an index probe: without it a stale estimate reads the whole table of seen
# messages.
OLDEST = text(
    "SELECT a.id, a.source, a.message_id, a.type, a.at, a.received_at, a.backfill, a.body, "
    "coalesce(s0.hit, s1.hit, false) AS seen, a.waiting FROM ("
    "SELECT w.*, sum(octet_length(w.body)) OVER (ORDER BY w.id ROWS UNBOUNDED PRECEDING) - octet_length(w.body) AS before "
    "FROM (SELECT p.id, p.source, p.message_id, p.type, p.at, p.received_at, p.backfill, p.body::text AS body, p.waiting "
    "FROM (SELECT o.*, count(*) OVER () AS waiting, "
    "sum(pg_column_size(o.body)) OVER (ORDER BY o.id ROWS UNBOUNDED PRECEDING) - pg_column_size(o.body) AS before "
    "FROM (SELECT * FROM arrival WHERE received_at <= coalesce(cast(:horizon AS timestamptz), 'infinity') "
    "AND id > :after ORDER BY id LIMIT :limit) o) p WHERE p.before < :bytes OFFSET 0) w) a "
    "LEFT JOIN LATERAL (SELECT true AS hit FROM seen_message_0 s "
    "WHERE s.source = a.source AND s.message_id = a.message_id LIMIT 1) s0 ON true "
    "LEFT JOIN LATERAL (SELECT true AS hit FROM seen_message_1 s "
    "WHERE s.source = a.source AND s.message_id = a.message_id LIMIT 1) s1 ON true "
    "WHERE a.before < :bytes ORDER BY a.id"
)
REJECT = text(
    "INSERT INTO rejected_arrival (id, source, message_id, received_at, body, reason, rejected_at) "
    "SELECT a.id, a.source, a.message_id, a.received_at, a.body, r.reason, :now "
    "FROM unnest(cast(:ids AS bigint[]), cast(:reasons AS text[])) r(id, reason) JOIN arrival a ON a.id = r.id "
    "ON CONFLICT DO NOTHING"
)
DELETE_ARRIVALS = text("DELETE FROM arrival WHERE id = ANY(cast(:ids AS bigint[]))")

SETTING = text("SELECT value FROM setting WHERE key = :key")
BRANDS = text("SELECT id FROM brand ORDER BY id")

OPEN_MESSAGES = text(
    "SELECT id, state FROM outbox WHERE abucket = :abucket AND address = :address AND channel = :channel "
    "AND state IN ('planned', 'due', 'claimed') AND (:everything OR purpose <> 'transactional') "
    "AND (cast(:purposes AS text[]) IS NULL OR purpose = ANY(cast(:purposes AS text[]))) "
    # these answer somebody who has just left
    "AND NOT (purpose = 'service' AND step IN ('stop', 'help'))"
)
CANCEL_MESSAGE = text(
    "UPDATE outbox SET state = 'cancelled', state_at = :now, rule = :rule, lease_until = NULL "
    "WHERE abucket = :abucket AND id = :id AND state = :state RETURNING id"
)
LOG_CANCELLED = text(
    "INSERT INTO message_log (abucket, message, at, from_state, to_state, rule, detail) "
    "VALUES (:abucket, :id, :now, :state, 'cancelled', :rule, jsonb_build_object('source', cast(:source AS text)))"
)

#: Gives nothing back where a working key has the name.
ADD_SOURCE = text(
    "INSERT INTO source (name, key_prefix, key_sha256, scope, created_at) "
    "VALUES (:name, :prefix, :sha256, :scope, :now) "
    "ON CONFLICT (name) DO UPDATE SET key_prefix = excluded.key_prefix, key_sha256 = excluded.key_sha256, "
    "scope = excluded.scope, created_at = excluded.created_at, revoked_at = NULL WHERE source.revoked_at IS NOT NULL "
    "RETURNING id"
)
REVOKE_SOURCE = text("UPDATE source SET revoked_at = :now WHERE name = :name AND revoked_at IS NULL RETURNING id")
SOURCES = text("SELECT name, key_prefix, scope, created_at, revoked_at FROM source ORDER BY name")
WORKING_KEYS = text("SELECT name, key_prefix, key_sha256, scope FROM source WHERE revoked_at IS NULL")

PARTITIONS = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass"
)
WAIT_FOR_PARTITION = text("SET LOCAL lock_timeout = '2s'")
DEFAULT_HOLDS = text("SELECT EXISTS (SELECT 1 FROM event_default WHERE at >= :start AND at < :stop)")

# The sandbox shows both sides of a conversation.
SHOW_INBOUND = text(
    "INSERT INTO sandbox_message (abucket, channel, address, inbound, at, body) "
    "SELECT :abucket, 'sms', :address, true, :at, :body "
    "WHERE EXISTS (SELECT 1 FROM sender WHERE channel = 'sms' AND provider = 'sandbox')"
)

ADD_CODE = text(
    "INSERT INTO text_code (code, sign_up, event, until) VALUES (:code, :sign_up, :event, :until) "
    "ON CONFLICT DO NOTHING RETURNING code"
)
COUNT_UNITS = text("""
INSERT INTO unit_count (unit, channel, day, submitted, confirmed)
SELECT * FROM unnest(cast(:units AS text[]), cast(:channels AS text[]), cast(:days AS date[]),
                     cast(:submitted AS bigint[]), cast(:confirmed AS bigint[]))
ON CONFLICT (unit, channel, day) DO UPDATE
   SET submitted = unit_count.submitted + excluded.submitted, confirmed = unit_count.confirmed + excluded.confirmed
""")

#: The code of a form, among those that may be its own.
CODE_OF_FORM = text(
    "SELECT code FROM text_code WHERE code = ANY(cast(:codes AS text[])) AND sign_up->'more'->>'form' = :form "
    "AND until > :now LIMIT 1"
)
USE_CODE = text(
    "UPDATE text_code SET used_at = :at WHERE code = :code AND used_at IS NULL AND until > :at RETURNING sign_up, event"
)
FORGET_CODES = text("DELETE FROM text_code WHERE until < :now")
BRAND_OF_NUMBER = text("SELECT id FROM brand WHERE from_phone = :number ORDER BY id LIMIT 1")
KEEP_TEXT = text(
    "INSERT INTO inbound_text (abucket, id, address, sent_to, at, body, source, meaning, rule, brand, review) "
    "VALUES (:abucket, :id, :address, :to, :at, :body, :source, :meaning, :rule, :brand, :review) "
    "ON CONFLICT DO NOTHING RETURNING id"
)
KEPT_TEXT = text("SELECT address, at, meaning, review FROM inbound_text WHERE abucket = :abucket AND id = :id")

_REVIEWED = (
    "SELECT abucket, id, address, sent_to, at, body, source, rule, brand, review, reviewed_at, reviewed_by, review_reason "
    "FROM inbound_text"
)
REVIEWED_TEXTS = text(
    f"{_REVIEWED} WHERE review IS NOT NULL AND (:review = '' OR review = :review) AND at < :before "
    "ORDER BY at DESC, id LIMIT :limit"
)
REVIEWED_TEXT = text(f"{_REVIEWED} WHERE abucket = :abucket AND id = :id")
REVIEW_TEXT = text(
    "UPDATE inbound_text SET review = :review, reviewed_at = :now, reviewed_by = :by, review_reason = :reason "
    "WHERE abucket = :abucket AND id = :id AND review = 'open'"
)
COUNT_OPEN_TEXTS = text("SELECT count(*) FROM inbound_text WHERE review = 'open'")
TEXTS_OF = text(
    "SELECT at, body, sent_to, meaning, rule, source, review, reviewed_by, review_reason FROM inbound_text "
    "WHERE abucket = :abucket AND address = :address ORDER BY at DESC LIMIT :limit"
)
