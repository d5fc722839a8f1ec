"""A full disk: what cannot be stored is refused with a clear word, what was acknowledged is there when there is room."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.acceptance.process import antiphon, running

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 MB."""
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root: mount -t tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "antiphon-test", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    data = small_disk / "data"
    key = antiphon("key", "create", "shop", data_dir=data).stdout.strip()
    acknowledged: set[str] = set()
    refusal = None
    with running(data, "--workers", "0") as up, httpx2.Client(base_url=up.url, auth=(key, ""), timeout=60) as client:
        for number in range(3_000):
            batch = [_large(f"m{number}-{place}") for place in range(12)]
            answer = client.post("/v1/batch", json={"batch": batch})
            if answer.status_code != 200:
                refusal = answer
                break
            acknowledged |= {str(item["messageId"]) for item in batch}
        assert refusal is not None, "the disk never filled"
        assert refusal.status_code == 503, refusal.text
        assert "Nothing is lost" in refusal.text
        subprocess.run(["mount", "-o", "remount,size=1g", str(small_disk)], check=True)
        _wait_for_room(client, acknowledged)
    with running(data) as up:
        _wait_for_events(data, up.url, acknowledged)


def _large(message: str) -> dict[str, object]:
    # random text, because PostgreSQL would pack anything else
    return {
        "type": "track",
        "event": "Seen",
        "userId": "u1",
        "messageId": message,
        "properties": {"x": os.urandom(12_000).hex()},
    }


def _wait_for_room(client: httpx2.Client, acknowledged: set[str]) -> None:
    """As soon as there is room, it is taken in again."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        answer = client.post("/v1/batch", json={"batch": [_large("after")]})
        if answer.status_code == 200:
            acknowledged.add("after")
            return
        time.sleep(1)
    pytest.fail(f"still refused: {answer.text}")


def _wait_for_events(data: Path, url: str, acknowledged: set[str]) -> None:
    until = time.monotonic() + 90
    found = -1
    while time.monotonic() < until:
        with psycopg.connect(host=str(data / "postgres"), user="postgres", dbname="postgres") as connection:
            row = connection.execute("SELECT count(*) FROM event WHERE name = 'Seen'").fetchone()
        found = row[0] if row else -1
        if found >= len(acknowledged):
            return
        assert httpx2.get(f"{url}/healthz").status_code == 200
        time.sleep(0.5)
    pytest.fail(f"{found} of {len(acknowledged)} events")
