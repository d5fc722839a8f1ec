"""The SQL of letting go of what is too old."""

from sqlalchemy import text

TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(168230917)")
WAIT_BRIEFLY = text("SET LOCAL lock_timeout = '2s'")
#: The log's trigger lets retention delete, for this transaction.
ALLOW_AUDIT = text("SELECT set_config('antiphon.retention', 'on', true)")

SETTING = text("SELECT value FROM setting WHERE key = :key")
SAVE = text("""
INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :who)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")

#: Months of events; what is left of the oldest month goes row by row.
MONTHS = text("""
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'event'::regclass AND c.relname ~ '^event_[0-9]{4}_[0-9]{2}$'
""")

_OLD_EVENTS = "FROM event WHERE at < :before"
_OLD_REJECTED = "FROM rejected_arrival WHERE rejected_at < :before"
_OLD_SANDBOX = "FROM sandbox_message WHERE at < :before"
_OLD_AUDIT = "FROM audit WHERE at < :before"
_OLD_SESSIONS = "FROM session WHERE expires_at <= :now OR coalesce(seen_at, created_at) < :before"
_OLD_LINKS = "FROM sign_in_link WHERE expires_at <= :now"
_OLD_CHUNKS = """FROM file_import_chunk WHERE import IN
 (SELECT id FROM file_import WHERE created_at < :before AND finished_at < :before)"""
_OLD_FAULTS = """FROM file_import_fault WHERE import IN
 (SELECT id FROM file_import WHERE created_at < :before AND finished_at < :before)"""
#: What has come to its end; what waits keeps what it is made of.
_OLD_MESSAGES = """FROM outbox WHERE planned_at < :before AND planned_at > cast(:since AS timestamptz)
   AND state IN ('accepted', 'delivered', 'failed', 'unknown', 'dropped', 'cancelled')"""

OLD_MESSAGES = text(f"SELECT abucket, id, planned_at {_OLD_MESSAGES} ORDER BY planned_at LIMIT :limit")
_WHICH = "unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[])) w(abucket, id)"
FORGET_SUBJECTS = text(
    f"UPDATE outbox o SET subject = NULL, error = NULL FROM {_WHICH} WHERE o.abucket = w.abucket AND o.id = w.id"
)
FORGET_DETAILS = text(
    f"UPDATE message_log t SET detail = NULL FROM {_WHICH} WHERE t.abucket = w.abucket AND t.message = w.id "
    "AND t.detail IS NOT NULL"
)

ACTS = {
    "events": (
        text(
            "DELETE FROM event WHERE (bucket, person, at, id) IN "
            f"(SELECT bucket, person, at, id {_OLD_EVENTS} LIMIT :limit) AND at < :before"
        ),
    ),
    "messages": (),
    "rejected": (text(f"DELETE FROM rejected_arrival WHERE id IN (SELECT id {_OLD_REJECTED} LIMIT :limit)"),),
    "imports": (
        text(
            "DELETE FROM file_import_chunk WHERE (import, seq) IN "
            f"(SELECT import, seq {_OLD_CHUNKS} LIMIT cast(:limit AS integer) / 100)"
        ),
        text(
            "DELETE FROM file_import_fault WHERE (import, part, line, n) IN "
            f"(SELECT import, part, line, n {_OLD_FAULTS} LIMIT :limit)"
        ),
    ),
    "sandbox": (
        text(
            "DELETE FROM sandbox_message WHERE (abucket, id) IN "
            f"(SELECT abucket, id {_OLD_SANDBOX} ORDER BY at LIMIT :limit)"
        ),
    ),
    "sessions": (
        text(f"DELETE FROM session WHERE token_sha256 IN (SELECT token_sha256 {_OLD_SESSIONS} LIMIT :limit)"),
        text(f"DELETE FROM sign_in_link WHERE token_sha256 IN (SELECT token_sha256 {_OLD_LINKS} LIMIT :limit)"),
    ),
    "audit": (text(f"DELETE FROM audit WHERE id IN (SELECT id {_OLD_AUDIT} ORDER BY at LIMIT :limit)"),),
}

COUNTS = {
    # with a column: without one, a cluster does not know what to call the rows that it collects
    name: text(f"SELECT count(*) FROM (SELECT 1 {old} LIMIT :limit) found")
    for name, old in (
        ("events", _OLD_EVENTS),
        ("messages", _OLD_MESSAGES),
        ("rejected", _OLD_REJECTED),
        ("imports", _OLD_FAULTS),
        ("sandbox", _OLD_SANDBOX),
        ("sessions", _OLD_SESSIONS),
        ("audit", _OLD_AUDIT),
    )
}
