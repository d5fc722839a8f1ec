"""How long things are kept, and letting go of what is older: in small portions, by whichever worker comes first.

Suppressions and what was agreed to never expire: they are the evidence, and what keeps people from being written to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from antiphon.kit.errors import AntiphonError
from antiphon.privacy import retention_queries as queries
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.store.locks import lock_abuckets

#: Rows that one transaction lets go of, and transactions of one kind in one turn.
PORTION = 2_000
TURNS = 20
#: What a page counts to.
COUNT_LIMIT = 100_000
LONGEST = 36_500

_SETTING = "retention"
_CURSOR = "retention_cursor"


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is kept for a while. ``days`` unless settings say otherwise; never fewer than ``least``."""

    words: str
    says: str
    days: int | None
    least: int


KINDS: Mapping[str, Kind] = {
    "events": Kind("Events", "What people did. Totals and consents stay.", 1095, 90),
    "messages": Kind("Content of messages", "Subjects, texts, links and details; that they were sent stays.", 365, 30),
    "rejected": Kind("Rejected arrivals", "What came in and could not be read.", 30, 1),
    "imports": Kind("Imported files", "The files, and the lines of them that were refused.", 30, 1),
    "sandbox": Kind("Sandbox", "What it was given instead of people.", 30, 1),
    "sessions": Kind("Sessions", "Of users who did not come back.", 14, 1),
    "audit": Kind("Audit log", "Who did what.", 1095, 365),
}

Settings = dict[str, int | None]


def read_settings(connection: Connection) -> Settings:
    """Days by kind; ``None`` keeps for ever."""
    stored = connection.execute(queries.SETTING, {"key": _SETTING}).scalar() or {}
    return {name: stored.get(name, kind.days) for name, kind in KINDS.items()}


def save_settings(database: Database, chosen: Settings, by: Actor, now: datetime) -> None:
    """Raises ``AntiphonError`` for fewer days than a kind may have."""
    for name, days in chosen.items():
        kind = KINDS[name]
        if days is not None and not kind.least <= days <= LONGEST:
            raise AntiphonError(f"{kind.words} are kept for {kind.least} days at least.", "Write more, or nothing.")
    with database.begin("retention") as connection:
        before = read_settings(connection)
        connection.execute(queries.SAVE, {"key": _SETTING, "value": Jsonb(chosen), "now": now, "who": by.who})
        record(connection, now, by, "settings", "retention changed", before=before, after=chosen)


def would_go(connection: Connection, settings: Settings, now: datetime) -> dict[str, int]:
    """How many rows of each kind are older than they may be, counted up to ``COUNT_LIMIT``."""
    since = _cursor(connection)
    found = {}
    for name, days in settings.items():
        given = {"before": _before(days, now), "since": since, "now": now, "limit": COUNT_LIMIT}
        found[name] = 0 if days is None else int(connection.execute(queries.COUNTS[name], given).scalar_one())
    return found


def retain(database: Database, now: datetime) -> dict[str, int]:
    """Let go of what is too old, at most ``TURNS`` portions of each kind; returns how many rows went, by kind."""
    with database.read() as connection:
        settings = read_settings(connection)
    gone: dict[str, int] = {}
    for name, days in settings.items():
        if days is None:
            continue
        before = _before(days, now)
        if name == "events":
            gone[name] = _drop_partitions(database, before)
        for _ in range(TURNS):
            n = _portion(database, name, before, now)
            gone[name] = gone.get(name, 0) + n
            if n < PORTION:
                break
    return {name: n for name, n in gone.items() if n}


def _before(days: int | None, now: datetime) -> datetime:
    return now - timedelta(days=days or 0)


def _portion(database: Database, name: str, before: datetime, now: datetime) -> int:
    with database.begin("retention") as connection:
        if not connection.execute(queries.TRY_LOCK).scalar_one():
            return 0  # another worker is at it
        return _ACTS[name](connection, before, now)


def _plain(name: str) -> Callable[[Connection, datetime, datetime], int]:
    def act(connection: Connection, before: datetime, now: datetime) -> int:
        given = {"before": before, "now": now, "limit": PORTION}
        return sum(connection.execute(statement, given).rowcount for statement in queries.ACTS[name])

    return act


def _audit(connection: Connection, before: datetime, now: datetime) -> int:
    connection.execute(queries.ALLOW_AUDIT)
    return _plain("audit")(connection, before, now)


def _messages(connection: Connection, before: datetime, now: datetime) -> int:
    """By the instant of planning, which an index has; how far it came is kept, or each turn would begin at the first."""
    given = {"before": before, "since": _cursor(connection), "limit": PORTION}
    rows = connection.execute(queries.OLD_MESSAGES, given).all()
    if not rows:
        return 0
    which: dict[str, Any] = {"abuckets": [row.abucket for row in rows], "ids": [row.id for row in rows]}
    lock_abuckets(connection, which["abuckets"])
    connection.execute(queries.FORGET_SUBJECTS, which)
    connection.execute(queries.FORGET_DETAILS, which)
    value = Jsonb(rows[-1].planned_at.isoformat())
    connection.execute(queries.SAVE, {"key": _CURSOR, "value": value, "now": now, "who": "retention"})
    return len(rows)


def _cursor(connection: Connection) -> datetime:
    stored = connection.execute(queries.SETTING, {"key": _CURSOR}).scalar()
    return datetime.fromisoformat(stored) if stored else datetime(1970, 1, 1, tzinfo=UTC)


_ACTS: dict[str, Callable[[Connection, datetime, datetime], int]] = {name: _plain(name) for name in KINDS}
_ACTS |= {"messages": _messages, "audit": _audit}


def _drop_partitions(database: Database, before: datetime) -> int:
    """Drop months that are over whole: no row is touched. One whose lock cannot be had at once is left for later."""
    with database.read() as connection:
        names = sorted(connection.execute(queries.MONTHS).scalars())
    last = f"event_{before.year:04d}_{before.month:02d}"
    dropped = 0
    for name in (name for name in names if name < last):
        try:
            with database.begin("migrate") as connection:
                connection.execute(queries.WAIT_BRIEFLY)
                n = int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
                connection.execute(text(f"DROP TABLE {name}"))
                dropped += n
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            break
    return dropped
