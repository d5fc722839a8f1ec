"""Segment's own client for Python, pointed at a running ``antiphon up``."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from os import environ
from pathlib import Path

import httpx2
import pytest
from segment.analytics.client import Client
from segment.analytics.request import APIError
from tests.conftest import NOON
from tests.integration.intake.helpers import groups, one, rows

from antiphon.intake.sources import create_source
from antiphon.store.db import Database

pytestmark = pytest.mark.acceptance

PATIENCE = 30.0


@pytest.fixture
def address(db: Database, tmp_path: Path) -> Iterator[str]:
    """Where a real process listens that works on the test's database."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("antiphon")), "up", "--port", str(port)]
    environment = {**environ, "ANTIPHON_DATABASE_URL": db.url, "ANTIPHON_DATA_DIR": str(tmp_path)}
    where = f"http://127.0.0.1:{port}"
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as up:
        try:
            _wait_until_healthy(where, up, tmp_path / "log")
            yield where
        finally:
            up.terminate()
            assert up.wait(PATIENCE) == 0, (tmp_path / "log").read_text()


def _wait_until_healthy(where: str, up: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert up.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{where}/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


def _wait_for_events(db: Database, number: int) -> None:
    until = time.monotonic() + PATIENCE
    while (found := one(db, "SELECT count(*) AS n FROM event").n) < number:
        assert time.monotonic() < until, f"{found} of {number} events"
        time.sleep(0.1)


@pytest.mark.parametrize("packed", [False, True])
def test_the_real_client(db: Database, address: str, packed: bool) -> None:
    failures: list[Exception] = []
    key = create_source(db, "shop", NOON)
    client = Client(key, host=address, gzip=packed, on_error=lambda error, _: failures.append(error), max_retries=1)
    shown = datetime.now(UTC) - timedelta(hours=1)
    client.track(anonymous_id="d1", event="Product Viewed", properties={"sku": "x"}, timestamp=shown)
    client.page(anonymous_id="d1", name="Home")
    client.identify(user_id="c1", anonymous_id="d1", traits={"email": "Ann@X.com", "first_name": "Ann"})
    client.alias(previous_id="d2", user_id="c1")
    client.group(user_id="c1", group_id="g1")
    client.screen(user_id="c1", name="Cart")
    client.track(user_id="c1", event="Order Completed", properties={"order_id": "1", "total": 10}, message_id="order-1")
    client.track(user_id="c1", event="Order Completed", properties={"order_id": "1", "total": 10}, message_id="order-1")
    for number in range(500):
        client.track(user_id=f"u{number}", event="Order Completed", properties={"order_id": str(number)})
    client.flush()
    client.join()
    assert failures == []
    _wait_for_events(db, 504)
    names = {r.name: r.n for r in rows(db, "SELECT name, count(*) AS n FROM event GROUP BY name")}
    assert names == {"Product Viewed": 1, "Page Viewed": 1, "Screen Viewed": 1, "Order Completed": 501}
    assert frozenset({"customer_id:c1", "email:ann@x.com", "device:d1", "device:d2"}) in groups(db)
    at = one(db, "SELECT at FROM event WHERE name = 'Product Viewed'").at
    assert abs(at - shown) < timedelta(seconds=5)


def test_the_real_client_is_told_what_is_wrong(db: Database, address: str) -> None:
    failures: list[Exception] = []
    client = Client("ak_wrong", host=address, on_error=lambda error, _: failures.append(error), max_retries=0)
    client.track(user_id="c1", event="Order Completed")
    client.flush()
    client.join()
    (failure,) = failures
    assert isinstance(failure, APIError)
    assert failure.status == 401
    assert rows(db, "SELECT 1 FROM arrival") == []
