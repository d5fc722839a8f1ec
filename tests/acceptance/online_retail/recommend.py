"""What recommendations are worth and cost on a real shop's year.

    python tests/acceptance/online_retail/recommend.py --data PATH/online_retail.parquet

First the command ``antiphon recommend evaluate`` on the file, held against what is promised in docs/recommendations.md;
then the year is imported into a database of its own, learned from as a worker does, and asked for. Leaves with 1 when
something is not as promised.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is run as a file

from tests.acceptance.online_retail import retail
from tests.acceptance.online_retail.run import LAST, VARIABLE, opened, write_files

from antiphon.catalogue.recommend import for_people
from antiphon.catalogue.recommend.learning import learn
from antiphon.intake.imports import import_events
from antiphon.store.db import Database

#: Shares of people, and people and products of the split, as published for this protocol: 2,484, 2,820 and 2,810.
EASE, AGAIN = 0.39, 0.64
PEOPLE_NEW, PEOPLE_REPEATS, PRODUCTS = 2_484, 2_820, 2_810
#: Which products were counted there is not said to the line.
TOLERANCE = 0.02

console = Console()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get(VARIABLE), help=f"online_retail.parquet; {VARIABLE}"
    )
    parser.add_argument("--only", choices=["evaluate", "store"], help="one of the two parts")
    given = parser.parse_args(arguments)
    if given.data is None or not Path(given.data).is_file():
        console.print(f"Skipped: recommend. There is no file {given.data}; name it with --data or {VARIABLE}.")
        return 0
    problems: list[str] = []
    if given.only != "store":
        problems += evaluated(given.data)
    if given.only != "evaluate":
        problems += stored(given.data)
    for problem in problems:
        console.print(f"[red]{problem}[/red]")
    console.print("Failed" if problems else "Passed")
    return 1 if problems else 0


def evaluated(file: Path) -> list[str]:
    """The command, and what it says, against what is promised."""
    antiphon = Path(sys.executable).with_name("antiphon")
    words = [str(antiphon), "recommend", "evaluate", str(file), "--only", r"\d{5}", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    new, repeats = told["new_products"], told["with_repeats"]
    for name, group in (("new products", new), ("with repeats", repeats)):
        for method, hit in group["hit"].items():
            low, high = hit["interval"]
            console.print(
                f"  {name}: {method} {hit['share']:.1%} ({low:.1%} to {high:.1%}) of {group['people']:,} people"
            )
    console.print(f"  {told['products']:,} products; fitted in {told['fit_seconds']} s")
    problems = [
        f"{name}: {value:,} counted, {wanted:,} published"
        for name, value, wanted in (
            ("people with new products", new["people"], PEOPLE_NEW),
            ("people with repeats", repeats["people"], PEOPLE_REPEATS),
            ("products", told["products"], PRODUCTS),
        )
        if abs(value - wanted) > TOLERANCE * wanted
    ]
    if new["hit"]["ease"]["share"] < EASE:
        problems.append(f"EASE hits {new['hit']['ease']['share']:.1%}, promised are {EASE:.0%}")
    if repeats["hit"]["buy-again"]["share"] < AGAIN:
        problems.append(f"buy-again hits {repeats['hit']['buy-again']['share']:.1%}, promised are {AGAIN:.0%}")
    return problems


def stored(file: Path) -> list[str]:
    """The year in a database, learned from and asked for."""
    with tempfile.TemporaryDirectory(prefix="antiphon-recommend-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        write_files(retail.read_invoices(file), place)
        with opened(place / "data") as (database, engine):
            import_events(database, place / "events.jsonl", LAST, virtual=True)
            while engine.cycle(LAST).more:
                pass
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            began, busy = time.monotonic(), time.process_time()
            told = learn(database, LAST)
            console.print(
                f"  learned in {time.monotonic() - began:.1f} s, {time.process_time() - busy:.1f} s of them busy: {told}"
            )
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            console.print(f"  peak memory {after / 1024:,.0f} MB; before it was learned {before / 1024:,.0f} MB")
            again = learn(database, LAST + timedelta(days=2))
            problems = [] if again is None else ["it was learned again although nothing had happened"]
            return problems + asked(database)


def asked(database: Database) -> list[str]:
    """For everybody: ten of them, none of them bought in the last thirty days or sold out."""
    with database.read() as connection:
        people = [(row.bucket, row.id) for row in connection.execute(text("SELECT bucket, id FROM person"))]
        bought = connection.execute(RECENT, {"since": LAST - timedelta(days=30)}).all()
        lists = connection.execute(text("SELECT kind, count(*) AS n FROM recommendation GROUP BY 1 ORDER BY 1")).all()
        sold_out = set(connection.execute(text("SELECT products[1] FROM best_seller")).scalars())
        began = time.monotonic()
        found: dict[int, list[str]] = {}
        for start in range(0, len(people), 1000):
            part = people[start : start + 1000]
            found |= for_people(connection, part, 10, now=LAST, excluded=sold_out)
        console.print(
            f"  asked for {len(people):,} people in {time.monotonic() - began:.1f} s; lists {dict(map(tuple, lists))}"
        )
    problems = [] if found else ["nobody was imported"]
    if any(len(products) != 10 or len(set(products)) != 10 for products in found.values()):
        problems.append("somebody has no ten products")
    if wrong := sum(row.product in found[row.person] for row in bought):
        problems.append(f"{wrong} products are shown that were just bought")
    if sum(bool(sold_out.intersection(products)) for products in found.values()):
        problems.append("products are shown that are sold out")
    return problems


RECENT = text(
    "SELECT DISTINCT e.person, l.line->>'product_id' AS product FROM event e "
    "CROSS JOIN LATERAL jsonb_array_elements(e.props->'products') l(line) "
    "WHERE e.at >= :since AND e.name = 'Order Completed'"
)


if __name__ == "__main__":
    sys.exit(main())
