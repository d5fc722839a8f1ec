"""A version whose own statement fails, or that cannot be read: it is held, and the others go on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from antiphon.journeys.registry import UnreadableVersionError
from antiphon.store.faults import is_the_worlds


class VersionFailedError(Exception):
    """A statement of a version failed in PostgreSQL, or there is none because nobody can read it."""

    def __init__(self, version: int, where: str, words: str) -> None:
        super().__init__(f"version {version}, {where}: {words}")
        self.version = version
        self.where = where
        self.words = words


@contextmanager
def blaming(version: int, where: str) -> Iterator[None]:
    """Run a statement of a version; what is its own fault becomes a ``VersionFailedError``."""
    try:
        yield
    except DBAPIError as error:
        if is_the_worlds(error):
            raise
        raise VersionFailedError(version, where, str(error.orig).splitlines()[0]) from error


@contextmanager
def reading() -> Iterator[None]:
    """Look which versions there are; of one that cannot be read, that is its own fault."""
    try:
        yield
    except UnreadableVersionError as error:
        raise VersionFailedError(error.version, "definition", error.what) from error
