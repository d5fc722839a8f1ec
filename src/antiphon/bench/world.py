"""A throw-away installation with people in it, that scenarios work on."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Table, text

from antiphon.addresses.tables import consent
from antiphon.bench.models import Sizes
from antiphon.kit.buckets import abucket_of, bucket_of, hash64, person_id
from antiphon.people.tables import person, person_address
from antiphon.rules.united_states import united_states_zones
from antiphon.store.db import Database, copy_rows
from antiphon.store.embedded import EmbeddedPostgres
from antiphon.store.install import prepare

_STATES = ("subscribed", "subscribed", "subscribed", "unsubscribed", "never")
_FIRST_PERSON = 1 << 24  # above those that resolve makes


@dataclass(slots=True)
class World:
    """``now`` is the database's clock at the beginning: the virtual instant of everything that follows."""

    database: Database
    sizes: Sizes
    now: datetime
    postmaster: int | None
    populated: bool = False

    def execute(self, statement: str, **values: Any) -> None:
        with self.database.begin("bench") as connection:
            connection.execute(text(statement), values)

    def number(self, statement: str, **values: Any) -> int:
        """The one number that a statement finds; 0 for none."""
        with self.database.read() as connection:
            return int(connection.execute(text(statement), values).scalar_one() or 0)

    def copy(self, table: Table, columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
        with self.database.begin("bench") as connection:
            copy_rows(connection, table, columns, rows)

    def analyze(self, *tables: str) -> None:
        """As after an import: the planner has to know how much there is."""
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM ANALYZE {', '.join(tables)}"))

    def people(self) -> Iterator[int]:
        """Ids of the people, spread over all buckets."""
        return (person_id(_FIRST_PERSON + number, number % 256) for number in range(self.sizes.people))

    def populate(self) -> None:
        """People with a zone, an email each, a phone for most, and the consents of both. Once."""
        if self.populated:
            return
        self.populated = True
        zones = united_states_zones()
        known = (
            (bucket_of(p), p, hash64(str(p)), Jsonb(_traits(p)), zones[p % len(zones)], self.now, self.now)
            for p in self.people()
        )
        self.copy(person, ("bucket", "id", "die", "traits", "zone", "first_seen_at", "last_seen_at"), known)
        columns = ("bucket", "person", "channel", "address", "abucket", "since", "zones", "marketing")
        rows = ((bucket_of(p), *row) for p in self.people() for row in self._addresses(p, zones))
        self.copy(person_address, columns, rows)
        given = ("abucket", "channel", "address", "brand", "purpose", "state", "effective_at")
        consents = (
            (abucket, channel, address, 1, "marketing", state, self.now)
            for p in self.people()
            for _, channel, address, abucket, _, _, state in self._addresses(p, zones)
            if state != "never"
        )
        self.copy(consent, given, consents)
        self.analyze("person", "person_address", "consent")

    def _addresses(self, p: int, zones: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        email = email_of(p)
        yield p, "email", email, abucket_of(email), self.now, [], "subscribed" if p % 4 else "never"
        if p % 5:
            phone = f"+1212{p % 10_000_000:07d}"
            state = _STATES[(p >> 8) % len(_STATES)]
            yield p, "sms", phone, abucket_of(phone), self.now, [zones[p % len(zones)]], state


def email_of(person: int) -> str:
    return f"p{person}@shop.example"


def _traits(person: int) -> dict[str, Any]:
    return {"first_name": f"Name{person % 5000}", "plan": "gold" if person % 7 == 0 else "basic"}


@contextmanager
def world(sizes: Sizes) -> Iterator[World]:
    """A fresh embedded server in the directory for temporary files (``TMPDIR``), with its own settings; gone afterwards.

    Where that directory lies on a disk in memory, commits cost nothing: choose another to measure them.
    """
    folder = Path(tempfile.mkdtemp(prefix="antiphon-bench-"))
    folder.chmod(0o755)  # the server may run as another user
    try:
        with EmbeddedPostgres(folder) as postgres:
            database = Database(postgres.url)
            with database.begin("bench") as connection:
                now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            prepare(database, now)
            pid = next(folder.rglob("postmaster.pid"), None)
            yield World(database, sizes, now, int(pid.read_text().split()[0]) if pid else None)
            database.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def timer() -> Iterator["Timer"]:
    """Seconds of what happens inside."""
    found = Timer()
    start = perf_counter()
    yield found
    found.seconds = perf_counter() - start


@dataclass(slots=True)
class Timer:
    seconds: float = 0.0

    def rate(self, items: int) -> float:
        return items / self.seconds
