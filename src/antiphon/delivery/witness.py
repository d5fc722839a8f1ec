"""A witness outside the database: how far dispatch had come, kept in the data directory.

A database that knows less than the witness is an old backup, restored. What was due before the witness's last instant may
have been sent since that backup, and only a human can tell: it is held, also when the engine plans it once more.
"""

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.gate import RESTORED
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.locks import lock_abuckets


@dataclass(frozen=True, slots=True)
class Testimony:
    """``sequence``: the newest log entry whose commit was awaited, at ``at``. ``hold_before`` is set by a restore."""

    installation: str
    sequence: int
    at: datetime
    hold_before: datetime | None = None


class Witness:
    """The file ``path``, shared by the processes of one data directory. Without a path nothing is witnessed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: Testimony | None = None

    def look(self, database: Database, now: datetime) -> datetime | None:
        """Compare with the database; returns the instant up to which what was due is held, if any.

        The first look after a restore holds what lies there; later ones return the same instant.
        """
        if self._path is None:
            return None
        with database.read() as connection:
            installation, sequence = _database_says(connection)
        known = _newest(_read(self._path), self._known, installation) or Testimony(installation, sequence, now)
        if sequence < known.sequence:
            _hold(database, now, known.at)
            known = replace(known, sequence=sequence, hold_before=known.at)
            _write(self._path, known)
        self._known = known
        return known.hold_before

    def mark(self, sequence: int, at: datetime) -> None:
        """After a commit that was awaited: the database knows at least this much."""
        if self._path is not None and self._known is not None and sequence > self._known.sequence:
            self._known = replace(self._known, sequence=sequence, at=max(at, self._known.at))
            _write(self._path, self._known)


def _newest(written: Testimony | None, known: Testimony | None, installation: str) -> Testimony | None:
    """What the file says, unless this process knows of more; nothing that is about another installation."""
    found = [one for one in (written, known) if one is not None and one.installation == installation]
    return max(found, key=lambda one: (one.hold_before is not None, one.sequence), default=None)


def _database_says(connection: Connection) -> tuple[str, int]:
    row = connection.execute(queries.INSTALLATION).one()
    return str(row.installation), int(row.sequence)


def _hold(database: Database, now: datetime, before: datetime) -> None:
    """Hold everything that was due by then; what was being handed over is left to the sweep."""
    with database.begin("dispatch") as connection:
        lock_abuckets(connection, BUCKETS)
        rows = connection.execute(queries.HOLD_RESTORED, {"now": now, "before": before, "rule": RESTORED}).all()
        if rows:
            values = {
                "now": now,
                "abuckets": [row.abucket for row in rows],
                "ids": [row.id for row in rows],
                "froms": ["planned"] * len(rows),
                "states": ["held"] * len(rows),
                "rules": [RESTORED] * len(rows),
                "details": [json.dumps({"witnessed_until": before.isoformat()})] * len(rows),
            }
            connection.execute(queries.LOG, values)


def _read(path: Path) -> Testimony | None:
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    until = found["hold_before"]
    return Testimony(
        found["installation"],
        found["sequence"],
        datetime.fromisoformat(found["at"]),
        datetime.fromisoformat(until) if until else None,
    )


def _write(path: Path, kept: Testimony) -> None:
    words = {
        "installation": kept.installation,
        "sequence": kept.sequence,
        "at": kept.at.isoformat(),
        "hold_before": kept.hold_before.isoformat() if kept.hold_before else None,
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(words))
    draft.replace(path)
