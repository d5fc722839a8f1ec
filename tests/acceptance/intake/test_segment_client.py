"""Segment's own client for Python, pointed at a running ``antiphon up``."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from segment.analytics.client import Client
from segment.analytics.request import APIError
from tests.acceptance.process import PATIENCE, running
from tests.conftest import NOON
from tests.integration.intake.helpers import groups, one, rows

from antiphon.intake.sources import create_source
from antiphon.store.db import Database

pytestmark = pytest.mark.acceptance


@pytest.fixture
def address(db: Database, tmp_path: Path) -> Iterator[str]:
    """Where a real process listens that works on the test's database."""
    with running(tmp_path, url=db.url) as up:
        yield up.url


def _wait_for_events(db: Database, number: int) -> None:
    until = time.monotonic() + PATIENCE
    while (found := one(db, "SELECT count(*) AS n FROM event").n) < number:
        assert time.monotonic() < until, f"{found} of {number} events"
        time.sleep(0.1)


def test_the_real_client(db: Database, address: str) -> None:
    failures: list[Exception] = []
    shown = datetime.now(UTC) - timedelta(hours=1)
    for packed in (False, True):
        key = create_source(db, f"shop, packed: {packed}", NOON)
        client = Client(key, host=address, gzip=packed, on_error=lambda error, _: failures.append(error), max_retries=1)
        _visit(client, shown, "packed" if packed else "plain")
        client.flush()
        client.join()
    assert failures == []
    _wait_for_events(db, 2 * 254)
    names = {r.name: r.n for r in rows(db, "SELECT name, count(*) AS n FROM event GROUP BY name")}
    assert names == {"Product Viewed": 2, "Page Viewed": 2, "Screen Viewed": 2, "Order Completed": 2 * 251}
    known = {"customer_id:plain", "email:plain@x.com", "device:d1-plain", "device:d2-plain"}
    assert frozenset(known) in groups(db)
    ats = [r.at for r in rows(db, "SELECT at FROM event WHERE name = 'Product Viewed'")]
    assert all(abs(at - shown) < timedelta(seconds=5) for at in ats)
    _is_told_what_is_wrong(address)


def _visit(client: Client, shown: datetime, who: str) -> None:
    """A visitor looks around, says who they are and buys; 250 others buy as well."""
    client.track(anonymous_id=f"d1-{who}", event="Product Viewed", properties={"sku": "x"}, timestamp=shown)
    client.page(anonymous_id=f"d1-{who}", name="Home")
    client.identify(user_id=who, anonymous_id=f"d1-{who}", traits={"email": f"{who}@X.com", "first_name": "Ann"})
    client.alias(previous_id=f"d2-{who}", user_id=who)
    client.group(user_id=who, group_id="g1")
    client.screen(user_id=who, name="Cart")
    for _ in range(2):  # a repeat, known by its message id
        client.track(user_id=who, event="Order Completed", properties={"order_id": "1", "total": 10}, message_id="o1")
    for number in range(250):
        client.track(user_id=f"{who}-{number}", event="Order Completed", properties={"order_id": str(number)})


def _is_told_what_is_wrong(address: str) -> None:
    failures: list[Exception] = []
    client = Client("ak_wrong", host=address, on_error=lambda error, _: failures.append(error), max_retries=0)
    client.track(user_id="c1", event="Order Completed")
    client.flush()
    client.join()
    (failure,) = failures
    assert isinstance(failure, APIError)
    assert failure.status == 401
