"""SQL of the demo: what its audit reads and what its summary counts. Plain reads; whatever joins them is Python."""

from sqlalchemy import text

# -- the audit -------------------------------------------------------------------------------------------------------

#: Messages that went to the wire or may have. One that failed reached nobody; one stopped at the wire left nothing.
AUDIT_SENT = text(
    "SELECT id, address, channel, purpose, person, run, step, occasion_event,"
    "       coalesce(handing_at, accepted_at, state_at) AS at"
    "  FROM outbox WHERE state IN ('handing', 'accepted', 'delivered', 'unknown')"
)

AUDIT_VISITS = text("SELECT id, visit FROM decision WHERE channel IS NOT NULL")

AUDIT_WIRE = text("SELECT message, channel, address, inbound, at, body FROM sandbox_message ORDER BY id")

AUDIT_CONSENTS = text(
    "SELECT address, channel, purpose, state, effective_at, recorded_at, double_opt_in, expires_at FROM consent_fact"
)

AUDIT_SUPPRESSIONS = text("SELECT address, channel, at, reason, lifted_at FROM suppression")

#: By id alone: an event keeps its id when a merge moves it to another person and bucket.
AUDIT_OCCASIONS = text(
    "SELECT id, name, at, props->>'cart_id' AS cart FROM event WHERE id = ANY(cast(:ids AS bigint[]))"
)

AUDIT_PEOPLE = text("SELECT id, zone, traits->>'timezone' AS declared FROM person")

AUDIT_ZONES = text("SELECT id, name FROM zone")

# -- the summary -----------------------------------------------------------------------------------------------------

COUNT_PEOPLE = text("SELECT count(*) FROM person")
COUNT_EVENTS = text("SELECT count(*) FROM event")
COUNT_RUNS = text("SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM run_done)")
COUNT_STATES = text("SELECT state, count(*) AS n FROM outbox GROUP BY state ORDER BY state")
COUNT_MESSAGES = text(
    "SELECT channel, count(*) AS n FROM outbox"
    " WHERE state IN ('handing', 'accepted', 'delivered', 'unknown') GROUP BY channel"
)
#: Distinct messages: one that was deferred twice by a rule counts once for it.
COUNT_GATED = text(
    "SELECT CASE to_state WHEN 'planned' THEN 'deferred' ELSE to_state END AS what, rule,"
    "       count(DISTINCT (abucket, message)) AS n"
    "  FROM message_log"
    " WHERE rule IS NOT NULL AND to_state IN ('planned', 'held', 'dropped', 'cancelled')"
    " GROUP BY 1, 2 ORDER BY 1, 2"
)

# -- carrying the demo along -----------------------------------------------------------------------------------------

#: What the sandbox took since the last look, with the journey that each message came from and its way back to us.
NEWLY_SENT = text(
    "SELECT s.id, s.message, s.channel, s.address, s.at, o.step, o.journey AS journey_id, o.version,"
    "       j.slug AS journey, substring(coalesce(s.html, s.body) FROM '[^\\s\"''<>]*/c/[A-Za-z0-9_=-]+') AS link,"
    "       substring(s.headers->>'List-Unsubscribe' FROM '<(http[^>]+)>') AS way_out"
    "  FROM sandbox_message s"
    "  JOIN outbox o ON o.abucket = s.abucket AND o.id = s.message"
    "  JOIN journey j ON j.id = o.journey"
    " WHERE s.id > :after AND NOT s.inbound ORDER BY s.id"
)

BRAND = text(
    "UPDATE brand SET name = :name, from_name = :name, from_email = :email, from_phone = :phone,"
    "       postal_address = :postal_address, zone = :zone"
    " WHERE id = 1"
)

ANYBODY = text("SELECT EXISTS (SELECT 1 FROM person LIMIT 1) OR EXISTS (SELECT 1 FROM arrival)")

SAVE_SETTING = text(
    "INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :by)"
    " ON CONFLICT (key) DO UPDATE"
    " SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by"
)
BEGIN = text(
    "INSERT INTO setting (key, value, changed_at, changed_by) VALUES ('demo begun', 'true', :now, :by) ON CONFLICT DO NOTHING"
)
BEGUN = text("SELECT EXISTS (SELECT FROM setting WHERE key = 'demo begun')")
END = text("DELETE FROM setting WHERE key = 'demo begun'")
RECALL = text("SELECT value FROM setting WHERE key = 'demo'")
NEWEST_SENT = text("SELECT coalesce(max(id), 0) FROM sandbox_message WHERE NOT inbound")
