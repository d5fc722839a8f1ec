"""A real shop's year: loads Online Retail through the import, then lives through it on the virtual clock.

    python tests/acceptance/online_retail/run.py --data PATH/online_retail.parquet

Not part of ``make test``: the file is not ours to ship, and it takes minutes. Everything happens in a database of its own
in a temporary directory. Prints what the product counted beside what the file says; leaves with 1 when they differ.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is run as a file

from tests.acceptance.online_retail import retail

from antiphon.demo.audit import audit, count
from antiphon.engine.commands import carry_out
from antiphon.engine.engine import Engine
from antiphon.engine.virtual import carry
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.imports import import_people
from antiphon.intake.items import Posting, read_item
from antiphon.intake.models import Arrival
from antiphon.journeys.playbooks import playbooks
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres
from antiphon.store.install import prepare

VARIABLE = "ANTIPHON_ONLINE_RETAIL"
SEED = 1
#: The last order of the file is of 2011-12-09; its thank-you follows a day later.
FIRST, LAST = datetime(2010, 12, 1, tzinfo=UTC), datetime(2011, 12, 13, tzinfo=UTC)
STEP = timedelta(hours=6)
GAP = timedelta(days=30)  # the thank-you's own: one in thirty days

console = Console()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get(VARIABLE), help=f"online_retail.parquet; {VARIABLE}"
    )
    parser.add_argument("--only", choices=["import", "year"], help="one of the two parts")
    given = parser.parse_args(arguments)
    if given.data is None or not Path(given.data).is_file():
        console.print(f"Skipped: online_retail. There is no file {given.data}; name it with --data or {VARIABLE}.")
        return 0
    began = time.monotonic()
    expected = retail.figures(given.data)
    invoices = retail.read_invoices(given.data)
    with tempfile.TemporaryDirectory(prefix="antiphon-retail-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        write_files(invoices, place)
        problems: list[str] = []
        if given.only != "year":
            problems += imported(place, expected)
        if given.only != "import":
            problems += lived(place, invoices, expected)
    console.print(
        f"Left out: {expected.nobody_lines:,} lines of {expected.nobody_invoices:,} invoices without a customer, "
        f"£{expected.nobody_revenue:,} net."
    )
    for problem in problems:
        console.print(f"[red]{problem}[/red]")
    console.print(f"{'Failed' if problems else 'Passed'} in {time.monotonic() - began:.0f} s.")
    return 1 if problems else 0


def write_files(invoices: list[retail.Invoice], place: Path) -> None:
    """What the import command reads: people as CSV, events as JSON Lines."""
    names = ["customer_id", "email", "phone", "timezone", "country", "synthetic"]
    names += ["email_consent", "sms_consent", "consent_at", "consent_source"]
    with (place / "people.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, names)
        rows.writeheader()
        for person in retail.people(invoices, SEED):
            rows.writerow(
                {
                    "customer_id": person["userId"],
                    **person["traits"],
                    "synthetic": "true",
                    "email_consent": "subscribed" if person["email_consent"] else "never",
                    "sms_consent": "subscribed" if person["sms_consent"] else "never",
                    "consent_at": (FIRST - timedelta(days=1)).isoformat(),
                    "consent_source": "made up from a seed",
                }
            )
    with (place / "events.jsonl").open("w", encoding="utf-8") as file:
        for event in retail.events(invoices):
            file.write(json.dumps(event) + "\n")


# -- part one: the import command ------------------------------------------------------------------------------------


def imported(place: Path, expected: retail.Figures) -> list[str]:
    """Through the command line, as a year that is over: it starts nothing."""
    data_dir = place / "imported"
    for what, file in (("people", "people.csv"), ("events", "events.jsonl")):
        began = time.monotonic()
        report = command(data_dir, "import", what, str(place / file))
        console.print(f"import {what}: {report} in {time.monotonic() - began:.1f} s")
    with opened(data_dir) as (database, engine):
        began = time.monotonic()
        while engine.cycle().more:
            pass
        console.print(f"resolved and reacted to in {time.monotonic() - began:.1f} s")
        problems = compare("imported", database, expected)
        with database.read() as connection:
            runs = connection.execute(text("SELECT count(*) FROM entry")).scalar_one()
        if runs:
            problems.append(f"imported: {runs} runs were started by history")
    return problems


def command(data_dir: Path, *words: str) -> str:
    antiphon = Path(sys.executable).with_name("antiphon")
    environment = {**os.environ, "ANTIPHON_DATA_DIR": str(data_dir)}
    done = subprocess.run(  # our own command
        [antiphon, *words, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"antiphon {' '.join(words)} failed: {done.stdout}{done.stderr}")
    return done.stdout.strip()


@contextmanager
def opened(data_dir: Path) -> Iterator[tuple[Database, Engine]]:
    with EmbeddedPostgres(data_dir) as server:
        database = Database(server.url)
        prepare(database, FIRST)
        engine = Engine(database, Signer.from_file(data_dir / "key"), base_url="http://retail.test")
        try:
            yield database, engine
        finally:
            engine.close()
            database.dispose()


def compare(part: str, database: Database, expected: retail.Figures) -> list[str]:
    """What the product counts, beside the file's figures."""
    with database.read() as connection:
        row = connection.execute(COUNTS).one()
    counted = {**row._asdict()}
    wanted = asdict(expected)
    problems = []
    for name, value in counted.items():
        mark = "=" if value == wanted[name] else "≠"
        console.print(f"  {part}: {name} {value:,} {mark} {wanted[name]:,} of the file")
        if value != wanted[name]:
            problems.append(f"{part}: {name} is {value}, the file says {wanted[name]}")
    return problems


