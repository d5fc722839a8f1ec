"""The fixed SQL of journeys: versions, runs, moves. What depends on a definition is compiled from it instead."""

from sqlalchemy import text

VERSIONS = text("""
    SELECT v.id, v.journey, v.held_at, j.state, j.version = v.id AS entering, v.moved_to, v.mapping,
           max(v.moved_at) OVER (PARTITION BY v.journey) IS NOT NULL AS mixed,
           v.members_at IS NOT NULL AND v.members_done <= :all AS members
    FROM journey_version v JOIN journey j ON j.id = v.journey ORDER BY v.id
""")

DEFINITION = text("SELECT journey, definition FROM journey_version WHERE id = :version")

# Which steps have due runs. The inner LIMIT bounds the look at a backlog of millions; the rest waits for its turn. Of
# versions that may move alone: the runs of a paused journey must not fill the look and keep the others from theirs.
DUE_STEPS = text("""
    SELECT version, step, count(*) AS n FROM (
        SELECT version, step FROM run
        WHERE bucket = ANY(:buckets) AND wake_at >= :floor AND wake_at <= :now AND version = ANY(:versions)
        LIMIT :look
    ) due GROUP BY version, step ORDER BY version, step
""")

# Whether a due run stands still: the floor must not pass it.
ANY_STANDING = text("""
    SELECT EXISTS (
        SELECT 1 FROM run
        WHERE bucket = ANY(:buckets) AND wake_at >= :floor AND wake_at <= :now AND version <> ALL(:versions)
    )
""")

# The moves of a tick's passes, applied: the last of each run. Driven from the few new moves by the primary key of run.
APPLY_MOVES = text("""
    UPDATE run SET
        step = m.to_step,
        entered_at = CASE WHEN m.to_step = m.from_step THEN run.entered_at ELSE m.at END,
        wake_at = m.wake_at,
        moves = m.seq
    FROM (SELECT DISTINCT ON (bucket, run) bucket, run, from_step, to_step, at, wake_at, seq FROM move
           WHERE bucket = ANY(:buckets) AND tick = ANY(cast(:ticks AS bigint[])) ORDER BY bucket, run, seq DESC) m
    WHERE m.to_step <> '' AND run.bucket = m.bucket AND run.id = m.run
""")

# Archiving ends runs wherever they stand.
END_ARCHIVED = text("""
    INSERT INTO move (bucket, tick, run, person, version, seq, from_step, to_step, outcome, at, wake_at, why)
    SELECT bucket, :tick, id, person, version, moves + 1, step, '', 'cancelled', greatest(:now, entered_at), 'infinity',
           '{"archived": true}'
    FROM run WHERE bucket = ANY(:buckets) AND version = ANY(:versions)
    LIMIT :limit
    ON CONFLICT DO NOTHING
""")

FINISH_RUNS = text("""
    INSERT INTO run_done (bucket, id, person, journey, version, run_key, n, step, outcome, moves,
                          occasion_at, occasion_event, started_at, ended_at)
    SELECT r.bucket, r.id, r.person, r.journey, r.version, r.run_key, r.n, m.from_step, m.outcome, m.seq,
           r.occasion_at, r.occasion_event, r.started_at, m.at
    FROM move m JOIN run r ON r.bucket = m.bucket AND r.id = m.run
    WHERE m.bucket = ANY(:buckets) AND m.tick = ANY(cast(:ticks AS bigint[])) AND m.to_step = ''
""")

DELETE_FINISHED = text("""
    DELETE FROM run USING move m
    WHERE m.bucket = ANY(:buckets) AND m.tick = ANY(cast(:ticks AS bigint[])) AND m.to_step = ''
      AND run.bucket = m.bucket AND run.id = m.run
""")

COUNT_FLOW = text("""
    INSERT INTO step_flow (bucket, version, from_step, to_step, n)
    SELECT cast(:lowest AS smallint), version, from_step, to_step, count(*) FROM move
    WHERE bucket = ANY(:buckets) AND tick = ANY(cast(:ticks AS bigint[]))
    GROUP BY version, from_step, to_step
    ON CONFLICT (bucket, version, from_step, to_step) DO UPDATE SET n = step_flow.n + excluded.n
""")

