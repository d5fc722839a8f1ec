"""A segment whose own statement fails, or whose stored definition cannot be read: it is held, and the others go on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from antiphon.store.faults import is_the_worlds


class SegmentFailedError(Exception):
    """``words`` say what failed, in ``where`` of the segment ``name``, as it was in ``revision``."""

    def __init__(self, segment: int, name: str, revision: int, where: str, words: str) -> None:
        super().__init__(f"segment {name}, {where}: {words}")
        self.segment = segment
        self.name = name
        self.revision = revision
        self.where = where
        self.words = words


@contextmanager
def blaming(segment: int, name: str, revision: int, where: str) -> Iterator[None]:
    """Run a statement of a segment; what is its own fault becomes a ``SegmentFailedError``."""
    try:
        yield
    except DBAPIError as error:
        if is_the_worlds(error):
            raise
        raise SegmentFailedError(segment, name, revision, where, str(error.orig).splitlines()[0]) from error
