"""The fixed SQL of the tick: the stable set of fresh events, what is counted of it, and how far each bucket is."""

from sqlalchemy import text

# Everything that a tick must know before it starts, in one round trip: an idle tick is little else.
# psycopg has no datetime for infinity, so an infinite instant is read as null, or as the epoch where it is a lower bound.
START = text("""
    SELECT r.batch, nullif(r.horizon, '-infinity') AS horizon, b.settings, b.zone,
           (SELECT greatest(min(floor), 'epoch') FROM bucket_state WHERE bucket = ANY(:buckets)) AS floor,
           EXISTS (SELECT 1 FROM delivered WHERE bucket = ANY(:buckets)) AS delivered,
           (SELECT count(*) FROM command WHERE done_at IS NULL) AS commands,
           EXISTS (SELECT 1 FROM occasion WHERE state = 'open') AS occasions,
           EXISTS (SELECT 1 FROM campaign WHERE state IN ('planning', 'sending') OR waking IS NOT NULL) AS campaigns,
           EXISTS (SELECT 1 FROM feed WHERE state = 'running') AS feeds,
           EXISTS (SELECT 1 FROM offer) OR EXISTS (SELECT 1 FROM coupon_wish) OR EXISTS (SELECT 1 FROM coupon_ask) AS offers,
           EXISTS (SELECT 1 FROM coupon_ask WHERE bucket = ANY(:buckets) AND state IN ('given', 'refused')) AS answered,
           EXISTS (SELECT 1 FROM errand WHERE state IN ('open', 'sent')) AS errands,
           EXISTS (SELECT 1 FROM errand WHERE bucket = ANY(:buckets) AND state IN ('done', 'failed')) AS errands_done
    FROM resolve_state r, brand b WHERE r.id = 1 AND b.id = 1
""")

# Batches come from one resolver in order, so whole batches up to a number are a set that no commit can change.
FRESH_BATCHES = text("""
    SELECT batch, count(*) AS n FROM fresh WHERE bucket = ANY(:buckets) AND batch <= :batch GROUP BY batch ORDER BY batch
""")

FRESH_NAMES = text("SELECT DISTINCT name FROM fresh WHERE bucket = ANY(:buckets) AND batch <= :batch")

EARLIEST_FRESH = text("SELECT min(received_at) FROM fresh WHERE bucket = ANY(:buckets) AND batch <= :batch")

DELETE_FRESH = text("DELETE FROM fresh WHERE bucket = ANY(:buckets) AND batch <= :batch")

COUNT_EVENTS = text("""
    INSERT INTO event_total (bucket, person, name, n, value, first_at, last_at)
    SELECT f.bucket, f.person, f.name, count(*),
           -- a posted 1e300 must not stop the tick
           coalesce(sum(worth.value) FILTER (WHERE f.name = ANY(:valued) AND abs(worth.value) < 1e9), 0),
           min(f.at), max(f.at)
    FROM fresh f
    LEFT JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(e.props->'revenue') = 'number' THEN (e.props->>'revenue')::numeric
                    WHEN jsonb_typeof(e.props->'total') = 'number' THEN (e.props->>'total')::numeric END AS value,
               e.props->>'machine' AS machine
        FROM event e
        WHERE (f.name = ANY(:valued) OR f.name = ANY(:judged))
          AND e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
    ) worth ON true
    WHERE f.bucket = ANY(:buckets) AND f.batch <= :batch
      AND NOT (f.name = ANY(:judged) AND worth.machine IS NOT DISTINCT FROM 'true')
    GROUP BY f.bucket, f.person, f.name
    ON CONFLICT (bucket, person, name) DO UPDATE SET
        n = event_total.n + excluded.n, value = event_total.value + excluded.value,
        first_at = least(event_total.first_at, excluded.first_at),
        last_at = greatest(event_total.last_at, excluded.last_at)
""")

_RESPONSES = """
    FROM fresh f
    JOIN event e ON e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
    WHERE f.bucket = ANY(:buckets) AND f.batch <= :batch AND f.name = ANY(:responses)
      AND (e.props->>'machine') IS DISTINCT FROM 'true'
"""

COUNT_HOURS = text(f"""
    INSERT INTO hour_curve (bucket, channel, hour, n)
    SELECT r.bucket, r.channel, floor((extract(epoch FROM r.at) + s.utc_offset)::bigint % 86400 / 3600)::smallint, count(*)
    FROM (
        SELECT f.bucket, f.person, f.at, CASE WHEN f.name LIKE 'Email %' THEN 'email' ELSE 'sms' END AS channel
        {_RESPONSES}
    ) r
    JOIN person p ON p.bucket = r.bucket AND p.id = r.person
    JOIN zone_span s ON s.zone = coalesce(p.zone, :zone) AND s.from_utc <= r.at AND s.to_utc > r.at
    GROUP BY 1, 2, 3
    ON CONFLICT (bucket, channel, hour) DO UPDATE SET n = hour_curve.n + excluded.n
""")

# The least instant at which a run wakes, whatever the floor says: asked now and then, so that nothing can lie below it.
# Each min() is one probe of the due index; from bucket_state, because a cluster takes no look aside from an array.
TRUE_FLOOR = text("""
    SELECT min(first) FROM (
        SELECT (SELECT min(wake_at) FROM run WHERE run.bucket = b.bucket AND wake_at < 'infinity') AS first
        FROM bucket_state b WHERE b.bucket = ANY(:buckets)
    ) each
""")

ADVANCE_BUCKETS = text("""
    UPDATE bucket_state SET
        reacted_through = greatest(reacted_through, cast(:reacted_through AS timestamptz)),
        floor = cast(:floor AS timestamptz)
    WHERE bucket = ANY(:buckets)
""")

NEXT_TICK = text("SELECT nextval('tick_number')")

CLOCK = text("SELECT clock_timestamp()")

HEARTBEAT = text("""
    INSERT INTO worker (id, host, pid, started_at, seen_at, version, note)
    VALUES (:id, :host, :pid, :now, :now, :version, :note)
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, note = excluded.note
""")

FORGET_WORKERS = text("DELETE FROM worker WHERE seen_at < :before OR id = :id")

WAITING_COMMANDS = text("""
    SELECT id, kind, payload, created_by, actor FROM command WHERE done_at IS NULL ORDER BY id LIMIT 50
""")

# What points at a person, and words about them, are not kept here: an erasure need not look for them. A review tells of a few.
FINISH_COMMAND = text("""
    UPDATE command SET done_at = :now, result = :result, error = :error, payload = payload - 'identifiers' - 'why' - 'review'
    WHERE id = :id
""")

SUBMIT_COMMAND = text("""
    INSERT INTO command (kind, payload, created_at, created_by, actor)
    VALUES (:kind, :payload, :now, :by, :actor) RETURNING id
""")

COMMAND_RESULT = text("SELECT done_at, result, error FROM command WHERE id = :id")

# Only one process at a time executes commands: they change what all workers read.
COMMAND_LOCK = text("SELECT pg_try_advisory_xact_lock(168230915)")
