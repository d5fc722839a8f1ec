"""What stands still (paused, held, refused) stands alone: everything beside it goes on."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine import advance, worker
from antiphon.engine.commands import carry_out, run_commands
from antiphon.engine.wake import Bell
from antiphon.intake.resolve import resolve
from antiphon.journeys.compile import Reacting
from antiphon.store.db import Database

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

JOURNEY = """\
journey: {name}
name: Test
trigger: {{event: {event}, key: key}}
reentry: {{mode: each_key}}
exits: [{{event: Stopped}}]
steps: [{{id: rest, type: wait, for: 1h}}, {{id: longer, type: wait, for: 10d}}]
"""


def two_journeys(shop: ShopUnderTest, people: int) -> int:
    """People in journey a, by the event A, and as many in b; returns the version of a."""
    version = shop.publish(JOURNEY.format(name="a", event="A"))
    shop.publish(JOURNEY.format(name="b", event="B"))
    for number in range(people):
        shop.does(f"a{number}", "A", key="1")
        shop.does(f"b{number}", "B", key="1")
    shop.passes(5 * MINUTE)
    return version


def test_the_due_runs_of_a_paused_journey_do_not_keep_others_from_theirs(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advance, "LOOK", 5)
    paused = two_journeys(shop, 12)
    carry_out(shop.db, "journey.pause", {"journey": "a"}, "test", shop.now)
    shop.now += 2 * HOUR
    reports = shop.engine.settle(shop.now)
    assert not reports[-1].more
    where = "SELECT DISTINCT version = :paused AS paused, step FROM run ORDER BY 1"
    assert [tuple(row) for row in shop.rows(where, paused=paused)] == [(False, "longer"), (True, "rest")]
    carry_out(shop.db, "journey.resume", {"journey": "a"}, "test", shop.now)
    shop.settle()
    assert [row.step for row in shop.rows("SELECT DISTINCT step FROM run")] == ["longer"]


def test_a_version_whose_exit_fails_is_held_and_passed_over(shop: ShopUnderTest) -> None:
    broken = two_journeys(shop, 1)
    compiled = shop.engine.registry.live[broken].version
    failing = (Reacting(frozenset(["Stopped"]), text("SELECT 1/0")),)
    shop.engine.registry._compiled[broken] = replace(compiled, exits=failing)
    shop.does("a0", "Stopped")
    shop.does("b0", "Stopped")
    reports = shop.engine.settle(shop.now)
    assert len(reports) < 5
    assert [held for report in reports for held in report.tick.held] == [broken]
    assert [row.version != broken for row in shop.rows("SELECT version FROM run_done")] == [True]
    assert shop.one("SELECT count(*) FROM fresh") == 0


@pytest.mark.parametrize("payload", [[1], {"source": 5}, {"source": "a: " + "[" * 3_000}, {}])
def test_a_command_that_cannot_be_read_keeps_its_error_and_lets_the_next_one_go(db: Database, payload: Any) -> None:
    put = text("INSERT INTO command (kind, payload, created_at, created_by) VALUES (:kind, :payload, :now, 'somebody')")
    with db.begin("command") as connection:
        for kind in ("journey.publish", "journey.dance"):
            connection.execute(put, {"kind": kind, "payload": Jsonb(payload), "now": NOON})
    assert run_commands(db, NOON) == 2
    with db.read() as connection:
        errors = connection.execute(text("SELECT error FROM command WHERE done_at IS NOT NULL")).scalars().all()
    assert len([error for error in errors if error]) == 2


def test_a_run_that_a_merge_brings_to_a_bucket_that_is_further_is_not_forgotten(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY.format(name="a", event="A"))
    shop.arrive("track", {"anonymousId": "device", "event": "A", "properties": {"key": "1"}})
    shop.knows("ann")
    shop.settle()
    shop.now += 2 * HOUR
    device, ann = (
        shop.one("SELECT bucket FROM identifier WHERE value = :value", value=value) for value in ("device", "ann")
    )
    assert device != ann
    with shop.db.begin("test") as connection:  # another worker had this bucket alone
        connection.execute(
            text("UPDATE bucket_state SET floor = :now, reacted_through = :now WHERE bucket = :bucket"),
            {"now": shop.now, "bucket": ann},
        )
    shop.engine.ticker._floor_checked = shop.now
    shop.arrive("identify", {"userId": "ann", "anonymousId": "device"})
    resolve(shop.db, shop.now)
    behind = "SELECT count(DISTINCT reacted_through) FROM bucket_state WHERE bucket IN (:one, :other)"
    assert shop.one(behind, one=device, other=ann) == 1
    shop.engine.ticker.tick(shop.now)
    assert [tuple(row) for row in shop.rows("SELECT bucket, step FROM run")] == [(ann, "longer")]


class _Unforeseen:
    """An engine whose first cycle fails as nobody thought."""

    def __init__(self) -> None:
        self.cycles = 0

    def cycle(self) -> None:
        self.cycles += 1
        raise ValueError

    def close(self) -> None:
        pass


def test_a_worker_goes_on_after_what_nobody_foresaw(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_RETRY", 0.001)
    engine: Any = _Unforeseen()
    engine.database = db
    at_work = worker.Worker(engine, Bell(db.url), "test")
    at_work.start()
    until = monotonic() + 10
    while engine.cycles < 3 and monotonic() < until:
        sleep(0.01)
    at_work.stop()
    assert engine.cycles >= 3
    assert at_work.trouble == "ValueError"
