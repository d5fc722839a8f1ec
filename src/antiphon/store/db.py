"""The way to the database: transactions that name their stage, and bulk copies."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, text
from sqlalchemy.engine import make_url

#: The stage whose transaction is open in this context; the table in docs/architecture.md says what each may write.
current_stage: ContextVar[str | None] = ContextVar("current_stage", default=None)

_OPTIONS = "-c timezone=UTC -c jit=off -c plan_cache_mode=force_custom_plan"


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
            pool_pre_ping=True,
            connect_args={"options": _OPTIONS, "application_name": "antiphon", "connect_timeout": 10},
        )

    @contextmanager
    def begin(self, stage: str, *, durable: bool = True) -> Iterator[Connection]:
        """One transaction of a stage, committed at the end, rolled back on an error.

        ``durable=False`` leaves the commit to the next flush of the log: for ticks, which are computed again.
        """
        token = current_stage.set(stage)
        try:
            with self.engine.begin() as connection:
                if not durable:
                    connection.execute(text("SET LOCAL synchronous_commit = off"))
                yield connection
        finally:
            current_stage.reset(token)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction, for pages and reports."""
        with self.begin("read") as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows by COPY inside the open transaction; returns how many.

    Values are adapted as psycopg does; pass JSON as ``psycopg.types.json.Jsonb``.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    for observe in copy_observers:
        observe(statement)
    count = 0
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


#: Called with each COPY statement; the tests' statement checks listen here, because COPY bypasses SQLAlchemy.
copy_observers: list[Any] = []
