"""Celery with a commit for each task beside ``antiphon bench flow``, on one machine in one run; see README.md."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres

TASKS = 5_000
HERE = Path(__file__).parent


def flow(share: str) -> float:
    """Timers a second of the product."""
    command = [str(Path(sys.executable).parent / "antiphon"), "bench", "flow", "--share", share, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["results"][0]["rate"])


def celery(python: str, folder: Path) -> float:
    """Tasks a second that two worker processes finish, from a queue that is full before they start."""
    redis = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", folder / "redis.sock", "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    try:
        with EmbeddedPostgres(folder / "pg") as postgres:
            database = Database(postgres.url)
            with database.begin("bench") as connection:
                connection.execute(text("CREATE TABLE bench_attribute (person bigint PRIMARY KEY, plan text)"))
                fill = "INSERT INTO bench_attribute SELECT g, 'p' || g % 7 FROM generate_series(1, :n) g"
                connection.execute(text(fill), {"n": TASKS})
                connection.execute(
                    text("CREATE TABLE bench_sent (key text PRIMARY KEY, person bigint, at timestamptz)")
                )
            told = os.environ | {
                "PEER_BROKER": f"redis+socket://{folder / 'redis.sock'}",
                "PEER_DATABASE": postgres.url.replace("postgresql+psycopg://", "postgresql://"),
                "PEER_TASKS": str(TASKS),
            }
            subprocess.run([python, HERE / "celery_tasks.py"], check=True, env=told)
            worker = subprocess.Popen(
                [python, "-m", "celery", "-A", "celery_tasks", "worker", "-c", "2", "-P", "prefork", "-l", "ERROR"],
                cwd=HERE,
                env=told,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                return _rate(database)
            finally:
                worker.terminate()
                worker.wait()
                database.dispose()
    finally:
        redis.terminate()
        redis.wait()


def _rate(database: Database) -> float:
    """Between the first fifth and the last tenth of the tasks: starting and ending are nobody's speed."""
    marks: list[tuple[float, int]] = []
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with database.read() as connection:
            done = connection.execute(text("SELECT count(*) FROM bench_sent")).scalar_one()
        if done >= TASKS // 5:
            marks.append((time.monotonic(), done))
        if done >= TASKS * 9 // 10:
            (first, few), (last, many) = marks[0], marks[-1]
            return (many - few) / (last - first)
        time.sleep(0.02)
    raise RuntimeError("Celery did not come to its end in two minutes")


def main(python: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="antiphon-peer-"))
    folder.chmod(0o755)
    try:
        before = flow("0.2")
        peer = celery(python, folder)
        after = flow("0.2")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours = min(before, after)
    print(json.dumps({"ours": [before, after], "celery": round(peer, 1), "ratio": round(ours / peer, 1)}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
