"""Applying the moves of passes: the fixed statements behind every step type."""

from collections.abc import Sequence

from sqlalchemy import Connection

from antiphon.engine import queries
from antiphon.journeys import queries as journeys
from antiphon.store.keys import Ids, keys


def next_tick(connection: Connection) -> int:
    """A number for what the next pass writes."""
    return int(connection.execute(queries.NEXT_TICK).scalar_one())


def apply_moves(connection: Connection, buckets: Sequence[int], *ticks: int) -> None:
    """Carry out the moves that bear one of ``ticks``: of each at most one per run, by the key of ``move``."""
    values = {"buckets": keys(buckets), "ticks": Ids(ticks)}
    connection.execute(journeys.APPLY_MOVES, values)
    if connection.execute(journeys.FINISH_RUNS, values).rowcount:
        connection.execute(journeys.DELETE_FINISHED, values)
    connection.execute(journeys.COUNT_FLOW, values | {"lowest": min(buckets)})
