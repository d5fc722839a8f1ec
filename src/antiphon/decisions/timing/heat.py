"""What was sent at which hour of the week, and what came back, counted once a day: what the page of send times draws.

An hour is the person's local one, the brand's where their zone is unknown. Answers are clicks and replies of people.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from antiphon.decisions.timing.queries import CALLED_OFF
from antiphon.kit.buckets import portions
from antiphon.people.counted import RESPONSES
from antiphon.store.db import Database
from antiphon.store.keys import keys

#: An answer counts within this of when the message was due. Days (UTC) are counted once it has passed for all of them.
WITHIN = timedelta(hours=72)
#: How far back it is counted when nothing was counted yet, and what the page looks at.
FIRST, SHOWN = timedelta(days=90), timedelta(days=90)
#: Hours of a week, from Monday's midnight on.
SLOTS = 7 * 24
_PORTIONS = portions(16)

# 1 January 1970 was a Thursday: three days after a Monday.
_SLOT = "mod(floor((extract(epoch FROM {0}) + s.utc_offset) / 3600)::bigint + 72, 168)::smallint"
_DAY = "floor(extract(epoch FROM {0}) / 86400)::int"
_PLACE = """JOIN person p ON p.bucket = q.bucket AND p.id = q.person
  JOIN zone_span s ON s.zone = coalesce(p.zone, :zone) AND s.from_utc <= q.at AND s.to_utc > q.at"""

#: Of some buckets: promotional messages by when they were due, and how many of them were answered.
_SENT = text(f"""
SELECT {_DAY.format("q.at")} AS day, q.channel, {_SLOT.format("q.at")} AS slot, count(*) AS sent,
       count(*) FILTER (WHERE q.answered) AS answered, 0 AS answers
  FROM (
    SELECT d.bucket, d.id, d.person, d.channel, d.due_at AS at, bool_or(e.id IS NOT NULL) AS answered
      FROM decision d
      LEFT JOIN event e ON e.bucket = d.bucket AND e.person = d.person AND e.at >= d.due_at
           AND e.at < d.due_at + cast(:within AS interval)
           AND e.name = ANY(:responses) AND starts_with(e.name, CASE d.channel WHEN 'email' THEN 'Email ' ELSE 'SMS ' END)
           AND (e.props->>'machine') IS DISTINCT FROM 'true'
     WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.channel IS NOT NULL AND d.purpose <> 'transactional'
       AND d.due_at >= :since AND d.due_at < :until
       AND NOT EXISTS (SELECT 1 FROM unnest(cast(:called_off AS integer[]), cast(:ends AS timestamptz[])) c(origin, ended)
                        WHERE c.origin = d.journey AND d.due_at > c.ended)
     GROUP BY d.bucket, d.id, d.person, d.channel, d.due_at
  ) q
  {_PLACE}
 GROUP BY 1, 2, 3
""")

#: The same of answers by when they came, whatever they answered.
_ANSWERS = text(f"""
SELECT {_DAY.format("q.at")} AS day, CASE WHEN starts_with(q.name, 'Email ') THEN 'email' ELSE 'sms' END AS channel,
       {_SLOT.format("q.at")} AS slot, 0 AS sent, 0 AS answered, count(*) AS answers
  FROM event q
  {_PLACE}
 WHERE q.bucket = ANY(cast(:buckets AS smallint[])) AND q.name = ANY(:responses) AND q.at >= :since AND q.at < :until
   AND (q.props->>'machine') IS DISTINCT FROM 'true'
 GROUP BY 1, 2, 3
""")

_ZONE = text("SELECT zone FROM brand WHERE id = 1")
_LAST_DAY = text("SELECT max(day) FROM send_hour")

#: Counting a day again gives the same.
_WRITE = text("""
INSERT INTO send_hour (day, channel, slot, sent, answered, answers)
SELECT * FROM unnest(cast(:days AS date[]), cast(:channels AS text[]), cast(:slots AS smallint[]), cast(:sent AS bigint[]),
                     cast(:answered AS bigint[]), cast(:answers AS bigint[]))
    ON CONFLICT (day, channel, slot) DO UPDATE SET sent = excluded.sent, answered = excluded.answered,
       answers = excluded.answers
""")

#: A few hundred thousand rows at most: two channels, a week's hours, ninety days.
_SHOWN = text("""
SELECT slot, sum(sent)::bigint AS sent, sum(answered)::bigint AS answered, sum(answers)::bigint AS answers
  FROM send_hour WHERE channel = :channel AND day >= :since GROUP BY slot
""")


def count_hours(database: Database, now: datetime, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Count all days that are over by three and were not counted yet; returns of how many rows."""
    until = datetime.combine((now - WITHIN).astimezone(UTC).date(), datetime.min.time(), UTC)
    with database.read() as connection:
        last: date | None = connection.execute(_LAST_DAY).scalar_one()
        zone = connection.execute(_ZONE).scalar_one_or_none()
        off = connection.execute(CALLED_OFF, {"since": now - FIRST - WITHIN}).all()
    since = until - FIRST if last is None else datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    if since >= until or zone is None:
        return 0
    found: dict[tuple[int, str, int], list[int]] = {}
    given: dict[str, Any] = {
        "since": since,
        "until": until,
        "within": WITHIN,
        "responses": list(RESPONSES),
        "zone": zone,
    }
    given |= {"called_off": [row.origin for row in off], "ends": [row.done_at for row in off]}
    for buckets in _PORTIONS:
        if stopping():
            return 0
        with database.read() as connection:
            for statement in (_SENT, _ANSWERS):
                for row in connection.execute(statement, {"buckets": keys(buckets), **given}):
                    sums = found.setdefault((row.day, row.channel, row.slot), [0, 0, 0])
                    for place, number in enumerate((row.sent, row.answered, row.answers)):
                        sums[place] += number
    # of a last day without any message it is kept that it was looked at
    found.setdefault(((until - timedelta(days=1) - datetime(1970, 1, 1, tzinfo=UTC)).days, "email", 0), [0, 0, 0])
    with database.begin("learn") as connection:
        connection.execute(_WRITE, _values(found))
    return len(found)


def _values(found: dict[tuple[int, str, int], list[int]]) -> dict[str, Any]:
    epoch = date(1970, 1, 1)
    names = ("sent", "answered", "answers")
    return {
        "days": [epoch + timedelta(days=day) for day, _, _ in found],
        "channels": [channel for _, channel, _ in found],
        "slots": [slot for _, _, slot in found],
        **{name: [sums[place] for sums in found.values()] for place, name in enumerate(names)},
    }


def week(connection: Connection, channel: str, now: datetime) -> list[tuple[int, int, int]]:
    """What was sent, how many of that were answered, and what answers came, at each of the week's 168 hours; 90 days."""
    found = [(0, 0, 0)] * SLOTS
    since = (now - SHOWN).astimezone(UTC).date()
    for row in connection.execute(_SHOWN, {"channel": channel, "since": since}):
        found[row.slot] = (row.sent, row.answered, row.answers)
    return found
