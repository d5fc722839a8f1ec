"""Workers killed while they give out codes: no code goes twice, nobody gets two, nobody is forgotten, none is lost."""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from antiphon.catalogue.offers.filling import bring
from antiphon.catalogue.offers.managing import checked, give, save
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.journeys.publish import publish
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database
from tests.acceptance.engine.test_kill import Crew

pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

ROUNDS = 24
PEOPLE = 20
#: Fewer than there are people, so that the pool runs dry in the middle of it.
CODES = 400
WORKERS = 3

#: Two journeys that begin by the same event ask for the same person at the same moment.
JOURNEY = """\
journey: {name}
name: {name}
trigger: {{event: Started, key: key}}
reentry: {{mode: each_key}}
steps:
  - {{id: code, type: offer, offer: few, next: good, otherwise: bad}}
  - {{id: good, type: wait, for: 30d}}
  - {{id: bad, type: wait, for: 30d}}
"""
#: Somebody holds the lock of the stage in this very moment.
GIVING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 168230920 AND granted"
OPEN = "SELECT count(*) FROM coupon_ask WHERE state = 'open'"


class Shop:
    """People who start two journeys, each of which asks for a code of one small pool."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._numbers = count()
        now = datetime.now(UTC)
        save(db, checked({"name": "few", "title": "Few", "kind": "pool"}), now, COMMAND_LINE)
        bring(db, "few", "\n".join(f"FEW-{n}" for n in range(1, CODES + 1)).encode(), now, COMMAND_LINE)
        with db.begin("commands") as connection:
            for name in ("one", "two"):
                publish(connection, JOURNEY.format(name=name), "test", now)

    def people_start(self, n: int) -> None:
        now = datetime.now(UTC)
        told: dict[str, Any] = {"event": "Started", "properties": {"key": "k"}}
        names = [f"u{next(self._numbers)}" for _ in range(n)]
        store_arrivals(self.db, [Arrival("test", one, "track", now, False, told | {"userId": one}) for one in names])

    def one(self, sql: str) -> Any:
        with self.db.read() as connection:
            return connection.execute(text(sql)).scalar()

    def rows(self, sql: str) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(text(sql)))

    def wait(self, sql: str, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not self.one(sql):
            assert time.monotonic() < until, f"not true in time: {sql}"
            time.sleep(0.002)


@pytest.fixture
def crew(db: Database) -> Iterator[Crew]:
    made = Crew(db.engine.url.render_as_string(hide_password=False))
    yield made
    made.close()


def test_no_code_goes_twice_when_workers_die(db: Database, crew: Crew) -> None:
    chance = random.Random(11)
    shop = Shop(db)
    workers = [crew.start() for _ in range(WORKERS)]
    broken_off, by_hand = 0, 0
    try:
        for number in range(ROUNDS):
            shop.people_start(PEOPLE)
            if number % 2:  # all of them, in the middle of giving
                shop.wait(f"{GIVING} AND EXISTS (SELECT 1 FROM coupon_ask WHERE state = 'open')")
                time.sleep(chance.uniform(0.0, 0.03))
                dying = workers
            else:
                time.sleep(chance.uniform(0.05, 0.4))
                dying = [chance.choice(workers)]
            for worker in dying:
                os.kill(worker, signal.SIGKILL)
            if number % 2:
                shop.wait(f"SELECT NOT EXISTS ({GIVING})".replace("count(*)", ""))
                broken_off += shop.one(OPEN) > 0
            by_hand += _give_somebody_one(shop, chance)
            workers = [one for one in workers if one not in dying] + [crew.start() for _ in dying]
        shop.wait("SELECT NOT EXISTS (SELECT 1 FROM arrival) AND NOT EXISTS (SELECT 1 FROM coupon_ask)")
        shop.wait("SELECT NOT EXISTS (SELECT 1 FROM fresh)")
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
    assert broken_off >= ROUNDS // 6, "hardly a kill hit the stage"
    assert by_hand > 0
    _account(shop)


def _give_somebody_one(shop: Shop, chance: random.Random) -> int:
    """By hand, beside the workers: to somebody who asks in these moments as well, if there is anybody."""
    people = shop.rows("SELECT id FROM person ORDER BY last_seen_at DESC LIMIT 20")
    if not people:
        return 0
    try:
        return give(shop.db, "few", chance.choice(people).id, datetime.now(UTC), COMMAND_LINE).new
    except AntiphonError:
        return 0  # the pool is dry


def _account(shop: Shop) -> None:
    """Who has which code, against the pool, the events, and where the runs went."""
    given = shop.rows("SELECT person, n, code FROM coupon_given")
    assert len(given) == CODES
    assert {row.code for row in given} == {f"FEW-{n}" for n in range(1, CODES + 1)}
    assert len({row.person for row in given}) == CODES
    assert shop.one("SELECT taken FROM offer WHERE name = 'few'") == CODES
    told = shop.rows("SELECT person, props->>'code' AS code FROM event WHERE name = 'Coupon Given'")
    assert sorted(tuple(row) for row in told) == sorted((row.person, row.code) for row in given)
    runs = shop.rows("SELECT person, array_agg(step ORDER BY step) AS steps FROM run GROUP BY person")
    assert len(runs) == ROUNDS * PEOPLE
    have = {row.person for row in given}
    for row in runs:  # a pool that is dry stays so: both journeys heard of the same code, or both of none
        assert row.steps == ["good" if row.person in have else "bad"] * 2, row
