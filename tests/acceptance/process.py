"""A running ``antiphon up``, as acceptance tests need it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.ports import free_port

PATIENCE = 90.0
ANTIPHON = str(Path(sys.executable).with_name("antiphon"))


@dataclass(frozen=True, slots=True)
class Running:
    """``url`` of the process, its ``process`` and the file that its words go to."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path


def antiphon(*words: str, data_dir: Path, url: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [ANTIPHON, *words], env=environment(data_dir, url), capture_output=True, text=True, check=False, timeout=600
    )


def environment(data_dir: Path, url: str | None = None) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANTIPHON_")}
    return clean | {"ANTIPHON_DATA_DIR": str(data_dir)} | ({"ANTIPHON_DATABASE_URL": url} if url else {})


@contextmanager
def running(data_dir: Path, *options: str, url: str | None = None) -> Iterator[Running]:
    """``antiphon up`` until the block ends; then it must leave cleanly."""
    port = free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "up.log"
    where = f"http://127.0.0.1:{port}"
    command = [ANTIPHON, "up", "--port", str(port), *options]
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=environment(data_dir, url), stdout=file, stderr=file)
    try:
        wait_until_healthy(where, process, log)
        yield Running(where, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE)
    assert code == 0, log.read_text()


def wait_until_healthy(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{url}/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())
