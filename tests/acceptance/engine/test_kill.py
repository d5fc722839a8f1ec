"""Workers and the database killed at random points: every planned message is accounted for, none is sent twice."""

import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from antiphon.engine.engine import Engine
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.publish import publish
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres
from antiphon.store.install import prepare
from tests.servers import QuickPostgres
from tests.sink import Sink, running

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

ROUNDS = 50
PEOPLE = 12
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h

WORK = {
    "arrivals": "SELECT 1 FROM arrival",
    "events": "SELECT 1 FROM fresh",
    "messages": "SELECT 1 FROM outbox WHERE state IN ('claimed', 'handing') OR state IN ('planned', 'due') AND due_at <= now()",
}


class Installation:
    """A database of its own, a sink, and people who leave carts."""

    def __init__(self, server: EmbeddedPostgres, sink: Sink, port: int) -> None:
        self.server = server
        self.sink = sink
        self.db = Database(server.url)
        self.acknowledged = 0
        self._numbers = count()
        now = datetime.now(UTC)
        prepare(self.db, now)
        with self.db.begin("settings") as connection:
            smtp = {"provider": "smtp", "settings": Jsonb({"host": "127.0.0.1", "port": port, "tls": "none"})}
            connection.execute(
                text("UPDATE sender SET provider = :provider, settings = :settings WHERE id = 'email'"), smtp
            )
            connection.execute(text("UPDATE brand SET postal_address = 'A 1', base_url = 'https://shop.example'"))
        with self.db.begin("commands") as connection:
            publish(connection, playbooks()["abandoned-cart"], "test", now)

    def people_leave_carts(self, n: int) -> None:
        """Carts that were left 31 minutes ago: abandoned the moment that they arrive."""
        now = datetime.now(UTC)
        arrivals = []
        for _ in range(n):
            who = next(self._numbers)
            user = {"userId": f"u{who}"}
            consent = {"channel": "email", "address": f"u{who}@example.com", "purposes": ["marketing"]}
            consent |= {"state": "subscribed", "effectiveAt": now.isoformat(), "method": "web form"}
            cart = {"event": "Product Added", "properties": {"cart_id": f"c{who}", "product_id": "p", "name": "Lamp"}}
            arrivals += [
                Arrival("test", f"c{who}", "consent", now, False, user | consent),
                Arrival("test", f"t{who}", "track", now - timedelta(minutes=31), False, user | cart),
            ]
        store_arrivals(self.db, arrivals)
        self.acknowledged += n

    def wait(self, sql: str, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                with self.db.read() as connection:
                    if connection.execute(text(sql)).scalar_one():
                        return
            except DBAPIError:
                pass
            time.sleep(0.05)
        pytest.fail(f"not true in time: {sql}")

    def back_after(self, killed: int) -> None:
        """Wait until the guard has started another server."""
        until = time.monotonic() + 60
        while self.server.postmaster in {killed, None} and time.monotonic() < until:
            time.sleep(0.05)
        self.wait("SELECT true")

    def work_left(self) -> str:
        """The first stage that still has work: arrivals, events, messages or nothing."""
        with self.db.read() as connection:
            for name, sql in WORK.items():
                if connection.execute(text(f"SELECT EXISTS ({sql})")).scalar_one():
                    return name
        return "nothing"

    def states(self) -> dict[str, int]:
        with self.db.read() as connection:
            rows = connection.execute(text("SELECT state, count(*) FROM outbox GROUP BY state")).all()
        return {state: n for state, n in rows}  # noqa: C416

    def finish(self) -> None:
        """Let what is due be done, as of the leases' end.

        The server notices a dead worker only when the statement under way is done: until then its locks keep buckets
        from everybody else.
        """
        self.wait("SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'")
        engine = Engine(self.db, Signer(b"x" * 32), base_url="https://shop.example", worker="last")
        engine.settle(engine.clock())
        engine.sweep(engine.clock() + timedelta(hours=1))
        engine.settle(engine.clock())
        engine.close()

    def account(self) -> None:
        """Every acknowledged cart was planned once; every message is sent, unsent or unknown; none left twice."""
        states = self.states()
        assert sum(states.values()) == self.acknowledged, states
        assert set(states) <= {"accepted", "unknown", "planned", "due"}, states
        assert max(self.sink.times().values()) == 1
        with self.db.read() as connection:
            rows = connection.execute(text("SELECT id, state FROM outbox WHERE state IN ('accepted', 'unknown')")).all()
        accepted = {_hex(row.id) for row in rows if row.state == "accepted"}
        possible = {_hex(row.id) for row in rows}
        taken = {one.split("@")[0].removeprefix("<antiphon.") for one in self.sink.times()}
        assert accepted <= taken <= possible


def _hex(message: int) -> str:
    """A message's id as its Message-ID has it."""
    return f"{message & (2**64 - 1):016x}"


@pytest.fixture
def _first_process() -> Iterator[None]:
    """Gets the dead of its children, as the first process of a container does; other first processes take a second for them."""
    this = ctypes.CDLL(None)
    assert this.prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
    yield
    assert this.prctl(PR_SET_CHILD_SUBREAPER, 0) == 0


@pytest.fixture
def installation(_first_process: None) -> Iterator[Installation]:
    # not below pytest's own folder, which it closes to other users, the server's too, whenever another run begins
    folder = Path(tempfile.mkdtemp(prefix="antiphon-kill-"))
    folder.chmod(0o755)
    sink = Sink()
    with QuickPostgres(folder / "data") as server, server.guarded(every=0.05), running(sink) as port:
        made = Installation(server, sink, port)
        yield made
        made.db.dispose()
    shutil.rmtree(folder)


class Crew:
    """Workers that can be started and killed quickly."""

    def __init__(self, url: str) -> None:
        script = Path(__file__).with_name("crew.py")
        self._foreman = subprocess.Popen(
            [sys.executable, str(script), url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self) -> int:
        stdin, stdout = self._foreman.stdin, self._foreman.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write("start\n")
        stdin.flush()
        return int(stdout.readline())

    def close(self) -> None:
        assert self._foreman.stdin is not None
        assert self._foreman.stdout is not None
        self._foreman.stdin.close()
        self._foreman.wait(10)
        self._foreman.stdout.close()


@pytest.fixture
def crew(installation: Installation) -> Iterator[Crew]:
    made = Crew(installation.server.url)
    yield made
    made.close()


def test_workers_killed_at_random_points(installation: Installation, crew: Crew) -> None:
    chance = random.Random(7)  # the same points in each run, as far as a machine allows
    begun = interrupted = 0
    for number in range(ROUNDS):
        installation.people_leave_carts(PEOPLE)
        worker = crew.start()
        if number % 2:  # half of them as soon as it is at work, however slow the machine
            installation.wait("SELECT count(*) = 0 FROM arrival")
            time.sleep(chance.uniform(0.0, 0.3))
        else:
            time.sleep(chance.uniform(0.05, 0.8))
        os.kill(worker, signal.SIGKILL)
        left = installation.work_left()
        begun += left != "arrivals"
        interrupted += left != "nothing"
    assert begun >= ROUNDS // 3, "the kills came before the work"
    assert interrupted >= ROUNDS // 3, "the kills came after the work"
    installation.finish()
    installation.account()


@pytest.mark.parametrize("seed", [8, 9])
def test_the_database_killed_at_random_points(installation: Installation, crew: Crew, seed: int) -> None:
    chance = random.Random(seed)
    workers = [crew.start(), crew.start()]
    for _ in range(ROUNDS // 2):
        installation.people_leave_carts(PEOPLE)
        time.sleep(chance.uniform(0.0, 0.4))
        killed = installation.server.postmaster
        os.kill(killed, signal.SIGKILL)
        installation.back_after(killed)
    installation.wait("SELECT count(*) = 0 FROM arrival")
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    installation.finish()
    installation.account()
