"""At which hours people are about, what is learned of it, and hours drawn by lot that show whether it helps."""

from alembic import op

revision = "0030"
down_revision = "0029"

_TABLES = """
CREATE TABLE person_rhythm (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    hours REAL[] NOT NULL,
    acts REAL NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person_rhythm PRIMARY KEY (bucket, person)
);

CREATE TABLE rhythm_model (
    version INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    hours FLOAT[] NOT NULL,
    kappa FLOAT NOT NULL,
    told JSONB NOT NULL,
    CONSTRAINT pk_rhythm_model PRIMARY KEY (version)
);

CREATE TABLE timing_outcome (
    day DATE NOT NULL,
    channel TEXT NOT NULL,
    arm SMALLINT NOT NULL,
    messages BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    CONSTRAINT pk_timing_outcome PRIMARY KEY (day, channel, arm)
);

ALTER TABLE decision ADD COLUMN arm SMALLINT;
CREATE INDEX ix_decision_arm ON decision (bucket, due_at) WHERE arm IS NOT NULL;
"""

_HOURS = ", ".join(f"coalesce(sum(q.worth) FILTER (WHERE q.slot = {slot}), 0)" for slot in range(48))
_GROWN = "power(2::float8, greatest(-100, least(100, (extract(epoch FROM q.at)::float8 - 1577836800) / 31536000)))"
_LOCAL = "floor(extract(epoch FROM q.at) + s.utc_offset)::bigint"
_SLOT = f"(mod({_LOCAL}, 86400) / 3600 + CASE WHEN mod({_LOCAL} / 86400 + 4, 7) IN (0, 6) THEN 24 ELSE 0 END)"
_WEIGHT = (
    "CASE WHEN f.name = 'Order Completed' THEN 3 "
    "WHEN f.name IN ('Email Clicked', 'SMS Clicked', 'SMS Replied') THEN 2 ELSE 1 END"
)
_NAMES = """'Email Clicked', 'SMS Clicked', 'SMS Replied', 'Page Viewed', 'Screen Viewed', 'Active on Site',
                            'Product Viewed', 'Product List Viewed', 'Products Searched', 'Product Added',
                            'Cart Viewed', 'Checkout Started', 'Order Completed'"""

# From all that happened so far. What is fresh still will be counted by the tick.
_FILL = f"""
INSERT INTO person_rhythm (bucket, person, hours, acts, last_at)
SELECT q.bucket, q.person, ARRAY[{_HOURS}]::real[], sum(q.grown), max(q.until)
FROM (
        SELECT q.bucket, q.person, q.until, {_SLOT} AS slot,
               CASE WHEN q.begun THEN {_GROWN} * q.weight ELSE 0 END AS worth,
               CASE WHEN q.begun THEN {_GROWN} ELSE 0 END AS grown
        FROM (
            SELECT b.bucket, b.person, b.burst > 0 AS begun, min(b.at) AS at, max(b.at) AS until, max(b.weight) AS weight
            FROM (
                SELECT a.bucket, a.person, a.at, a.weight, sum(CASE WHEN a.begins THEN 1 ELSE 0 END)
                           OVER (PARTITION BY a.bucket, a.person ORDER BY a.at, a.weight ROWS UNBOUNDED PRECEDING) AS burst
                FROM (
                    SELECT f.bucket, f.person, f.at,
                           {_WEIGHT} AS weight,
                           coalesce(extract(epoch FROM f.at - lag(f.at) OVER (
                                        PARTITION BY f.bucket, f.person ORDER BY f.at,
                                        {_WEIGHT})) >= 3600, true) AS begins
                    FROM (
                        SELECT e.bucket, e.person, least(e.at, e.received_at) AS at, e.name
                        FROM event e
                        LEFT JOIN fresh n ON n.bucket = e.bucket AND n.event = e.id
                        WHERE e.name IN ({_NAMES}) AND n.event IS NULL AND (e.props->>'machine') IS DISTINCT FROM 'true'
                    ) f
                ) a
            ) b GROUP BY b.bucket, b.person, b.burst
        ) q
        JOIN person p ON p.bucket = q.bucket AND p.id = q.person
        JOIN zone_span s ON s.zone = coalesce(p.zone, (SELECT zone FROM brand WHERE id = 1))
             AND s.from_utc <= q.at AND s.to_utc > q.at
) q GROUP BY q.bucket, q.person;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_TABLES)
    op.get_bind().exec_driver_sql(_FILL)
