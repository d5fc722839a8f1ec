"""The SQL of the stage ``errands``."""

from sqlalchemy import text

#: Held by whoever hands changes of people in: one at a time.
TRY_UPDATING = text("SELECT pg_try_advisory_xact_lock(168230922)")

# ``steps``: those with something due, of a bounded look at a backlog; the one that waits longest first.
AGENDA = text("""
    SELECT (SELECT nullif(horizon, '-infinity') FROM resolve_state WHERE id = 1) AS horizon,
           (SELECT min(sent_at) FROM errand WHERE state = 'sent') AS sent_at,
           (SELECT min(try_at) FROM errand WHERE state = 'open' AND try_at > :now) AS try_at
""")
DUE_STEPS = text("""
    SELECT kind, version, step, min(try_at) AS first FROM (
        SELECT kind, version, step, try_at FROM errand WHERE state = 'open' AND try_at <= :now
        ORDER BY try_at LIMIT :look
    ) due GROUP BY kind, version, step ORDER BY first, version, step
""")
DUE = text("""
    SELECT bucket, run, step, entered_at, attempts FROM errand
    WHERE state = 'open' AND version = :version AND step = :step AND try_at <= :now ORDER BY try_at, run LIMIT :limit
""")
_KEYS = """unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[]), cast(:steps AS text[]),
              cast(:entered AS timestamptz[])"""
_ON = "e.bucket = k.bucket AND e.run = k.run AND e.step = k.step AND e.entered_at = k.entered_at"

# Under the buckets' locks, so that of two who found the same errand the second one finds it counted on.
CLAIM = text(f"""
    UPDATE errand e SET attempts = e.attempts + 1, try_at = :lease
    FROM {_KEYS}, cast(:attempts AS int[])) k(bucket, run, step, entered_at, attempts)
    WHERE {_ON} AND e.state = 'open' AND e.attempts = k.attempts
    RETURNING e.bucket, e.run, e.step, e.entered_at
""")
# What is claimed, with its run where that still stands there, and what it is about.
READ = text(f"""
    SELECT e.bucket, e.run, e.step, e.entered_at, e.person, e.version, e.at, e.until, e.attempts, r.id IS NOT NULL AS stands,
           coalesce(p.traits, '{{}}'::jsonb) AS traits, coalesce(v.name, '') AS event, r.occasion_at,
           coalesce(v.props, '{{}}'::jsonb) AS props
    FROM {_KEYS}) k(bucket, run, step, entered_at)
    JOIN errand e ON {_ON}
    LEFT JOIN run r ON r.bucket = e.bucket AND r.id = e.run AND r.step = e.step AND r.entered_at = e.entered_at
    LEFT JOIN person p ON p.bucket = e.bucket AND p.id = e.person
    LEFT JOIN event v ON v.bucket = r.bucket AND v.person = r.person AND v.at = r.occasion_at AND v.id = r.occasion_event
""")
FORGET = text(f"DELETE FROM errand e USING {_KEYS}) k(bucket, run, step, entered_at) WHERE {_ON}")
SENT = text(f"""
    UPDATE errand e SET state = 'sent', sent_at = :sent_at, why = k.why
    FROM {_KEYS}, cast(:whys AS jsonb[])) k(bucket, run, step, entered_at, why) WHERE {_ON} AND e.state = 'open'
""")
#: Only what was claimed as it is marked: whoever has let the lease run out has nothing to say.
MARK = text(f"""
    UPDATE errand e SET state = k.state, why = k.why, try_at = coalesce(k.try_at, e.try_at),
                        answered_at = CASE WHEN k.state = 'open' THEN NULL ELSE cast(:now AS timestamptz) END
    FROM {_KEYS}, cast(:attempts AS int[]), cast(:states AS text[]), cast(:whys AS jsonb[]),
                cast(:try_ats AS timestamptz[])) k(bucket, run, step, entered_at, attempts, state, why, try_at)
    WHERE {_ON} AND e.state = 'open' AND e.attempts = k.attempts
""")
ARRIVED_BUCKETS = text("SELECT DISTINCT bucket FROM errand WHERE state = 'sent' AND sent_at <= :horizon")
ARRIVED = text("""
    UPDATE errand SET state = 'done', answered_at = :now
    WHERE bucket = ANY(cast(:buckets AS smallint[])) AND state = 'sent' AND sent_at <= :horizon
""")

JOURNEYS = text("""
    SELECT v.id, j.slug FROM journey_version v JOIN journey j ON j.id = v.journey WHERE v.id = ANY(cast(:versions AS int[]))
""")
_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"
POINTERS = text(f"""
    SELECT t.bucket, t.person, t.kind, t.value FROM {_PEOPLE}
    JOIN identifier t ON t.bucket = k.bucket AND t.person = k.person
""")
ADDRESSES = text(f"""
    SELECT t.bucket, t.person, t.channel, t.address, t.marketing, t.cart FROM {_PEOPLE}
    JOIN person_address t ON t.bucket = k.bucket AND t.person = k.person ORDER BY t.channel, t.address
""")

TROUBLE = text("SELECT value FROM setting WHERE key = 'call_trouble'")
SAVE_TROUBLE = text("""
    INSERT INTO setting (key, value, changed_at, changed_by) VALUES ('call_trouble', :value, :now, 'errands')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
""")