# Where runs came to in a pass, of those who are due there already.
LANDED_STEPS = text("""
    SELECT version, to_step AS step, count(*) AS n FROM move
    WHERE bucket = ANY(:buckets) AND tick = :tick AND to_step <> '' AND to_step <> from_step AND wake_at <= :now
    GROUP BY version, to_step ORDER BY version, to_step
""")

# Each min() is one probe of the due index; from bucket_state, because a cluster takes no look aside from an array.
NEXT_DUE_RUN = text("""
    SELECT min(first) FROM (
        SELECT (SELECT min(wake_at) FROM run WHERE run.bucket = b.bucket AND wake_at >= :floor AND wake_at < 'infinity') AS first
        FROM bucket_state b WHERE b.bucket = ANY(:buckets)
    ) each
""")

STATES = text("SELECT slug, state FROM journey WHERE slug = ANY(cast(:slugs AS text[]))")

JOURNEY_BY_SLUG = text("SELECT id, state, version FROM journey WHERE slug = :slug")

INSERT_JOURNEY = text("""
    INSERT INTO journey (slug, name, state, created_at, changed_at)
    VALUES (:slug, :name, :state, :now, :now) RETURNING id
""")

UPDATE_JOURNEY = text("""
    UPDATE journey SET name = :name, state = :state, version = :version, changed_at = :now WHERE id = :id
""")

SET_JOURNEY_STATE = text("UPDATE journey SET state = :state, changed_at = :now WHERE id = :id")

NEWEST_VERSION = text("""
    SELECT id, number, sha256 FROM journey_version WHERE journey = :journey ORDER BY number DESC LIMIT 1
""")

INSERT_VERSION = text("""
    INSERT INTO journey_version (journey, number, definition, source, sha256, published_at, published_by)
    VALUES (:journey, :number, :definition, :source, :sha256, :now, :by) RETURNING id
""")

VERSIONS_OF = text("SELECT id, number, definition, moved_to FROM journey_version WHERE journey = :journey")
# 0 is the version that new people enter.
VERSION_BY_NUMBER = text("""
    SELECT v.id, v.number, v.definition, v.source, j.slug, j.state FROM journey j JOIN journey_version v ON v.journey = j.id
    WHERE j.slug = :slug AND CASE WHEN :number = 0 THEN v.id = j.version ELSE v.number = :number END
""")
STANDING_AT = text("SELECT step, count(*) AS n FROM run WHERE version = :version GROUP BY step ORDER BY step")
MOVE_VERSION = text(
    "UPDATE journey_version SET moved_to = :to, mapping = :mapping, moved_at = :now WHERE id = :version"
)
# When it was moved stays: its runs may be anywhere.
STAY_IN_VERSION = text("UPDATE journey_version SET moved_to = NULL, mapping = NULL WHERE id = :version")

# Behind the moves, which have set step and wake: whoever stays at a step of one name came to it when they did.
CHANGE_VERSION = text("""
    UPDATE run SET version = :to, entered_at = CASE WHEN m.why->>'stays' = 'true' THEN run.entered_at ELSE m.at END
    FROM move m
    WHERE m.bucket = ANY(:buckets) AND m.tick = :tick AND m.to_step <> '' AND run.bucket = m.bucket AND run.id = m.run
""")

HOLD_VERSION = text("UPDATE journey_version SET held_at = :now, held_error = :error WHERE id = :version")

RELEASE_VERSION = text("UPDATE journey_version SET held_at = NULL, held_error = NULL WHERE id = :version")

LIST_JOURNEYS = text("""
    SELECT j.id, j.slug, j.name, j.state, j.version, v.number, v.published_at, v.held_at, v.held_error,
           (SELECT count(*) FROM run r WHERE r.journey = j.id) AS runs,
           (SELECT count(*) FROM run_done d WHERE d.journey = j.id) AS done
    FROM journey j LEFT JOIN journey_version v ON v.id = j.version ORDER BY j.slug
""")

#: What conditions may name.
SEGMENT_NAMES = text("SELECT name FROM segment WHERE state = 'live'")

#: What events are called here: what is counted of the first people, and what came last. Neither reads everything; a name
#: that is rare and old may be missing.
EVENT_NAMES = (
    text("SELECT DISTINCT name FROM (SELECT name FROM event_total LIMIT 20000) few"),
    text("SELECT DISTINCT name FROM (SELECT name FROM event ORDER BY received_at DESC LIMIT 5000) lately"),
)
