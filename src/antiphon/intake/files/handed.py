"""What files that are handed in share, whether of people (imports) or of products (feeds)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, TextClause
from sqlalchemy.exc import DBAPIError

from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

log = structlog.get_logger(__name__)

#: A file that nobody came back to is deleted after this, and a report after that.
KEEP_FILE = timedelta(days=7)
KEEP_REPORT = timedelta(days=30)

#: Characters of a row that a report keeps.
_RAW = 2_000


def claims(columns: Mapping[str, str], ignore: str, words: Callable[[str], str]) -> dict[str, str]:
    """The column of each field. Raises ``AntiphonError`` for a field that two columns claim; ``words`` names a field."""
    taken: dict[str, str] = {}
    for column, field in columns.items():
        if field != ignore and field in taken:
            what = f"“{taken[field]}” and “{column}” cannot both be “{words(field)}”."
            raise AntiphonError(what, "Choose one of them.")
        taken[field] = column
    return taken


def change(connection: Connection, statement: TextClause, values: Mapping[str, object], refusal: str) -> None:
    """Execute what returns the file that it changed. Raises ``AntiphonError`` with ``refusal`` where it was none."""
    if connection.execute(statement, values).scalar() is None:
        raise AntiphonError(refusal, "Look at its page.")


def raw_of(row: str) -> str:
    """A row as a report keeps it."""
    return row.rstrip("\n").replace("\0", "")[:_RAW]


def carry(
    database: Database,
    stage: str,
    number: int,
    work: Callable[[Connection], bool],
    end: Callable[[Connection, str], object],
) -> bool:
    """One transaction of a file, which ``work`` does; where the file cannot be worked off, ``end`` is told why, in another.

    What is the world's fault is raised: the worker tries again.
    """
    try:
        with database.begin(stage) as connection:
            return work(connection)
    except (DBAPIError, OSError):
        raise
    except Exception as error:
        expected = isinstance(error, AntiphonError)
        why = str(error) if expected else f"It stopped by a fault of ours: {type(error).__name__}."
        if not expected:
            log.exception("file failed", stage=stage, number=number)
        with database.begin(stage) as connection:
            end(connection, why)
        return False


@dataclass(frozen=True, slots=True)
class Tidying:
    """Statements: files that nobody came back to (``before``), forgetting one (``id``, ``now``), the deletion of its pieces
    (``id``) and of old reports (``before``)."""

    left_alone: TextClause
    forget: TextClause
    drop_chunks: TextClause
    old_reports: TextClause


def tidy(database: Database, stage: str, statements: Tidying, now: datetime) -> None:
    """Delete files that nobody came back to, and old reports: both may hold people's data."""
    with database.read() as connection:
        left = connection.execute(statements.left_alone, {"before": now - KEEP_FILE}).scalars().all()
    for number in left:
        with database.begin(stage) as connection:
            if connection.execute(statements.forget, {"id": number, "now": now}).scalar() is not None:
                connection.execute(statements.drop_chunks, {"id": number})
    with database.begin(stage) as connection:
        connection.execute(statements.old_reports, {"before": now - KEEP_REPORT})
