"""The SQL of segments' upkeep. Everything that a tick writes lies in buckets that it holds."""

from sqlalchemy import text

# What a tick must know before it does anything: one round trip, which finds nothing while there are no segments.
LOOK = text("""
    SELECT (SELECT coalesce(max(id), 0) || '/' || coalesce(sum(revision), 0) || '/' || count(held_at) || '/' ||
                   coalesce(max(changed_at), 'epoch') FROM segment) AS signature,
           EXISTS (SELECT 1 FROM touched WHERE bucket = ANY(:buckets)) AS touched
""")

SEGMENTS = text("SELECT id, name, title, definition, state, revision, held_at FROM segment ORDER BY id")

# Of that revision alone: what was defined meanwhile has not failed. Letting it go makes a new revision, so that everybody is
# looked at: what touched people meanwhile was not kept.
HOLD = text("""
    UPDATE segment SET held_at = :now, held_error = :error
    WHERE id = :segment AND revision = :revision AND held_at IS NULL
""")

# Taken out, not read: what commits in between stays for the next tick.
TAKE_TOUCHED = text("DELETE FROM touched WHERE bucket = ANY(:buckets) RETURNING bucket, person, what, quiet")

# psycopg has no datetime for infinity; nothing infinite is kept here.
FRESH = text("""
    SELECT bucket, person, name, bool_and(backfill) AS quiet, max(greatest(received_at, at)) AS newest
    FROM fresh WHERE bucket = ANY(:buckets) AND batch <= :batch AND name = ANY(:names)
    GROUP BY bucket, person, name
""")

DUE = text("""
    SELECT bucket, segment, person FROM segment_due WHERE bucket = ANY(:buckets) AND at <= :now ORDER BY at LIMIT :limit
""")
# Each min() is one probe of an index; from bucket_state, because a cluster takes no look aside from an array.
NEXT_DUE = text("""
    SELECT min(first) FROM (
        SELECT (SELECT min(at) FROM segment_due d WHERE d.bucket = b.bucket) AS first
        FROM bucket_state b WHERE b.bucket = ANY(:buckets)
    ) each
""")

# Which revision of each segment the buckets follow.
FOLLOWING = text("SELECT bucket, segment, revision FROM segment_bucket WHERE bucket = ANY(:buckets)")
PEOPLE_OF = text("SELECT bucket, count(*) AS n FROM person WHERE bucket = ANY(:buckets) GROUP BY bucket")

_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"

ADD_MEMBERS = text(f"""
    INSERT INTO segment_member (bucket, segment, person, since)
    SELECT k.bucket, :segment, k.person, :now FROM {_PEOPLE} ON CONFLICT DO NOTHING
""")
DROP_MEMBERS = text(f"""
    DELETE FROM segment_member t USING {_PEOPLE}
    WHERE t.bucket = k.bucket AND t.segment = :segment AND t.person = k.person
""")
SET_DUE = text("""
    INSERT INTO segment_due (bucket, segment, person, at)
    SELECT k.bucket, :segment, k.person, k.at
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ats AS timestamptz[])) k(bucket, person, at)
    ON CONFLICT (bucket, segment, person) DO UPDATE SET at = excluded.at
""")
DROP_DUE = text(f"""
    DELETE FROM segment_due t USING {_PEOPLE}
    WHERE t.bucket = k.bucket AND t.segment = :segment AND t.person = k.person
""")
_NEWS = (
    "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ids AS bigint[]), cast(:quiets AS text[])) "
    "k(bucket, person, id, quiet)"
)
EVENTS = text(f"""
    INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, source)
    SELECT k.bucket, k.person, :now, k.id, :name, :props, :now, k.quiet = 't', 'antiphon' FROM {_NEWS}
    ON CONFLICT DO NOTHING
""")
EVENTS_FRESH = text(f"""
    INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
    SELECT k.bucket, k.id, :batch, k.person, :now, :name, :now, k.quiet = 't' FROM {_NEWS} ON CONFLICT DO NOTHING
""")
# They come after the tick has counted what was fresh.
COUNT_EVENTS = text(f"""
    INSERT INTO event_total (bucket, person, name, n, first_at, last_at)
    SELECT k.bucket, k.person, :name, 1, :now, :now FROM {_PEOPLE}
    ON CONFLICT (bucket, person, name) DO UPDATE SET
        n = event_total.n + 1, last_at = greatest(event_total.last_at, excluded.last_at)
""")

FLOW = text("""
    INSERT INTO segment_flow (bucket, segment, day, entered, gone)
    SELECT k.bucket, :segment, :day, k.entered, k.gone
    FROM unnest(cast(:buckets AS smallint[]), cast(:entered AS int[]), cast(:gone AS int[])) k(bucket, entered, gone)
    ON CONFLICT (bucket, segment, day) DO UPDATE SET
        entered = segment_flow.entered + excluded.entered, gone = segment_flow.gone + excluded.gone
""")
FOLLOW = text("""
    INSERT INTO segment_bucket (bucket, segment, revision, members)
    SELECT k.bucket, :segment, :revision, 0 FROM unnest(cast(:buckets AS smallint[])) k(bucket)
    ON CONFLICT (bucket, segment) DO UPDATE SET revision = excluded.revision
""")
COUNT_MEMBERS = text("""
    UPDATE segment_bucket t SET members = t.members + k.n
    FROM unnest(cast(:buckets AS smallint[]), cast(:ns AS int[])) k(bucket, n)
    WHERE t.bucket = k.bucket AND t.segment = :segment
""")
# Where rows go by merges, splits and erasures: of few people, so that it costs the same however many there are.
ROWS_OF = text(f"""
    SELECT t.bucket, t.segment, count(*) AS n
    FROM {_PEOPLE} JOIN segment_member t ON t.bucket = k.bucket AND t.person = k.person GROUP BY t.bucket, t.segment
""")
CORRECT_MEMBERS = text("""
    UPDATE segment_bucket t SET members = t.members + k.n
    FROM unnest(cast(:buckets AS smallint[]), cast(:segments AS int[]), cast(:ns AS int[])) k(bucket, segment, n)
    WHERE t.bucket = k.bucket AND t.segment = k.segment
""")
