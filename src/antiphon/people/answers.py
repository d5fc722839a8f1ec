"""The SQL that counts which messages were answered: once each, however often they were clicked, in whatever order acts arrive.

Clicks name their message. What names none, as a reply does, is taken for an answer to one message a day.
"""

from typing import Any

from sqlalchemy import TextClause, text

from antiphon.people.counted import RESPONSES
from antiphon.people.counting import ADD_ENGAGEMENT, ALL, FRESH, grown

#: An answer that comes later than this after an earlier one to the same message counts again.
AGAIN = "7 days"

VALUES: dict[str, Any] = {"names": list(RESPONSES), "again": AGAIN}

_CHANNEL = "CASE WHEN {0}.name LIKE 'Email %' THEN 'email' ELSE 'sms' END"
_MESSAGE = "coalesce({0}.props->>'message', floor(extract(epoch FROM {0}.at) / 86400)::text)"
_HUMAN = "({0}.props->>'machine') IS DISTINCT FROM 'true'"

# What was counted before: it is fresh no more.
_BEFORE = f"""
    WHERE NOT EXISTS (
        SELECT 1 FROM event o LEFT JOIN fresh n ON n.bucket = o.bucket AND n.event = o.id
         WHERE o.bucket = q.bucket AND o.person = q.person AND o.at > q.at - cast(:again AS interval)
           AND o.at < q.at + cast(:again AS interval) AND o.name = ANY(:names) AND n.event IS NULL
           AND {_HUMAN.format("o")} AND {_CHANNEL.format("o")} = q.channel AND {_MESSAGE.format("o")} = q.message)"""


def _count(source: str, before: str = "") -> TextClause:
    return text(f"""
    INSERT INTO engagement (bucket, person, channel, answers)
    SELECT q.bucket, q.person, q.channel, sum({grown("q.at", "q.received_at")})
    FROM (
        SELECT DISTINCT ON (f.bucket, f.person, {_CHANNEL.format("f")}, {_MESSAGE.format("f")})
               f.bucket, f.person, f.at, f.received_at, {_CHANNEL.format("f")} AS channel,
               {_MESSAGE.format("f")} AS message
        FROM {source}
        WHERE {_HUMAN.format("f")}
        ORDER BY f.bucket, f.person, {_CHANNEL.format("f")}, {_MESSAGE.format("f")}, f.at, f.event
    ) q {before}
    GROUP BY q.bucket, q.person, q.channel
    {ADD_ENGAGEMENT}
    """)


#: Want :data:`VALUES`: of fresh events ``buckets`` and ``batch``, of everything ``people`` too.
COUNT_FRESH, COUNT_ALL = _count(FRESH, _BEFORE), _count(ALL)
