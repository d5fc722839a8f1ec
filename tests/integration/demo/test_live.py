"""The live demo knocks at the front door: a real server takes its events, clicks, texts and unsubscriptions."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from sqlalchemy import text
from tests.ports import free_port

from antiphon.content.links import Subscription, unsubscribe_token
from antiphon.demo.clock import midnight
from antiphon.demo.live import Feeder, Front
from antiphon.demo.models import OneClick, Reply, Sent
from antiphon.demo.reactions import Crowd, _click
from antiphon.demo.run import Demo, Plan, set_up
from antiphon.demo.shop import make_shop
from antiphon.demo.voice import SOURCE, Voice
from antiphon.engine.engine import Engine
from antiphon.intake.sources import create_source
from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

SIGNER = Signer(b"k" * 32)


@pytest.fixture
def address(db: Database, tmp_path: Path) -> Iterator[str]:
    """A web server on a free port."""
    port = free_port()
    config = Config(data_dir=tmp_path, port=port)
    server = uvicorn.Server(
        uvicorn.Config(create_app(WebContext(db, SIGNER, config)), port=port, log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def demo(db: Database) -> Demo:
    now = datetime.now(UTC)
    shop = make_shop(7, 500)
    plan = Plan(seed=7, people=500, days=1, until=midnight(now))
    set_up(db, now)
    return Demo(plan, shop, Crowd(shop), write_key=create_source(db, SOURCE, now))


def counted(db: Database, sql: str) -> dict[str, int]:
    with db.read() as connection:
        return {row[0]: row[1] for row in connection.execute(text(sql))}


@pytest.fixture
def feeder(db: Database, demo: Demo, address: str) -> Iterator[Feeder]:
    with closing(Feeder(db, demo, Front(address, demo.write_key), lambda: datetime.now(UTC))) as found:
        yield found


@pytest.fixture
def engine(db: Database, address: str) -> Iterator[Engine]:
    with closing(Engine(db, SIGNER, base_url=address)) as found:
        yield found


def test_the_shop_goes_on(db: Database, feeder: Feeder, engine: Engine) -> None:
    now = datetime.now(UTC)
    # the present of the shop is ahead each time, so that there is something to send: a whole day, for at night little happens
    for hours in range(4, 28, 4):
        feeder.step(now + timedelta(hours=hours))
        while engine.cycle().more:
            pass
    events = counted(db, "SELECT name, count(*) FROM event WHERE source = 'demo shop' GROUP BY name")
    assert events["Product Viewed"] > 50
    assert events["Product Added"] > 3
    assert counted(db, "SELECT source, count(*) FROM rejected_arrival GROUP BY source") == {}  # refused at the door
    assert feeder.step(now + timedelta(hours=30)) > 0


def test_clicks_texts_and_unsubscriptions_take_the_front_door(
    db: Database, demo: Demo, feeder: Feeder, engine: Engine, address: str
) -> None:
    """A message that the engine sent is answered in each way; the answers come back over HTTP."""
    shopper = next(s for s in demo.shop.shoppers if s.reach == "both" and not s.newcomer)
    assert shopper.phone
    assert shopper.email
    order = {
        "type": "track",
        "event": "Order Completed",
        "userId": "C1",
        "context": {"traits": {"email": shopper.email}},
        "properties": {"order_id": "O1", "order_url": "https://shop.example/orders/O1", "products": []},
    }
    httpx2.post(f"{address}/v1/batch", json={"batch": [order]}, auth=(demo.write_key, "")).raise_for_status()
    for _ in range(5):
        engine.cycle()
    assert demo.read_messages(db) == 1
    with db.read() as connection:
        html = connection.execute(text("SELECT html FROM sandbox_message")).scalar_one()
    assert f"{address}/c/" in html

    link = html[html.index(f"{address}/c/") :].split('"')[0]
    now = datetime.now(UTC)
    sent = Sent(5, "email", shopper.email, now, "order-thanks", "thanks", link=link)
    way_out = f"{address}/u/{unsubscribe_token(SIGNER, Subscription('email', shopper.email, 1, 5))}"
    demo.market.add([_click(Voice(7, "test", shopper.device(), shopper), shopper, sent, now)])
    demo.market.add([Reply(now, shopper.phone, "Stop please", 5), OneClick(now, shopper.email, 5, way_out)])
    feeder.step(now)
    until = time.monotonic() + 20  # a click is judged three seconds after it was made
    while "Email Clicked" not in counted(db, "SELECT name, count(*) FROM event GROUP BY name"):
        assert time.monotonic() < until
        engine.cycle()
        time.sleep(0.2)
    assert counted(db, "SELECT name, count(*) FROM event GROUP BY name")["Email Clicked"] == 1
    gone = counted(db, "SELECT channel || ': ' || reason, count(*) FROM suppression GROUP BY 1")
    assert gone == {"sms: stop": 1, "email: one-click": 1}
