"""The SQL that counts at which hours people are about, over fresh events in the tick and over all after a split.

Both only add; a machine's acts never count, what follows without an hour's pause is one act of the heaviest among them, and an
act's hour is the person's local one when it began.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import TextClause, text

from antiphon.decisions.timing.curves import BURST_SECONDS, HALF_LIFE_DAYS, HOURS
from antiphon.people.counted import CLICKS, RESPONSES, VALUED, VISITS
from antiphon.people.engagement import EPOCH

SLOTS = 2 * HOURS
_DAY = 86_400
_HALF_LIFE = HALF_LIFE_DAYS * _DAY
#: What an act tells of when somebody is about; opens tell nothing, because machines open too.
ORDER, RESPONSE, VISIT = 3, 2, 1
NAMES = (*RESPONSES, *VISITS, *VALUED)
VALUES: dict[str, Any] = {
    "names": list(NAMES),
    "clicks": list(CLICKS),
    "responses": list(RESPONSES),
    "orders": list(VALUED),
    "pause": BURST_SECONDS,
}

# What is fresh, by the batch of the tick. Only of clicks it matters who did them.
_FRESH = """(
    SELECT f.bucket, f.person, least(f.at, f.received_at) AS at, f.name FROM fresh f
    WHERE f.bucket = ANY(:buckets) AND f.batch <= :batch AND f.name = ANY(:names)
      AND NOT (f.name = ANY(:clicks) AND EXISTS (
          SELECT 1 FROM event e WHERE e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
             AND e.props->>'machine' = 'true'))
) f"""
# Everything that some people have; what is fresh still will be counted by the tick.
_ALL = """(
    SELECT e.bucket, e.person, least(e.at, e.received_at) AS at, e.name
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
    JOIN event e ON e.bucket = k.bucket AND e.person = k.person AND e.name = ANY(:names)
    LEFT JOIN fresh n ON n.bucket = e.bucket AND n.event = e.id
    WHERE n.event IS NULL AND (e.props->>'machine') IS DISTINCT FROM 'true'
) f"""

# An instant that was told wrong must not weigh more than everything else.
_GROWN = (
    f"power(2::float8, greatest(-100, least(100, (extract(epoch FROM q.at)::float8 - {EPOCH.timestamp():.0f}) "
    f"/ {_HALF_LIFE:.0f})))"
)
_LOCAL = "floor(extract(epoch FROM q.at) + s.utc_offset)::bigint"
# 1 January 1970 was a Thursday.
_SLOT = f"(mod({_LOCAL}, {_DAY}) / 3600 + CASE WHEN mod({_LOCAL} / {_DAY} + 4, 7) IN (0, 6) THEN {HOURS} ELSE 0 END)"

_ADDED = ", ".join(f"person_rhythm.hours[{slot}] + excluded.hours[{slot}]" for slot in range(1, SLOTS + 1))
#: How two rows of one person come together.
ADD = (
    f"ON CONFLICT (bucket, person) DO UPDATE SET hours = ARRAY[{_ADDED}], acts = person_rhythm.acts + excluded.acts, "
    "last_at = greatest(person_rhythm.last_at, excluded.last_at)"
)
#: The columns beside the key, and the sum of several rows ``t``.
COLUMNS = ("hours", "acts", "last_at")
SUMS = (
    f"ARRAY[{', '.join(f'sum(t.hours[{slot}])' for slot in range(1, SLOTS + 1))}]::real[], sum(t.acts), max(t.last_at)"
)


def _count(source: str) -> TextClause:
    hours = ", ".join(f"coalesce(sum(q.worth) FILTER (WHERE q.slot = {slot}), 0)" for slot in range(SLOTS))
    return text(f"""
    INSERT INTO person_rhythm (bucket, person, hours, acts, last_at)
    SELECT q.bucket, q.person, ARRAY[{hours}]::real[], sum(q.grown), max(q.until)
    FROM (
        SELECT q.bucket, q.person, q.until, {_SLOT} AS slot, CASE WHEN q.begun THEN {_GROWN} * q.weight ELSE 0 END AS worth,
               CASE WHEN q.begun THEN {_GROWN} ELSE 0 END AS grown
        FROM (
            SELECT b.bucket, b.person, b.burst > 0 AS begun, min(b.at) AS at, max(b.at) AS until, max(b.weight) AS weight
            FROM (
                SELECT a.bucket, a.person, a.at, a.weight, sum(CASE WHEN a.begins THEN 1 ELSE 0 END)
                           OVER (PARTITION BY a.bucket, a.person ORDER BY a.at, a.weight ROWS UNBOUNDED PRECEDING) AS burst
                FROM (
                    SELECT f.bucket, f.person, f.at,
                           CASE WHEN f.name = ANY(:orders) THEN {ORDER} WHEN f.name = ANY(:responses) THEN {RESPONSE}
                                ELSE {VISIT} END AS weight,
                           coalesce(extract(epoch FROM f.at - lag(f.at) OVER (
                                        PARTITION BY f.bucket, f.person ORDER BY f.at,
                                        CASE WHEN f.name = ANY(:orders) THEN {ORDER}
                                             WHEN f.name = ANY(:responses) THEN {RESPONSE} ELSE {VISIT} END)) >= :pause,
                                    r.last_at IS NULL OR abs(extract(epoch FROM f.at - r.last_at)) >= :pause) AS begins
                    FROM {source}
                    LEFT JOIN person_rhythm r ON r.bucket = f.bucket AND r.person = f.person
                ) a
            ) b GROUP BY b.bucket, b.person, b.burst
        ) q
        JOIN person p ON p.bucket = q.bucket AND p.id = q.person
        JOIN zone_span s ON s.zone = coalesce(p.zone, :zone) AND s.from_utc <= q.at AND s.to_utc > q.at
    ) q GROUP BY q.bucket, q.person
    {ADD}
    """)


#: Want :data:`VALUES` and the brand's ``zone``: of fresh events ``buckets`` and ``batch``, of everything ``people`` too.
COUNT_FRESH, COUNT_ALL = _count(_FRESH), _count(_ALL)


def grown(now: float) -> float:
    """What an act of ``now`` (seconds of the epoch) adds."""
    return float(2.0 ** ((now - EPOCH.timestamp()) / _HALF_LIFE))


def counts(rows: Sequence[tuple[bytes, float]], now: float) -> NDArray[np.float32]:
    """Decayed counts (n, 2, 24) as of ``now`` (seconds of the epoch) from ``array_send(hours)`` and ``acts``.

    Weights say what an act tells beside the others of its person; the sum is that of acts, all alike.
    """
    # 20 bytes say what the array is; each number comes with its length
    head = np.dtype([("head", "V20"), ("each", [("size", ">i4"), ("value", ">f4")], (SLOTS,))])
    found = np.frombuffer(b"".join(row[0] for row in rows), head)["each"]["value"].astype(np.float64)
    acts = np.array([row[1] for row in rows], np.float64) / grown(now)
    total = found.sum(axis=1)
    found *= np.divide(acts, total, out=np.zeros_like(acts), where=total > 0)[:, None]
    return found.reshape(-1, 2, HOURS).astype(np.float32)
