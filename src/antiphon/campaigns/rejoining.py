"""People who became one while a campaign was picked or planned: a merge moves them between buckets of which one is done already
and the other is not, and nobody is to be forgotten for that."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from antiphon.campaigns import queries
from antiphon.campaigns.audience import gathering
from antiphon.campaigns.kept import Kept, earlier_of
from antiphon.kit.buckets import bucket_of
from antiphon.store.db import Database
from antiphon.store.keys import Ids, Keys, keys
from antiphon.store.locks import lock_buckets, share_campaign

#: Clocks of a merge and of a launch may lie so far apart; and so long, at the most, people are picked.
_APART, _LONG = timedelta(minutes=1), timedelta(minutes=10)
_TIMEOUT = timedelta(seconds=60)


def still(connection: Connection, one: Kept) -> bool:
    """Whether a campaign is as it was; until the transaction ends, who ends it waits for what was planned of it."""
    share_campaign(connection, one.id)
    state: str = connection.execute(queries.STATE, {"id": one.id}).scalar_one()
    before: str = one.row.state
    return state == before


def pick(connection: Connection, one: Kept, buckets: Keys, people: Sequence[int] | None = None) -> None:
    """Write the members of some buckets, or of ``people`` in them those who are meant."""
    earlier = earlier_of(connection, one.campaign)
    given: dict[str, Any] = {"buckets": buckets}
    if earlier is not None:
        given["unsent"] = unsent(connection, earlier, buckets)
    if people is not None:
        given["people"] = Ids(people)
    origin = None if earlier is None else earlier.origin
    chosen = gathering(one.campaign, one.id, one.row.gather_at, origin, some=people is not None)
    connection.execute(chosen, given)


def unsent(connection: Connection, earlier: Kept, buckets: Keys) -> Ids:
    """Messages of an earlier campaign that never left, whatever else went to the same people since."""
    found = connection.execute(queries.UNSENT, {"origin": earlier.origin, "buckets": buckets})
    return Ids(found.scalars())


def pick_again(database: Database, one: Kept) -> None:
    """Whoever somebody joined while people were picked, in a bucket that was done already: whether they are meant now."""
    gathered: datetime = one.row.gather_at
    with database.read() as connection:
        merged = _merged(connection, gathered, gathered + _LONG)
    if not merged:
        return
    touched = keys(sorted({bucket for row in merged for bucket in (row.bucket, row.to_bucket)}))
    with database.begin("campaigns", durable=False, statement_timeout=_TIMEOUT) as connection:
        lock_buckets(connection, touched)
        if still(connection, one):
            pick(connection, one, touched, sorted({row.to_person for row in merged}))
            connection.execute(queries.RECOUNT_MEMBERS, {"campaign": one.id, "buckets": touched})


def left_over(database: Database, one: Kept) -> bool:
    """Once all buckets are planned: whether a merge brought somebody undecided into one that was. Those are open again.

    Who is undecided came out of a bucket before it was planned, so that all of them are visible now.
    """
    with database.read() as connection:
        merged = _merged(connection, one.row.gather_at, datetime.max.replace(tzinfo=one.row.gather_at.tzinfo))
        people = sorted({row.to_person for row in merged})
        given = {"campaign": one.id, "origin": one.origin, "people": Ids(people)}
        given["buckets"] = keys([bucket_of(person) for person in people])
        found = connection.execute(queries.UNDECIDED, given).scalars().all() if people else []
    if not found:
        return False
    with database.begin("campaigns", durable=False) as connection:
        touched = keys(sorted({*found, *(row.bucket for row in merged if row.to_bucket in found)}))
        lock_buckets(connection, touched)
        if still(connection, one):
            connection.execute(queries.RECOUNT_MEMBERS, {"campaign": one.id, "buckets": touched})
            connection.execute(queries.REOPEN, {"campaign": one.id, "buckets": keys(found)})
    return True


def _merged(connection: Connection, since: datetime, until: datetime) -> Sequence[Any]:
    return connection.execute(queries.MERGED, {"since": since - _APART, "until": until}).all()
