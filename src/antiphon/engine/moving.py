"""Carrying live runs over to another version of their journey, in portions, as its mapping says."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.engine.apply import apply_moves, next_tick
from antiphon.engine.failures import blaming
from antiphon.journeys import queries
from antiphon.journeys.moving import Moving
from antiphon.store.keys import keys


class Mover:
    """Remembers where nobody is left to be moved; a merge may bring somebody, so now and then it must forget."""

    def __init__(self) -> None:
        self._done: dict[tuple[int, int], set[int]] = {}

    def forget(self) -> None:
        self._done.clear()

    def move(
        self, connection: Connection, now: datetime, buckets: Collection[int], movings: Sequence[Moving], limit: int
    ) -> tuple[int, bool]:
        """Move at most about ``limit`` runs; returns how many, and whether that was all that can move now."""
        moved, all_of_them = 0, True
        for one in movings:
            done = self._done.setdefault((one.from_version, one.to_version), set())
            left = sorted(set(buckets) - done)
            if not left:
                continue
            if moved >= limit:
                return moved, False
            carried = _carry(connection, now, left, one, limit - moved)
            moved += carried
            if moved < limit:
                done.update(left)
            else:
                all_of_them = False
        return moved, all_of_them


def _carry(connection: Connection, now: datetime, buckets: Sequence[int], moving: Moving, limit: int) -> int:
    tick, carried = next_tick(connection), 0
    for statement in moving.moves:
        if carried < limit:
            values = {"buckets": keys(buckets), "now": now, "tick": tick, "limit": limit - carried}
            with blaming(moving.to_version, "moving runs to it"):
                carried += connection.execute(statement, values).rowcount
    if carried:
        apply_moves(connection, buckets, tick)
        values = {"buckets": keys(buckets), "tick": tick, "to": moving.to_version}
        connection.execute(queries.CHANGE_VERSION, values)
    return carried
