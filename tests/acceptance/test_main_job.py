"""The main job with real processes: Segment's own client, ``antiphon up``, a real SMTP server, the way out."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg.types.json import Jsonb
from segment.analytics.client import Client

from tests import sink as smtp
from tests.acceptance.process import Running, antiphon, running

pytestmark = pytest.mark.acceptance

PATIENCE = 60.0


def _until(found: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def _use(data: Path, port: int) -> None:
    """Name the SMTP server, as the settings page does."""
    with psycopg.connect(host=str(data / "postgres"), user="postgres", dbname="postgres") as connection:
        settings = Jsonb({"host": "127.0.0.1", "port": port, "tls": "none"})
        connection.execute("UPDATE sender SET provider = 'smtp', settings = %s WHERE id = 'email'", [settings])
        connection.execute("UPDATE brand SET name = 'Lamps', postal_address = '1 Light Street'")


def _leaves_cart(client: Client, who: str, cart: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=31)
    props = {"cart_id": cart, "product_id": "p1", "name": "Lamp", "price": 40.0, "quantity": 1}
    client.track(user_id=who, event="Product Added", properties=props, timestamp=long_ago)
    client.flush()


def _consents(up: Running, key: str, who: str, address: str) -> None:
    body = {"userId": who, "channel": "email", "address": address, "purposes": ["marketing"], "state": "subscribed"}
    answer = httpx2.post(f"{up.url}/v1/consent", auth=(key, ""), json=body | {"method": "web form", "wording": "Yes"})
    assert answer.status_code == 200, answer.text


def test_a_cart_becomes_an_email_and_one_click_ends_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    cart = tmp_path / "cart.yaml"
    key = antiphon("key", "create", "shop", data_dir=data).stdout.strip()
    cart.write_text(antiphon("journeys", "playbook", "abandoned-cart", data_dir=data).stdout)
    assert antiphon("apply", str(cart), data_dir=data).returncode == 0
    sink = smtp.Sink()
    with smtp.running(sink) as port, running(data) as up:
        _use(data, port)
        client = Client(key, host=up.url)
        for who in ("ann", "bob"):
            _consents(up, key, who, f"{who}@example.com")
            _leaves_cart(client, who, f"cart of {who}")
        _until(lambda: len(sink.taken) >= 2, "the emails never came")
        by_address = {str(mail["To"]): mail for mail in sink.taken}
        mail = by_address["ann@example.com"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "1 Light Street" in mail.as_string()
        link = re.search(r"<(http[^>]+)>", str(mail["List-Unsubscribe"]))
        assert link is not None
        path = up.url + httpx2.URL(link[1]).path
        assert httpx2.get(path).status_code == 200  # a scanner's look changes nothing
        assert httpx2.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        for who in ("ann", "bob"):
            client.track(
                user_id=who, event="Order Completed", properties={"cart_id": f"cart of {who}", "order_id": who}
            )
            client.flush()
            time.sleep(1.5)
            _leaves_cart(client, who, f"another cart of {who}")
        client.join()
        time.sleep(4)
        with psycopg.connect(host=str(data / "postgres"), user="postgres", dbname="postgres") as connection:
            rows = connection.execute("SELECT address, state, rule FROM outbox ORDER BY planned_at").fetchall()
        assert {row[0] for row in rows if row[1] == "accepted"} == {"ann@example.com", "bob@example.com"}
        assert sum(str(one["To"]) == "ann@example.com" for one in sink.taken) == 1
    assert set(sink.times().values()) == {1}
