"""Archiving ends what is under way: the runs of archived journeys, whatever step they stand at."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from antiphon.engine.apply import apply_moves, next_tick
from antiphon.journeys import queries


class Archive:
    """Ends the runs of archived versions, and remembers where none is left.

    Nobody enters an archived version; but a merge may bring a run from a bucket that is not done yet, so that what is
    remembered must be forgotten now and then.
    """

    def __init__(self) -> None:
        self._versions: frozenset[int] = frozenset()
        self._done: set[int] = set()

    def forget(self) -> None:
        self._done.clear()

    def end_runs(
        self, connection: Connection, now: datetime, buckets: Collection[int], versions: frozenset[int], limit: int
    ) -> tuple[int, bool]:
        """End at most ``limit`` runs of ``versions`` in ``buckets``; returns how many, and whether that was all."""
        if versions != self._versions:
            self._versions, self._done = versions, set()
        left = sorted(set(buckets) - self._done)
        if not versions or not left:
            return 0, True
        values = {"buckets": left, "versions": sorted(versions), "now": now, "limit": limit}
        tick = next_tick(connection)
        ended = connection.execute(queries.END_ARCHIVED, values | {"tick": tick}).rowcount
        if ended:
            apply_moves(connection, left, tick)
        all_of_them = ended < limit
        if all_of_them:
            self._done.update(left)
        return ended, all_of_them
