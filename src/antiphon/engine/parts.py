"""Which buckets a tick takes: all of them, or a part at a time while there is more to do than one tick can."""

from collections.abc import Sequence

from sqlalchemy import Connection

from antiphon.store.locks import try_lock_buckets

#: A backlog is carried forward in so many parts, by as many workers at once.
PARTS = 4


class Parts:
    """One worker's turn through a backlog.

    A tick that takes every bucket and cannot finish would keep the other workers out, tick after tick. So it goes on in
    parts, and each of the others takes one that nobody holds. The parts take turns, so that none waits for another one
    to be empty; where none is left, the next tick takes all again and finds what came meanwhile.
    """

    def __init__(self) -> None:
        self._left: list[int] = []  # parts with more to do, whose turn is next first
        self._part: int | None = None  # of this tick

    def lock(self, connection: Connection, buckets: Sequence[int]) -> list[int]:
        """Lock buckets of the next part of which somebody else does not hold everything, or of all parts."""
        for part in self._left:
            mine = try_lock_buckets(connection, buckets[part::PARTS])
            if mine:
                self._part = part
                return mine
        self._part = None
        return try_lock_buckets(connection, buckets)

    @property
    def partly(self) -> bool:
        """Whether this tick takes a part: there are others, which another tick has to look at."""
        return self._part is not None

    def share(self, limit: int, least: int) -> int:
        """How much of ``limit`` this tick may do: half of it for a part, because whoever waits for theirs waits for a round."""
        return max(least, limit // 2) if self.partly else limit

    def committed(self, *, finished: bool) -> None:
        """What this tick did stands, and it came to the end of what is due, or not; a tick that fails is made again."""
        if self._part is not None:
            self._left.remove(self._part)
            if not finished:
                self._left.append(self._part)
        else:
            self._left = [] if finished else list(range(PARTS))
