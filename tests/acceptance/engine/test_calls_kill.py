"""A worker killed while it calls another program: the call is made again, under the same id, and the run goes on once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from antiphon.journeys.errands.addresses import allowed_of
from antiphon.journeys.errands.hosts import allow
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database
from tests.integration.engine.callee import Callee, Reply, listening
from tests.integration.engine.shop import ShopUnderTest, open_shop
from tests.integration.engine.test_calls import JOURNEY

pytestmark = pytest.mark.acceptance

#: A worker's process at one instant of the virtual clock.
WORKER = """
import sys
from datetime import datetime
from antiphon.engine.engine import Engine
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
Engine(Database(sys.argv[1]), Signer(b"x" * 32), worker="doomed").settle(datetime.fromisoformat(sys.argv[2]))
"""


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


@pytest.fixture
def callee() -> Iterator[Callee]:
    with listening() as found:
        yield found


def test_who_dies_while_calling_calls_again_under_the_same_id(shop: ShopUnderTest, callee: Callee) -> None:
    allow(shop.db, allowed_of(callee.host), shop.now, COMMAND_LINE)
    shop.publish(JOURNEY.format(url=callee.url, more=""))
    for number in range(20):
        shop.does(f"u{number}", "Started", key="k")
    url = shop.db.engine.url.render_as_string(hide_password=False)
    doomed = subprocess.Popen([sys.executable, "-c", WORKER, url, shop.now.isoformat()])
    callee.replies = [*(Reply() for _ in range(7)), Reply(first=lambda: os.kill(doomed.pid, signal.SIGKILL)), Reply()]
    assert doomed.wait(60) == -signal.SIGKILL
    before = {one.headers["webhook-id"] for one in callee.heard}
    assert len(before) >= 8
    assert shop.one("SELECT count(*) FROM errand WHERE state = 'open' AND attempts = 1") == 20
    shop.settle()
    assert shop.one("SELECT count(*) FROM errand WHERE state = 'open'") == 20, "the claims hold"
    shop.passes(timedelta(minutes=2), timedelta(minutes=1))
    heard = [one.headers["webhook-id"] for one in callee.heard]
    assert len(set(heard)) == 20
    assert len(heard) == 20 + len(before)
    assert shop.one("SELECT count(*) FROM move WHERE from_step = 'tell' AND to_step = 'good'") == 20
    assert shop.one("SELECT count(*) FROM errand") == 0
