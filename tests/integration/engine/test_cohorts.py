"""Runs that go through several steps in one tick: the journal is that of who looks at every minute."""

from datetime import timedelta
from importlib import import_module
from math import ceil

import pytest
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.work import PASSES

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEPS = """\
journey: test
name: Test
trigger: {event: Started, key: key, max_lateness: 9d}
reentry: {mode: each_key}
steps:
  - {id: rest, type: wait, for: 1h}
  - id: look
    type: branch
    paths: [{if: {kind: event, event: Seen, since: occasion}, next: write}]
    otherwise: cut
  - {id: cut, type: split, paths: [{name: A, share: 100, next: rest}]}
  - {id: write, type: message, channels: [email], window: 2h, content: &hi {email: {subject: Hi, mjml: "<mj-section/>"}}}
  - {id: again, type: message, channels: [email], window: 2h, content: *hi}
  - {id: nap, type: wait, for: 30m}
  - id: done
    type: branch
    paths: [{if: {kind: event, event: Liked, since: occasion}, next: late}]
    otherwise: over
  - {id: late, type: wait, for: 40d}
  - {id: over, type: exit}
"""
ROUND = ["rest>look", "look>cut", "cut>rest"]
WAYS = {
    "ann": [*ROUND * 2, "rest>look", "look>write", "write>again", "again>nap", "nap>done", "done>late"],
    "bob": [*ROUND * 4, "rest>look", "look>write", "write>again", "again>nap", "nap>done", "done>over", "over>"],
}


@pytest.mark.parametrize("clock", [10 * MINUTE, 45 * MINUTE, 3 * HOUR, 48 * HOUR])
def test_how_seldom_one_looks_changes_nothing_in_the_journal(shop: ShopUnderTest, clock: timedelta) -> None:
    shop.publish(STEPS)
    for who in WAYS:
        shop.does(who, "Started", key=who)
    shop.settle()
    acts = [("ann", "Seen", 2.5), ("ann", "Liked", 3.4), ("bob", "Seen", 4.5)]
    for look in range(1, ceil(6 * HOUR / clock) + 1):
        while acts and acts[0][2] * HOUR <= look * clock:
            who, event, hours = acts.pop(0)
            shop.now = NOON + hours * HOUR
            shop.does(who, event)
        shop.now = NOON + look * clock
        shop.settle()
    columns = "e.run_key AS who, m.from_step, m.to_step, m.seq, m.at, m.wake_at = m.at AS due"
    rows = shop.rows(
        f"SELECT {columns} FROM move m JOIN entry e ON e.bucket = m.bucket AND e.run = m.run ORDER BY m.seq"
    )
    for who, way in WAYS.items():
        own = [row for row in rows if row.who == who]
        assert [f"{row.from_step}>{row.to_step}" for row in own] == way
        assert [row.seq for row in own] == list(range(1, len(way) + 1))
        hours = next(n for n, step in enumerate(way) if step == "look>write") // 3 + 1
        arrived = {row.from_step: row.at - NOON for row in own if row.from_step in {"write", "nap", "done"}}
        assert arrived == {"write": hours * HOUR, "nap": (hours + 0.5) * HOUR, "done": (hours + 0.5) * HOUR}
        assert all(row.due for row in own if row.to_step in {"look", "cut"})
    stands, over = shop.rows("SELECT * FROM run")[0], shop.rows("SELECT * FROM run_done")[0]
    assert (stands.step, stands.moves, stands.entered_at) == ("late", len(WAYS["ann"]), NOON + 3.5 * HOUR)
    assert stands.wake_at == NOON + 3.5 * HOUR + timedelta(days=40)
    assert (over.step, over.moves, over.ended_at) == ("over", len(WAYS["bob"]), NOON + 5.5 * HOUR)
    flow = {
        (row.from_step, row.to_step): row.n
        for row in shop.rows("SELECT from_step, to_step, sum(n) AS n FROM step_flow GROUP BY 1, 2")
    }
    assert flow["cut", "rest"] == 6
    assert sum(flow.values()) == sum(map(len, WAYS.values()))
    assert shop.one("SELECT count(*) FROM decision WHERE channel IS NULL") == 4


