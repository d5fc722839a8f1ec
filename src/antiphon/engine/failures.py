"""Whose fault a failed statement is: a version's own, or the world's."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

#: SQLSTATE classes of what no journey can help: lost connections, rollbacks, full disks, shutdowns, locks.
_THE_WORLDS = ("08", "40", "53", "55", "58", "25")
_TIMEOUT = "57014"


class VersionFailedError(Exception):
    """A statement of a version failed in PostgreSQL."""

    def __init__(self, version: int, where: str, words: str) -> None:
        super().__init__(f"version {version}, {where}: {words}")
        self.version = version
        self.where = where
        self.words = words


def is_the_worlds(error: DBAPIError) -> bool:
    """Whether trying again may help: what failed was not in the statement."""
    state = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or not state or state[:2] in _THE_WORLDS:
        return True
    return bool(state[:2] == "57" and state != _TIMEOUT)


@contextmanager
def blaming(version: int, where: str) -> Iterator[None]:
    """Run a statement of a version; what is its own fault becomes a ``VersionFailedError``."""
    try:
        yield
    except DBAPIError as error:
        if is_the_worlds(error):
            raise
        raise VersionFailedError(version, where, str(error.orig).splitlines()[0]) from error
