"""Monthly partitions of ``event``, made ahead of the rows that need them."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from antiphon.intake import queries
from antiphon.store.db import Database

_log = logging.getLogger(__name__)

#: Older and later events stay in the default partition, so that a wrong clock cannot make partitions without end.
FIRST_YEAR = 2005

Month = tuple[int, int]


def months_of(instants: Iterable[datetime], latest: datetime) -> set[Month]:
    """The months of ``instants``, and the one after ``latest`` as well as its own; later ones are left out."""
    ahead = _next((latest.year, latest.month))
    found = {(at.year, at.month) for at in instants}
    return {m for m in found | {(latest.year, latest.month), ahead} if (FIRST_YEAR, 1) <= m <= ahead}


def ensure(database: Database, months: Iterable[Month], known: set[str]) -> None:
    """Make the partitions that are missing, each in a transaction of its own.

    ``known`` remembers what exists between calls. A month that the default partition already holds rows of, or whose
    lock cannot be had at once, is left to the default partition: slower to read, never lost.
    """
    wanted = {_name(month): month for month in months}
    if wanted.keys() <= known:
        return
    with database.begin("read") as connection:
        known.update(connection.execute(queries.PARTITIONS).scalars())
    for name in sorted(wanted.keys() - known):
        try:
            _make(database, name, wanted[name])
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            _log.info("partition %s left for later: %s", name, error.orig)
        else:
            known.add(name)


def _make(database: Database, name: str, month: Month) -> None:
    start, stop = datetime(*month, 1, tzinfo=UTC), datetime(*_next(month), 1, tzinfo=UTC)
    with database.begin("migrate") as connection:
        connection.execute(queries.WAIT_FOR_PARTITION)
        if connection.execute(queries.DEFAULT_HOLDS, {"start": start, "stop": stop}).scalar_one():
            return
        # LIKE and ATTACH: unlike CREATE … PARTITION OF they do not stop readers and writers of the other partitions
        connection.execute(text(f"CREATE TABLE {name} (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
        connection.execute(
            text(
                f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ('{start:%Y-%m-%d}') TO ('{stop:%Y-%m-%d}')"
            )
        )


def _name(month: Month) -> str:
    return f"event_{month[0]:04d}_{month[1]:02d}"


def _next(month: Month) -> Month:
    return (month[0] + 1, 1) if month[1] == 12 else (month[0], month[1] + 1)
