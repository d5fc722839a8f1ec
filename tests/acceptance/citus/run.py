"""The product on a cluster: a small demo, then what a demo does not do, then every page.

    ANTIPHON_CITUS_URL=postgresql://USER@HOST:PORT/NAME python tests/acceptance/citus/run.py

The address is the coordinator's; the database has the extension citus and its nodes, and nothing else. README.md beside this
says how to come by one. Not part of ``make test``: a cluster is nothing that a package registry has. Says how far it is;
leaves with 1 when something was refused, was not sent, should not have left, or is not where it belongs.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from rich.console import Console
from sqlalchemy import event, text
from sqlalchemy.engine import Engine as Pool

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is run as a file

from antiphon.demo.run import Plan, build
from antiphon.engine.engine import Engine
from antiphon.kit.config import Config
from antiphon.kit.signing import KEY_BYTES, Signer
from antiphon.store.cluster import distribute
from antiphon.store.db import Database
from antiphon.store.install import prepare
from antiphon.web.app import create_app
from antiphon.web.context import WebContext
from tests.acceptance.citus import acts, pages, places

VARIABLE = "ANTIPHON_CITUS_URL"
#: 42 virtual hours. What a cycle costs does not depend on people but on shards: each statement goes to every one of them.
PLAN = Plan(people=300, days=1)
#: Enough that no statement finds all its rows in one place. 32, the default of Citus, makes the same statements eight times
#: as slow where all nodes share a few cores.
SHARDS = 4
#: Seconds between two lines about the demo.
EVERY = 20.0

_SHARDS = 'ALTER DATABASE "{}" SET citus.shard_count = {}'

console = Console(highlight=False, soft_wrap=True)
statements: set[str] = set()


def main() -> int:
    url = os.environ.get(VARIABLE)
    if not url:
        console.print(f"skipped: {VARIABLE} names no cluster")
        return 0
    event.listen(Pool, "before_cursor_execute", lambda _, __, statement, *___: statements.add(statement))
    database = Database(url)
    began = time.monotonic()
    try:
        _run(database)
    except places.WrongError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    finally:
        database.dispose()
    console.print(f"{len(statements)} different statements, {time.monotonic() - began:.0f} s")
    return 0


def _run(database: Database) -> None:
    _step("prepare", lambda: _prepare(database))
    _step("places of tables", lambda: places.check(database))
    signer = Signer(secrets.token_bytes(KEY_BYTES))
    with _engine(database, signer) as engine:
        _step("demo", lambda: _demo(engine))
        context = WebContext(database, signer, Config(), clock=lambda: datetime.now(UTC))
        with TestClient(
            create_app(context), base_url="http://127.0.0.1:8420", raise_server_exceptions=False
        ) as visitor:
            stage = acts.Stage(engine, visitor)
            for act in acts.ACTS:
                _step(act.__name__.replace("_", " "), lambda act=act: act(stage))  # type: ignore[misc]
            _step("pages", lambda: pages.walk(stage))


def _step(name: str, work: Callable[[], str]) -> None:
    console.print(f"[bold]{name}[/bold] …")
    began = time.monotonic()
    came_to = work()
    console.print(f"  {came_to} ({time.monotonic() - began:.0f} s)")


def _prepare(database: Database) -> str:
    with database.begin("install") as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(_SHARDS.format(name, SHARDS)))
    database.engine.dispose()  # the setting counts for connections that come
    prepare(database, PLAN.start)
    if not distribute(database):
        raise places.WrongError(f"{VARIABLE} names a database without the extension citus.")
    return f"{SHARDS} shards"


@contextmanager
def _engine(database: Database, signer: Signer) -> Iterator[Engine]:
    engine = Engine(database, signer, base_url="http://citus.test")
    try:
        yield engine
    finally:
        engine.close()


def _demo(engine: Engine) -> str:
    summary, _ = build(engine, PLAN, _progress())
    console.print_json(json.dumps(summary.as_json()))
    sent = sum(summary.messages.values())
    if not sent or not summary.clean:
        raise places.WrongError(f"{sent} messages were sent; rules broken: {summary.violations}")
    return f"{sent} messages"


def _progress() -> Callable[[str, float], None]:
    """Says the virtual instant now and then."""
    said: dict[str, Any] = {"at": 0.0}

    def tell(what: str, part: float) -> None:
        if time.monotonic() - said["at"] > EVERY:
            said["at"] = time.monotonic()
            console.print(f"  {part:4.0%} {what}")

    return tell


if __name__ == "__main__":
    sys.exit(main())