def test_an_installation_that_is_upgraded_decides_what_was_asked_for(shop: ShopUnderTest) -> None:
    """Runs rested until an intent, which was stored, was decided: what was asked for when 0040 came is asked for again."""
    shop.publish(STEPS)
    for who in WAYS:
        shop.does(who, "Started", key=who)
        shop.does(who, "Seen", NOON + MINUTE)
    shop.settle()
    before = "CREATE TABLE intent (bucket smallint, run bigint, step text, at timestamptz)"
    asked = "INSERT INTO intent SELECT bucket, id, 'write', wake_at FROM run"
    rests = "UPDATE run SET step = 'write', wake_at = 'infinity'"
    with shop.db.begin("test") as connection:
        for statement in (before, asked, rests, "UPDATE bucket_state SET floor = now() + interval '9 years'"):
            connection.exec_driver_sql(statement)
        for statement in import_module("antiphon.store.migrations.versions.0040_no_open_intents").STATEMENTS:
            connection.exec_driver_sql(statement)
    assert shop.one("SELECT to_regclass('intent')") is None
    shop.now += 5 * HOUR
    shop.settle()
    assert shop.one("SELECT count(*) FROM decision") == 4
    assert {row.step for row in shop.rows("SELECT step FROM run_done")} == {"over"}


LOOP = """\
journey: loop
name: Loop
trigger: {event: Started, key: key, max_lateness: 9d}
reentry: {mode: each_key}
steps:
  - {id: rest, type: wait, for: 1h}
  - {id: nag, type: message, channels: [email], window: 2h, content: {email: {subject: Hi, mjml: "<mj-section/>"}}}
  - id: more
    type: branch
    paths: [{if: {kind: event, event: Seen, since: occasion}, next: over}]
    otherwise: rest
  - {id: over, type: exit}
"""


def test_a_month_of_hourly_steps_is_made_up_for_by_many_ticks(shop: ShopUnderTest) -> None:
    """Nobody else waits for a run that loops through all that it missed."""
    shop.publish(LOOP)
    shop.does("ann", "Started", key="k")
    shop.settle()
    before = shop.one("SELECT moves FROM run")
    shop.now += timedelta(days=30)
    report = shop.engine.ticker.tick(shop.now)
    assert report.more
    assert shop.one("SELECT moves FROM run") - before <= PASSES
    shop.settle()
    assert shop.one("SELECT moves FROM run") >= 3 * (30 * 24 - 1)
    assert shop.one("SELECT wake_at FROM run") > shop.now
    assert shop.one("SELECT count(*) = max(seq) FROM move")


def test_a_tick_ends_where_it_has_done_its_share(shop: ShopUnderTest) -> None:
    shop.publish(STEPS)
    for number in range(20):
        shop.does(f"p{number}", "Started", key=f"k{number}")
    shop.settle()
    shop.now += 17 * HOUR
    report = shop.engine.ticker.tick(shop.now, limit=30)
    assert report.more
    assert report.moved <= 30 + 20, "a pass more at most"
    shop.settle()
    assert shop.one("SELECT count(*) FROM move WHERE from_step = 'cut'") == 20 * 17


def test_who_comes_to_a_message_by_way_of_another_journey_is_decided_beside_who_is_there(shop: ShopUnderTest) -> None:
    """The first of two messages goes to the journey that matters more, though it takes a step more to ask."""
    write = "{id: write, type: message, channels: [email], content: {email: {subject: Hi, mjml: <mj-section/>}}}"
    for name, priority, steps in (
        ("low", "low", ["{id: nap, type: wait, for: 1h}"]),
        ("high", "high", ["{id: nap, type: wait, for: 1h}", "{id: over, type: enter, journey: other}"]),
    ):
        lines = "".join(f"  - {step}\n" for step in [*steps, write])
        shop.publish(
            f"journey: {name}\nname: {name}\npriority: {priority}\ntrigger: {{event: Started, key: key, max_lateness: 9d}}\n"
            f"reentry: {{mode: each_key}}\nsteps:\n{lines}"
        )
    shop.reachable("ann", "ann@example.com")
    shop.does("ann", "Started", key="k")
    shop.settle()
    shop.now += HOUR
    shop.settle()
    rows = shop.rows("SELECT j.slug FROM decision d JOIN journey j ON j.id = d.journey ORDER BY d.due_at NULLS LAST")
    assert [row.slug for row in rows] == ["high", "low"]
    assert shop.one("SELECT count(DISTINCT tick) FROM decision") == 1
