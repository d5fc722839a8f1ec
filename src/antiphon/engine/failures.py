"""A version whose own statement fails, or that cannot be read: it is held, and the others go on."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from antiphon.journeys.registry import Live, UnreadableVersionError
from antiphon.store.faults import is_the_worlds

log = structlog.get_logger(__name__)


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
def passing_over(connection: Connection, one: Live, where: str) -> Iterator[None]:
    """Run a statement of a version; one that is held already may fail once more without stopping the others."""
    try:
        with blaming(one.version.id, where), connection.begin_nested() if one.held else nullcontext():
            yield
    except VersionFailedError as failure:
        if not one.held:
            raise
        log.warning("held version passed over", version=failure.version, where=where, error=failure.words)


@contextmanager
def reading() -> Iterator[None]:
    """Look which versions there are; of one that cannot be read, that is its own fault."""
    try:
        yield
    except UnreadableVersionError as error:
        raise VersionFailedError(error.version, "definition", error.what) from error
