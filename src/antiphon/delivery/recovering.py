"""What keeps back the text of a ``recover`` step at the last gate: an answer since it was planned, or a consent that ended."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from antiphon.delivery.models import Message
from antiphon.people.counted import JUDGED, RESPONSES, VALUED, VISITS

#: Events that show that somebody needs no reminder.
SIGNS = (*RESPONSES, *VISITS, *VALUED)

#: A message and its decision have one id; what had arrived by the decision's instant, the step has looked at.
_SIGNED = text("""
SELECT w.id, EXISTS (
           SELECT FROM event e WHERE e.bucket = d.bucket AND e.person = d.person AND e.at >= w.occasion
              AND e.received_at > d.at AND e.name = ANY(cast(:signs AS text[]))
              AND NOT (e.name = ANY(cast(:judged AS text[])) AND (e.props->>'machine') IS NOT DISTINCT FROM 'true')
       ) AS answered,
       EXISTS (
           SELECT FROM person_address a WHERE a.bucket = d.bucket AND a.person = d.person
              AND a.channel = 'email' AND a.marketing = 'subscribed'
       ) AS by_email
  FROM unnest(cast(:buckets AS smallint[]), cast(:ids AS bigint[]), cast(:occasions AS timestamptz[]))
       w(bucket, id, occasion)
  JOIN decision d ON d.bucket = w.bucket AND d.id = w.id
""")


def kept_back(
    connection: Connection, messages: Sequence[Message], whose: Mapping[int, tuple[int, int]]
) -> dict[int, str]:
    """The rule that keeps a recovering text back, by message; ``whose``: bucket and person of each."""
    mine = [message for message in messages if message.recovers]
    if not mine:
        return {}
    rows = connection.execute(
        _SIGNED,
        {
            "buckets": [whose[m.id][0] for m in mine],
            "ids": [m.id for m in mine],
            "occasions": [m.occasion_at for m in mine],
            "signs": list(SIGNS),
            "judged": list(JUDGED),
        },
    )
    found = {}
    for row in rows:
        if row.answered:
            found[row.id] = "recover.answered"
        elif not row.by_email:
            found[row.id] = "consent.email"
    return found
