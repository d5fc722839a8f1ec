"""Keeping the number of members right where rows of members go from one person to another, or go for good."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from antiphon.audiences.segments import queries
from antiphon.kit.buckets import bucket_of
from antiphon.store.keys import Ids, keys

Place = tuple[int, int]


@contextmanager
def counted(connection: Connection, people: Collection[int]) -> Iterator[None]:
    """Count the rows of some people before and after what is done inside; their buckets' locks are held."""
    before = _rows(connection, people)
    yield
    if not before:
        return
    after = _rows(connection, people)
    changed = {place: after[place] - before[place] for place in before.keys() | after.keys()}
    changed = {place: n for place, n in changed.items() if n}
    if changed:
        connection.execute(
            queries.CORRECT_MEMBERS,
            {
                "buckets": keys([bucket for bucket, _ in changed]),
                "segments": [segment for _, segment in changed],
                "ns": list(changed.values()),
            },
        )


def _rows(connection: Connection, people: Collection[int]) -> Counter[Place]:
    each = sorted(people)
    given = {"buckets": keys([bucket_of(person) for person in each]), "people": Ids(each)}
    return Counter({(row.bucket, row.segment): row.n for row in connection.execute(queries.ROWS_OF, given)})
