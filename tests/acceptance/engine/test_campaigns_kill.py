"""Workers killed while they plan campaigns beside each other: everybody is planned once, and every count is true."""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from antiphon.engine.commands import carry_out
from antiphon.engine.reviewing import review
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.store.db import Database
from tests.acceptance.engine.test_kill import Crew

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

PEOPLE, CAMPAIGNS, KILLS = 300, 5, 8
#: Somebody is in the middle of planning a portion: see store.locks.
PLANNING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 2586 AND granted"
LEFT = "SELECT count(*) FROM campaign WHERE state = 'planning'"
SOURCE = """campaign: c{number}
name: C{number}
audience: {{kind: all, of: []}}
content: {{email: {{subject: Hi, mjml: '<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>'}}}}
window: {{from: '{opens}', to: '{closes}'}}
"""


def one(db: Database, sql: str) -> Any:
    with db.read() as connection:
        return connection.execute(text(sql)).scalar()


def people(db: Database) -> None:
    now = datetime.now(UTC)
    told = {"channel": "email", "purposes": ["marketing"], "state": "subscribed", "effectiveAt": now.isoformat()}
    store_arrivals(
        db,
        [
            Arrival("test", f"c{n}", "consent", now, False, told | {"userId": f"u{n}", "address": f"u{n}@x.com"})
            for n in range(PEOPLE)
        ],
    )
    resolve(db, datetime.now(UTC))


def launch(db: Database) -> None:
    now = datetime.now(UTC)
    for number in range(CAMPAIGNS):
        opens, closes = (now + timedelta(hours=hours) for hours in (0.8, 12))
        source = SOURCE.format(number=number, opens=opens.isoformat(), closes=closes.isoformat())
        name = carry_out(db, "campaign.save", {"source": source}, "test", now)["campaign"]
        if not number:
            review(db, name, "test", now)
    with db.begin("test") as connection:  # the same review for all
        connection.execute(text("UPDATE campaign SET state = 'reviewed'"))
    for number in range(CAMPAIGNS):
        carry_out(db, "campaign.launch", {"campaign": f"c{number}"}, "test", now)


@pytest.fixture
def crew(server: str) -> Iterator[Crew]:
    made = Crew(server)
    yield made
    made.close()


def test_campaigns_are_planned_once_however_often_workers_die(db: Database, crew: Crew) -> None:
    chance = random.Random(7)
    people(db)
    launch(db)
    workers = [crew.start(), crew.start()]
    killed = 0
    until = time.monotonic() + 60
    try:
        while one(db, LEFT) and time.monotonic() < until:
            if one(db, PLANNING) and killed < KILLS:
                time.sleep(chance.uniform(0, 0.05))
                os.kill(workers.pop(0), signal.SIGKILL)
                killed += 1
                workers.append(crew.start())
            time.sleep(0.005)
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
    assert one(db, LEFT) == 0
    assert killed >= KILLS // 2, "hardly a kill hit the planning"
    each = "SELECT count(*), count(DISTINCT person) FROM decision GROUP BY journey"
    counted = "SELECT sum(members), sum(email + sms + unwritten) FROM campaign_bucket GROUP BY campaign"
    with db.read() as connection:
        for told in (each, counted):
            assert [tuple(row) for row in connection.execute(text(told))] == [(PEOPLE, PEOPLE)] * CAMPAIGNS
    assert one(db, "SELECT count(*) FROM outbox") == one(db, "SELECT sum(email) FROM campaign_bucket")
