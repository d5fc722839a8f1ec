"""How well people are told apart: records of which it is known who is who, through intake and resolver.

    python tests/acceptance/identity/run.py --data FOLDER

``FOLDER`` holds ``febrl_3.parquet`` (synthetic people with misspelt fields) and ``dedupe_csv_example_true_ids.csv.gz``
(child-care sites with real, messy phone numbers). Each record comes in as a visit of its own (a device) with what a shop
would have of it. Not part of ``make test``: the files are not ours to ship. Leaves with 1 when a figure misses its goal.
"""

import argparse
import csv
import gzip
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet
from rich.console import Console
from sqlalchemy import text

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres
from antiphon.store.install import erase, prepare

VARIABLE = "ANTIPHON_IDENTITY"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
GOAL_RECALL = 0.85

console = Console()


@dataclass(frozen=True, slots=True)
class Record:
    """One record: who it truly is, and the identify that a shop would send of it."""

    number: str
    truth: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of records: truly of one person, put together rightly and wrongly; and what is listed for a human."""

    true: int
    right: int
    wrong: int
    listed: int

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.true, 1)


def febrl(path: Path) -> list[Record]:
    """``soc_sec_id`` stands for the shop's customer id."""
    return [
        Record(row["rec_id"], row["entity_id"], {"userId": row["soc_sec_id"]})
        for row in pyarrow.parquet.read_table(path).to_pylist()
    ]


def sites(path: Path, area: str) -> list[Record]:
    """A site's phone and email; ``area`` completes numbers of seven digits, as their writers in Chicago meant them."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        digits = "".join(filter(str.isdigit, row["Phone"]))
        number = area + digits if len(digits) == 7 else digits
        traits = {"phone": number, "email": row["Email Address"].strip()}
        found.append(Record(row["Id"], row["True Id"], {"traits": {k: v for k, v in traits.items() if v}}))
    return found


def measure(database: Database, records: Sequence[Record]) -> Score:
    """Resolve ``records`` into people, and hold the people against the truth."""
    erase(database, NOW)
    arrivals = [
        Arrival("file", record.number, "identify", NOW, False, {**record.body, "anonymousId": f"visit-{record.number}"})
        for record in records
    ]
    for start in range(0, len(arrivals), 5_000):
        store_arrivals(database, arrivals[start : start + 5_000], NOW)
    while resolve(database, NOW).more:
        pass
    with database.read() as connection:
        rows = connection.execute(text("SELECT value, person FROM identifier WHERE kind = 'device'")).all()
        listed = connection.execute(text("SELECT count(*) FROM conflict")).scalar_one()
    person_of = {row.value.removeprefix("visit-"): row.person for row in rows}
    return score([(record.truth, person_of[record.number]) for record in records], listed)


def score(placed: Iterable[tuple[str, int]], listed: int) -> Score:
    """Pairs counted from (truth, person) of each record."""
    placed = list(placed)
    true = sum(n * (n - 1) // 2 for n in Counter(truth for truth, _ in placed).values())
    together: defaultdict[int, list[str]] = defaultdict(list)
    for truth, person in placed:
        together[person].append(truth)
    right = wrong = 0
    for truths in together.values():
        for one, other in combinations(truths, 2):
            if one == other:
                right += 1
            else:
                wrong += 1
    return Score(true, right, wrong, listed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get(VARIABLE), help=f"the folder; {VARIABLE}")
    given = parser.parse_args(arguments)
    if given.data is None or not Path(given.data).is_dir():
        console.print(f"Skipped: identity. There is no folder {given.data}; name it with --data or {VARIABLE}.")
        return 0
    folder = Path(given.data)
    chicago = folder / "dedupe_csv_example_true_ids.csv.gz"
    runs = [
        ("febrl_3, soc_sec_id as customer id", febrl(folder / "febrl_3.parquet"), True),
        ("dedupe_csv_example, phones as written", sites(chicago, ""), False),
        ("dedupe_csv_example, seven digits read as (312)", sites(chicago, "312"), False),
    ]
    good = True
    with tempfile.TemporaryDirectory(prefix="antiphon-identity-") as place:
        Path(place).chmod(0o755)
        with EmbeddedPostgres(Path(place)) as postgres:
            database = Database(postgres.url)
            prepare(database, NOW)
            for name, records, has_goal in runs:
                found = measure(database, records)
                if has_goal:
                    good &= found.wrong == 0 and found.recall >= GOAL_RECALL
                console.print(
                    f"{name}: {len(records):,} records, precision {found.precision:.4f}, recall {found.recall:.4f} "
                    f"({found.right:,} right and {found.wrong:,} wrong of {found.true:,} true pairs), "
                    f"{found.listed:,} listed for a human"
                )
            database.dispose()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
