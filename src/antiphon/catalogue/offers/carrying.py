"""Codes of people who become one, or part again.

One who was two keeps the codes of both: each was promised to them, and each stays good. Of one offer the oldest counts, and
nobody gets another one. In a split a code goes with the run that asked for it, as its messages do; what somebody gave by hand
stays with the person who stays.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.tables import coupon_given
from antiphon.kit.buckets import bucket_of
from antiphon.store.db import copy_rows

_COLUMNS = tuple(column.name for column in coupon_given.c)


def merge_codes(connection: Connection, merges: Mapping[int, int]) -> None:
    """Carry the codes of those who go to those who stay, under the locks of all their buckets."""
    _carry(connection, {*merges, *merges.values()}, lambda row: merges.get(row["person"], row["person"]))


def carry_codes(connection: Connection, runs: Mapping[int, tuple[int, int]]) -> None:
    """Carry the codes that runs asked for along with them: ``runs`` by id, from whom and to whom."""
    people = {person for pair in runs.values() for person in pair}
    _carry(
        connection,
        people,
        lambda row: (
            runs[row["run"]][1] if row["run"] in runs and runs[row["run"]][0] == row["person"] else row["person"]
        ),
    )


def _carry(connection: Connection, people: Collection[int], whose: Any) -> None:
    where = {"buckets": [bucket_of(person) for person in people], "people": list(people)}
    rows = [dict(row) for row in connection.execute(queries.ALL_OF, where).mappings()]
    if all(whose(row) == row["person"] for row in rows):
        return
    groups: defaultdict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        person = whose(row)
        groups[person, row["offer"]].append(row | {"person": person, "bucket": bucket_of(person)})
    connection.execute(queries.FORGET_PEOPLE, where)
    numbered = [
        row | {"n": n}
        for group in groups.values()
        for n, row in enumerate(sorted(group, key=lambda row: (row["given_at"], row["key"])))
    ]
    copy_rows(connection, coupon_given, _COLUMNS, [tuple(row[name] for name in _COLUMNS) for row in numbered])