COUNTS = text(
    "SELECT (SELECT count(*) FROM person) AS people,"
    " count(DISTINCT person) FILTER (WHERE name = 'Order Completed') AS buyers,"
    " count(*) FILTER (WHERE name = 'Order Completed') AS orders,"
    " sum((props->>'revenue')::numeric) FILTER (WHERE name = 'Order Completed') AS revenue,"
    " count(*) FILTER (WHERE name = 'Order Refunded') AS refunds,"
    " sum((props->>'total')::numeric) FILTER (WHERE name = 'Order Refunded') AS refunded"
    " FROM event WHERE name IN ('Order Completed', 'Order Refunded')"
)


# -- part two: the year ----------------------------------------------------------------------------------------------


def lived(place: Path, invoices: list[retail.Invoice], expected: retail.Figures) -> list[str]:
    """Invoice by invoice as they came, with the thank-you switched on, on the virtual clock."""
    posting = Posting("online retail", LAST, "GB", max_item=1 << 20)
    waiting = [read_item(item, posting) for item in retail.events(invoices)]
    waiting.sort(key=lambda arrival: arrival.at)
    with opened(place / "lived") as (database, engine):
        import_people(database, place / "people.csv", FIRST, virtual=True)
        engine.settle(FIRST)
        carry_out(database, "journey.publish", {"source": playbooks()["thank-you"], "activate": True}, "retail", FIRST)
        began = time.monotonic()
        live_through(database, engine, waiting)
        console.print(f"a year on the virtual clock in {time.monotonic() - began:.0f} s")
        problems = compare("lived", database, expected)
        problems += thanked(database, invoices)
        broken = {rule: n for rule, n in count(audit(database)).items() if n}
        console.print(f"  lived: rules broken: {broken or 'none'}")
        if broken:
            problems.append(f"lived: rules were broken: {broken}")
    return problems


def live_through(database: Database, engine: Engine, waiting: list[Arrival]) -> None:
    taken, month = 0, 0

    def bring_in(at: datetime) -> None:
        nonlocal taken, month
        first = taken
        while taken < len(waiting) and waiting[taken].at <= at:
            taken += 1
        if taken > first:
            store_arrivals(database, waiting[first:taken], at)
        if at.month != month:
            month = at.month
            console.print(f"  {at:%B %Y}")

    carry(engine, FIRST, LAST, STEP, bring_in)


def thanked(database: Database, invoices: list[retail.Invoice]) -> list[str]:
    """Who should have been thanked how often, worked out by hand, against the emails that left."""
    consenting = {int(p["userId"]) for p in retail.people(invoices, SEED) if p["email_consent"]}
    entries: defaultdict[int, list[datetime]] = defaultdict(list)
    for invoice in invoices:
        if invoice.customer is None or invoice.cancelled:
            continue
        # it arrives at the end of its step, and that is what the gap counts from
        arrived = FIRST + -(-(invoice.at - FIRST) // STEP) * STEP
        before = entries[invoice.customer]
        if not before or before[-1] + GAP <= arrived:
            before.append(arrived)
    runs = sum(map(len, entries.values()))
    emails = sum(len(times) for customer, times in entries.items() if customer in consenting)
    with database.read() as connection:
        found = connection.execute(text("SELECT count(*) FROM entry")).scalar_one()
        states = {row.state: row.n for row in connection.execute(STATES)}
        spared = [row.revenue for row in connection.execute(SPARED)]
    sent = states.get("accepted", 0)
    console.print(f"  lived: {found:,} thank-yous begun ({runs:,} by hand)")
    console.print(f"  lived: {sent:,} emails and {len(spared)} not worth one ({emails:,} together by hand); {states}")
    problems = []
    if found != runs:
        problems.append(f"lived: {found} runs, by hand {runs}")
    if sent + len(spared) != emails or set(states) != {"accepted"}:
        problems.append(f"lived: {sent} emails and {len(spared)} spared, by hand {emails}; states {states}")
    if any(revenue > WORTHLESS for revenue in spared):
        problems.append(f"lived: orders of up to £{max(spared)} were not worth an email")
    return problems


#: Pounds. An order of less is worth less than the chance of losing the person by writing (decisions.settings.Worth).
WORTHLESS = 10

STATES = text("SELECT state, count(*) AS n FROM outbox GROUP BY state")
#: The orders after which the decision was that writing is not worth it, where nothing else stood in the way.
SPARED = text(
    "SELECT (e.props->>'revenue')::numeric AS revenue FROM decision d"
    " JOIN event e ON e.bucket = d.bucket AND e.person = d.person AND e.at = d.occasion_at AND e.id = d.occasion_event"
    " WHERE d.channel IS NULL AND d.reasons->>'sentence' LIKE '%not worth%'"
)


if __name__ == "__main__":
    sys.exit(main())
