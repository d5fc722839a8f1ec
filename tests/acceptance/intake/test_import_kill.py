"""An import whose process is killed in its middle, again and again: nothing is lost, nothing comes twice."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.acceptance.process import ANTIPHON, PATIENCE, antiphon, environment
from tests.integration.intake.helpers import one, resolve_all

from antiphon.store.db import Database

pytestmark = pytest.mark.acceptance

ROWS = 12_000


def _kill_in_the_middle(db: Database, data: Path, *words: str) -> int:
    """Run a command until the import has moved on, kill it; returns how many rows had been committed."""
    before = one(db, "SELECT coalesce(max(rows), 0) AS rows FROM file_import").rows
    log = (data / "import.log").open("ab")
    process = subprocess.Popen([ANTIPHON, "import", *words], env=environment(data, db.url), stdout=log, stderr=log)
    until = time.monotonic() + PATIENCE
    while one(db, "SELECT coalesce(max(rows), 0) AS rows FROM file_import").rows <= before:
        assert process.poll() is None, (data / "import.log").read_text()
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    log.close()
    return int(one(db, "SELECT rows FROM file_import").rows)


def test_kills_in_the_middle_of_an_import(db: Database, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    lines = [
        f"p{n}@example.com,c{n},{'unsubscribed' if n % 5 == 0 else 'subscribed'},2024-05-01,form" for n in range(ROWS)
    ]
    table.write_text("\n".join(["email,customer id,email consent,consent at,consent method", *lines, "nonsense,,,,"]))
    stops = [_kill_in_the_middle(db, tmp_path, str(table))]
    stops += [_kill_in_the_middle(db, tmp_path, "resume", "1") for _ in range(2)]
    assert stops == sorted(set(stops))
    assert stops[-1] < ROWS
    assert one(db, "SELECT state FROM file_import").state == "running"
    done = antiphon("import", "resume", "1", data_dir=tmp_path, url=db.url)
    assert done.returncode == 0, done.stderr
    assert f"{ROWS:,} people came in" in done.stdout
    resolve_all(db)
    counts = one(
        db,
        "SELECT (SELECT count(*) FROM person) AS people, (SELECT count(*) FROM consent_fact) AS facts, "
        "(SELECT count(*) FROM suppression) AS out, (SELECT count(*) FROM file_import_fault) AS faults, "
        "(SELECT count(*) FROM file_import_chunk) AS pieces, (SELECT count(*) FROM event) AS events",
    )
    # an opt-out of a mailing is one of marketing and one of cart reminders
    assert tuple(counts) == (ROWS, ROWS + ROWS // 5, ROWS // 5, 1, 0, ROWS)
