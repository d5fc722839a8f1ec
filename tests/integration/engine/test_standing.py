"""What stands still (paused, held, refused) stands alone: everything beside it goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import case, text
from sqlalchemy.dialects.postgresql import insert
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine import advance, tick, worker
from antiphon.engine.commands import carry_out, run_commands
from antiphon.engine.tick import Ticker, TickReport
from antiphon.engine.wake import Bell
from antiphon.intake.resolve import resolve
from antiphon.journeys.react import Reacting
from antiphon.journeys.steps.base import LIMIT, MOVE_COLUMNS, Statements
from antiphon.journeys.tables import move
from antiphon.kit.buckets import BUCKETS
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

WRITES = """\
journey: writes
name: Writes
trigger: {event: Left}
steps: [{id: write, type: message, channels: [sms], window: 20h, content: {sms: {text: Come back}}}]
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
    shop.engine.ticker._floor_checked = dict.fromkeys(BUCKETS, shop.now)
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
        self.errands = SimpleNamespace(ring=None)

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


def test_archiving_ends_runs_and_what_they_had_planned(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    two_journeys(shop, 3)
    shop.reachable("ann", None, "+12125550101")
    shop.leaves_cart("ann", "c1", NOON + 9 * HOUR)
    shop.now = NOON + 9 * HOUR
    shop.passes(50 * MINUTE)
    assert shop.rows("SELECT state FROM outbox") == [("planned",)], "quiet hours hold the text until morning"
    for slug in ("a", "abandoned-cart"):
        carry_out(shop.db, "journey.archive", {"journey": slug}, "test", shop.now)
    shop.passes(15 * HOUR)
    assert shop.rows("SELECT state, rule FROM outbox") == [("cancelled", "journey.archived")]
    assert shop.rows("SELECT DISTINCT j.slug FROM run r JOIN journey j ON j.id = r.journey") == [("b",)]
    ended = (
        "SELECT j.slug, outcome, count(*) FROM run_done r JOIN journey j ON j.id = r.journey GROUP BY 1, 2 ORDER BY 1"
    )
    assert [tuple(row) for row in shop.rows(ended)] == [("a", "cancelled", 3), ("abandoned-cart", "cancelled", 1)]
    assert shop.one("SELECT min(floor) FROM bucket_state") > shop.now - HOUR


def test_many_archived_runs_end_in_portions(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "LIMIT", 5)
    two_journeys(shop, 12)
    carry_out(shop.db, "journey.archive", {"journey": "a"}, "test", shop.now)
    reports = [shop.engine.ticker.tick(shop.now, limit=5)]
    while reports[-1].more:
        reports.append(shop.engine.ticker.tick(shop.now, limit=5))
    moved = [report.moved for report in reports]
    assert (moved[0], max(moved), sum(moved)) == (5, 5, 12)
    assert len(moved) < 12


def test_a_paused_journeys_messages_wait(shop: ShopUnderTest) -> None:
    shop.publish(WRITES)
    shop.reachable("ann", None, "+12125550101")
    shop.now = NOON + 9 * HOUR
    shop.does("ann", "Left")
    shop.passes(HOUR)
    carry_out(shop.db, "journey.pause", {"journey": "writes"}, "test", shop.now)
    shop.passes(15 * HOUR)
    assert shop.rows("SELECT state, rule FROM outbox") == [("planned", "journey.paused")]
    carry_out(shop.db, "journey.resume", {"journey": "writes"}, "test", shop.now)
    shop.passes(15 * MINUTE)
    assert shop.one("SELECT state FROM outbox") == "accepted"


def test_a_version_that_is_slow_with_many_goes_on_with_fewer(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "LIMIT", 400)
    ticker = Ticker(shop.db, shop.engine.registry)
    version = two_journeys(shop, 240)
    compiled = shop.engine.registry.live[version].version
    rest: Any = compiled.steps["rest"].moves
    at_most_50 = 1 / case((LIMIT > 50, 0), else_=1) == 1
    slow = insert(move).from_select(MOVE_COLUMNS, rest.select.where(at_most_50))
    shop.engine.registry._compiled[version] = replace(compiled, steps=compiled.steps | {"rest": Statements(slow)})
    shop.now += 2 * HOUR
    tried: list[int] = []
    made = ticker._tick

    def counted(now: datetime, buckets: Sequence[int], limit: int) -> TickReport:
        tried.append(limit)
        return made(now, buckets, limit)

    monkeypatch.setattr(ticker, "_tick", counted)
    reports = [ticker.tick(shop.now, limit=400) for _ in range(11)]
    assert tried == [400, *[50] * 11], "one attempt failed, and no other was made with as many"
    assert not any(report.held for report in reports)
    assert not reports[-1].more
    assert [row.step for row in shop.rows("SELECT DISTINCT step FROM run")] == ["longer"]
    ticker.tick(shop.now + HOUR, limit=400)
    assert tried[-1] == 400


def test_a_version_that_cannot_be_read_is_held_and_the_others_go_on(shop: ShopUnderTest) -> None:
    """Of another release, or written past this program."""
    broken = two_journeys(shop, 1)
    written = shop.publish(WRITES)
    shop.reachable("cia", phone="+12125550101")
    shop.does("cia", "Left")
    shop.engine.ticker.tick(shop.now)
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    assert shop.one("SELECT count(*) FROM outbox") == 1
    with shop.db.begin("test") as connection:
        spoil = text("UPDATE journey_version SET definition = '{\"steps\": 7}' WHERE id IN (:one, :other)")
        connection.execute(spoil, {"one": broken, "other": written})
    shop.engine.registry._compiled.clear()  # as another worker's, that comes later
    shop.passes(2 * HOUR, HOUR)
    held = shop.rows("SELECT id, held_error FROM journey_version WHERE held_at IS NOT NULL ORDER BY id")
    assert [row.id for row in held] == sorted([broken, written])
    assert held[0].held_error.startswith("definition: It cannot be read")
    steps = shop.rows("SELECT version, step FROM run ORDER BY version")
    assert [(row.version == broken, row.step) for row in steps] == [(True, "rest"), (False, "longer")]
    carry_out(shop.db, "journey.archive", {"journey": "a"}, "test", shop.now)
    shop.settle()
    assert shop.one("SELECT count(*) FROM run WHERE version = :id", id=broken) == 0


def test_what_a_tick_did_that_was_given_up_is_done_again(shop: ShopUnderTest) -> None:
    two_journeys(shop, 2)
    carry_out(shop.db, "journey.archive", {"journey": "a"}, "test", shop.now)
    failing = shop.publish(JOURNEY.format(name="c", event="C"))
    with shop.db.read() as connection:
        shop.engine.registry.refresh(connection)
    compiled = shop.engine.registry.live[failing].version
    shop.engine.registry._compiled[failing] = replace(compiled, start=text("SELECT 1/0"))
    shop.does("cia", "C", key="1")
    for _ in range(4):
        shop.engine.cycle(shop.now)
    assert shop.one("SELECT count(*) FROM run_done WHERE outcome = 'cancelled'") == 2


def test_a_kit_that_cannot_be_read_stops_nothing(shop: ShopUnderTest) -> None:
    shop.publish(WRITES)
    shop.reachable("ann", phone="+12125550101")
    spoil = text("INSERT INTO setting (key, value, changed_at, changed_by) VALUES ('kit.1', :kit, :now, 'test')")
    with shop.db.begin("test") as connection:
        connection.execute(spoil, {"kit": Jsonb({"logo": "nowhere"}), "now": NOON})
    shop.does("ann", "Left")
    shop.passes(2 * HOUR, HOUR / 2)
    assert shop.one("SELECT state FROM outbox") == "accepted"
