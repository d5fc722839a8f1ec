"""The product on a cluster: a small demo, then what a demo does not do, then every page.

    ANTIPHON_CITUS_URL=postgresql://USER@HOST:PORT/NAME python tests/acceptance/citus/run.py [STEP …]

The address is the coordinator's; the database has the extension citus and its nodes, and nothing else. README.md beside this
says how to come by one. Not part of ``make test``: a cluster is nothing that a package registry has. Says how far it is;
with steps (prepare, places, demo, the acts' names, pages) it plays these alone, on what a run before has left. It
leaves with 1 when something was refused, was not sent, should not have left, or is not where it belongs.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from rich.console import Console
from rich.markup import escape
from sqlalchemy import event, text
from sqlalchemy.engine import Engine as Pool
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is run as a file

from antiphon.demo.run import Plan, build
from antiphon.engine.engine import Engine
from antiphon.kit.config import Config
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import KEY_BYTES, Signer
from antiphon.store.cluster import distribute
from antiphon.store.db import Database
from antiphon.store.install import prepare
from antiphon.web.app import create_app
from antiphon.web.context import WebContext
from tests.acceptance.citus import acts, pages, places
from tests.acceptance.citus.stage import Clock, Stage

VARIABLE = "ANTIPHON_CITUS_URL"
#: 42 virtual hours. What a cycle costs does not depend on people but on shards: each statement goes to every one of them.
PLAN = Plan(people=300, days=1)
#: Enough that no statement finds all its rows in one place. 32, the default of Citus, makes the same statements eight times
#: as slow where all nodes share a few cores.
SHARDS = 4
#: The same each time, so that links of messages can be followed by a later run.
SECRET = b"c" * KEY_BYTES
#: Seconds between two lines about the demo.
EVERY = 20.0

_SHARDS = 'ALTER DATABASE "{}" SET citus.shard_count = {}'

console = Console(highlight=False, soft_wrap=True)
statements: set[str] = set()
#: What the cluster did not take, also where the product got over it: a version that is held stops nothing else.
refused: dict[str, str] = {}
#: Classes of SQLSTATE: not supported, no such thing or not allowed so, a fault of the server.
_REFUSALS = ("0A", "42", "XX")


def main() -> int:
    url = os.environ.get(VARIABLE)
    if not url:
        console.print(f"skipped: {VARIABLE} names no cluster")
        return 0
    event.listen(Pool, "before_cursor_execute", lambda _, __, statement, *___: statements.add(statement))
    event.listen(Pool, "handle_error", _note)
    database, wrong = Database(url), False
    began = time.monotonic()
    try:
        _run(database, sys.argv[1:])
    except places.WrongError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        wrong = True
    finally:
        database.dispose()
    console.print(f"{len(statements)} different statements, {time.monotonic() - began:.0f} s")
    for statement, words in refused.items():
        console.print(f"[red]{escape(words)}[/red]: {escape(statement[:2_000])}")
    return 1 if refused or wrong else 0


def _note(context: ExceptionContext) -> None:
    error = context.original_exception
    if str(getattr(error, "sqlstate", None) or "").startswith(_REFUSALS):
        refused[context.statement or ""] = str(error)


def _run(database: Database, asked: Sequence[str]) -> None:
    signer, clock = Signer(SECRET), Clock()
    context = WebContext(database, signer, Config(), clock=clock)
    app = create_app(context)
    with (
        _engine(database, signer) as engine,
        TestClient(app, base_url="http://127.0.0.1:8420", raise_server_exceptions=False) as visitor,
    ):
        stage = Stage(engine, visitor, clock)
        steps: dict[str, Callable[[], str]] = {
            "prepare": lambda: _prepare(database),
            "places": lambda: places.check(database),
            "demo": lambda: _demo(engine),
            **{act.__name__: partial(act, stage) for act in acts.ACTS},
            "pages": lambda: pages.walk(stage),
            "forget": partial(acts.forget, stage),  # it leaves little to look at
        }
        if unknown := set(asked) - steps.keys():
            raise places.WrongError(f"There is no step {', '.join(sorted(unknown))}; there are {', '.join(steps)}.")
        wrong = [name for name in asked or steps if not _step(name, steps[name])]
    if wrong:
        raise places.WrongError(f"Not as it must be: {', '.join(wrong)}")


def _step(name: str, work: Callable[[], str]) -> bool:
    """Play it; what goes wrong with an act is told, and keeps no other one from its turn."""
    console.print(f"[bold]{name.replace('_', ' ')}[/bold] …")
    began = time.monotonic()
    try:
        came_to = work()
    except (places.WrongError, AntiphonError, DBAPIError) as error:
        if name in {"prepare", "demo"}:  # without them there is nothing to play on
            raise
        console.print(f"  [red]{escape(str(error))}[/red] ({time.monotonic() - began:.0f} s)")
        return False
    console.print(f"  {escape(came_to)} ({time.monotonic() - began:.0f} s)")
    return True


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
