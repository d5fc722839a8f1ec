"""The product on a cluster: prepares an empty database there and carries a small demo through it.

    ANTIPHON_CITUS_URL=postgresql://USER@HOST:PORT/NAME python tests/acceptance/citus/run.py

The address is the coordinator's, the database has the extension citus and its nodes, and nothing else. Not part of
``make test``: a cluster is nothing that a package registry has. Prints what the demo came to; leaves with 1 when it sent
nothing, or something that should not have left.
"""

import json
import os
import secrets
import sys
import time

from rich.console import Console
from sqlalchemy import text

from antiphon.demo.run import Plan, build
from antiphon.engine.engine import Engine
from antiphon.kit.signing import KEY_BYTES, Signer
from antiphon.store.cluster import distribute
from antiphon.store.db import Database
from antiphon.store.install import prepare

VARIABLE = "ANTIPHON_CITUS_URL"
PLAN = Plan(people=300, days=2)

_PLACES = text("SELECT citus_table_type AS kind, count(*) AS n FROM citus_tables GROUP BY 1 ORDER BY 1")

console = Console()


def main() -> int:
    url = os.environ.get(VARIABLE)
    if not url:
        console.print(f"skipped: {VARIABLE} names no cluster")
        return 0
    database = Database(url)
    try:
        return _run(database)
    finally:
        database.dispose()


def _run(database: Database) -> int:
    began = time.monotonic()
    prepare(database, PLAN.start)
    if not distribute(database):
        console.print(f"{VARIABLE} names a database without the extension citus.")
        return 1
    with database.read() as connection:
        places = ", ".join(f"{row.n} {row.kind}" for row in connection.execute(_PLACES))
    console.print(f"prepared in {time.monotonic() - began:.1f} s; tables: {places}")
    engine = Engine(database, Signer(secrets.token_bytes(KEY_BYTES)), base_url="http://citus.test")
    began = time.monotonic()
    try:
        summary, _ = build(engine, PLAN)
    finally:
        engine.close()
    console.print_json(json.dumps(summary.as_json()))
    sent = sum(summary.messages.values())
    console.print(f"{sent} messages in {time.monotonic() - began:.0f} s")
    if not sent:
        console.print("[red]nothing was sent[/red]")
    if not summary.clean:
        console.print(f"[red]rules were broken: {summary.violations}[/red]")
    return 0 if sent and summary.clean else 1


if __name__ == "__main__":
    sys.exit(main())
