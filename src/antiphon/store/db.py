"""The way to the database: transactions that name their stage, and bulk copies."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from datetime import timedelta
from select import POLLIN, poll
from time import monotonic
from typing import Any, Self, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError

from antiphon.store.copying import block_of, blocks
from antiphon.store.packing import packed

#: The stage whose transaction is open in this context; the table in docs/architecture.md says what each may write.
current_stage: ContextVar[str | None] = ContextVar("current_stage", default=None)

T = TypeVar("T")

_OPTIONS = "-c timezone=UTC -c jit=off -c plan_cache_mode=force_custom_plan"


_LOCAL = text(
    "SELECT set_config('synchronous_commit', :durable, true), set_config('statement_timeout', :timeout, true)"
)

#: A connection that lay still for this many seconds is tried before it is used. A ping at each use would cost a fifth of
#: an idle cycle's round trips; that the server hung up meanwhile shows in the socket, which costs nothing to look at.
_RESTED = 30.0


def _remember_use(_connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _still_there(connection: Any, record: Any, _proxy: Any) -> None:
    try:
        if not _spoke(connection) and monotonic() - record.info.get("used", monotonic()) < _RESTED:
            return
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error  # the pool takes another one


def _spoke(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server said something to an idle connection: its last word, most likely.

    The last word comes before the end of the socket, so a status that is still good proves nothing.
    """
    waiting = poll()
    waiting.register(connection.pgconn.socket, POLLIN)
    return bool(waiting.poll(0))


class Database:
    """A PostgreSQL database and the pool of connections to it."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.engine: Engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=20,
            # an INSERT built with Core tells -1 otherwise, and what was moved or entered is counted by it
            execution_options={"preserve_rowcount": True},
            connect_args={"options": _OPTIONS, "application_name": "antiphon", "connect_timeout": 10},
        )
        event.listen(self.engine, "checkout", _still_there)
        event.listen(self.engine, "checkin", _remember_use)

    @contextmanager
    def begin(
        self, stage: str, *, durable: bool = True, statement_timeout: timedelta | None = None
    ) -> Iterator[Connection]:
        """One transaction of a stage, committed at the end, rolled back on an error.

        ``durable=False`` leaves the commit to the next flush of the log: for ticks, which are computed again.
        """
        token = current_stage.set(stage)
        try:
            with self.engine.begin() as connection:
                if not durable or statement_timeout is not None:
                    milliseconds = int((statement_timeout or timedelta()).total_seconds() * 1000)
                    local = {"durable": "on" if durable else "off", "timeout": str(milliseconds)}
                    connection.execute(_LOCAL, local)
                yield connection
        finally:
            current_stage.reset(token)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction, for pages and reports."""
        token = current_stage.set("read")
        try:
            with self.engine.connect().execution_options(postgresql_readonly=True) as connection, connection.begin():
                yield connection
        finally:
            current_stage.reset(token)

    def dispose(self) -> None:
        self.engine.dispose()


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows by COPY inside the open transaction; returns how many.

    JSON comes as text, or as ``psycopg.types.json.Jsonb``.
    """
    return _copy_blocks(connection, table, columns, blocks(rows))


def copy_columns(
    connection: Connection, table: Table, columns: Sequence[str], parts: Iterable[Sequence[Sequence[Any]]]
) -> int:
    """The same, of rows that come some at a time and column by column: half as long where there are many."""
    return _copy_blocks(connection, table, columns, map(block_of, parts))


def _copy_blocks(
    connection: Connection, table: Table, columns: Sequence[str], given: Iterable[tuple[bytes, int]]
) -> int:
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    for observe in copy_observers:
        observe(statement)
    written = 0

    def counted() -> Iterator[bytes]:
        nonlocal written
        for block, number in given:
            yield block
            written += number

    _copy(connection, statement, counted())
    return written


class Copying:
    """Writes rows by COPY while its caller prepares the next: each table in turn, in a thread of its own.

    Nobody else may use the connection until the ``with`` block is left, which waits for all and raises what went wrong.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1)
        self._under_way: list[Future[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.shutdown(cancel_futures=kind is not None)
        if kind is None:
            self.wait()

    def run(self, work: Callable[..., T], *given: Any) -> Future[T]:
        """Have something else done on the connection when its turn comes."""
        future = self._thread.submit(copy_context().run, work, *given)
        self._under_way.append(future)
        return future

    def wait(self) -> None:
        """Until everything is done; the caller may use the connection itself again."""
        for each in self._under_way:
            each.result()
        self._under_way.clear()

    def rows(self, table: Table, columns: Sequence[str], rows: Sequence[bytes]) -> None:
        """Write rows of COPY's binary format (see ``store.packing``) into a table."""
        statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
        for observe in copy_observers:
            observe(statement)
        statement += " (FORMAT binary)"
        self.run(_copy, self._connection, statement, packed(rows))


def _copy(connection: Connection, statement: str, blocks: Iterable[bytes]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
    except psycopg.Error as error:  # as every other statement would raise it
        if driver.closed:
            connection.invalidate(error)
        raised = DBAPIError.instance(
            statement, None, error, psycopg.Error, connection_invalidated=driver.closed, dialect=connection.dialect
        )
        raise raised from error


#: Called with each COPY statement; the tests' statement checks listen here, because COPY bypasses SQLAlchemy.
copy_observers: list[Any] = []
