"""Waits, branches and re-entry, on the virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.journeys.steps.base import Statements

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

HEAD = """\
journey: test
name: Test
trigger: {{event: Started, key: key, max_lateness: 2d}}
reentry: {reentry}
exits: [{{event: Stopped}}]
steps:
{steps}
"""
WAIT = """\
  - id: rest
    type: wait
    until: {event: Answered, where: [{prop: good, value: true}]}
    timeout: 6h
    next: answered
    otherwise: silent
  - {id: answered, type: wait, for: 30d}
  - {id: silent, type: wait, for: 30d}
"""


def journey(steps: str, reentry: str = "{mode: each_key}") -> str:
    return HEAD.format(steps=steps, reentry=reentry)


def moves(shop: ShopUnderTest) -> list[tuple[str, str, timedelta]]:
    rows = shop.rows("SELECT from_step, to_step, at FROM move ORDER BY person, seq")
    return [(row.from_step, row.to_step, row.at - NOON) for row in rows]


def test_an_awaited_event_moves_at_its_own_arrival(shop: ShopUnderTest) -> None:
    shop.publish(journey(WAIT))
    shop.does("ann", "Started", key="k")
    shop.passes(2 * HOUR)
    shop.does("ann", "Answered", good=False)
    shop.passes(HOUR)
    shop.does("ann", "Answered", good=True)
    shop.passes(HOUR)
    assert moves(shop)[-1] == ("rest", "answered", 3 * HOUR)


def test_a_wait_looks_back_to_the_occasion(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: first, type: wait, for: 1h}\n" + WAIT))
    shop.does("ann", "Started", key="k")
    shop.passes(10 * MINUTE)
    shop.does("ann", "Answered", good=True)
    shop.passes(2 * HOUR)
    assert moves(shop)[-1] == ("rest", "answered", HOUR)


def test_what_arrives_with_the_trigger_is_not_lost(shop: ShopUnderTest) -> None:
    shop.publish(journey(WAIT))
    shop.does("ann", "Started", key="k")
    shop.now += MINUTE
    shop.does("ann", "Answered", good=True)
    shop.passes(HOUR)
    assert moves(shop)[-1] == ("rest", "answered", MINUTE)


def test_a_timeout_that_was_taken_stands(shop: ShopUnderTest) -> None:
    shop.publish(journey(WAIT))
    shop.does("ann", "Started", key="k")
    shop.passes(7 * HOUR)
    assert moves(shop)[-1] == ("rest", "silent", 6 * HOUR)
    shop.does("ann", "Answered", NOON + HOUR, good=True)
    shop.passes(HOUR)
    assert moves(shop)[-1] == ("rest", "silent", 6 * HOUR)


def test_after_an_outage_moves_keep_their_own_instants(shop: ShopUnderTest) -> None:
    shop.publish(
        journey("  - {id: a, type: wait, for: 1h}\n  - {id: b, type: wait, for: 3h}\n  - {id: c, type: exit}\n")
    )
    shop.does("ann", "Started", key="k")
    shop.settle()
    shop.now += timedelta(days=2)
    shop.settle()
    assert moves(shop) == [("a", "b", HOUR), ("b", "c", 4 * HOUR), ("c", "", 4 * HOUR)]


@pytest.mark.parametrize(
    ("zone", "clock", "expected"),
    [
        ("America/New_York", "09:30", datetime(2026, 3, 4, 14, 30, tzinfo=UTC)),
        ("Asia/Kolkata", "23:00", datetime(2026, 3, 3, 17, 30, tzinfo=UTC)),
        ("America/New_York", "12:00", NOON),
    ],
)
def test_a_wait_until_local_time(shop: ShopUnderTest, zone: str, clock: str, expected: datetime) -> None:
    shop.publish(journey(f"  - {{id: rest, type: wait, until_local: '{clock}'}}\n  - {{id: after, type: exit}}\n"))
    shop.knows("ann", timezone=zone)
    shop.does("ann", "Started", key="k")
    shop.passes(26 * HOUR)
    assert shop.one("SELECT at FROM move WHERE to_step = 'after'") == expected


def test_each_person_has_a_clock_of_their_own(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: rest, type: wait, until_local: '09:30'}\n  - {id: after, type: exit}\n"))
    for who, zone in (("ann", "America/New_York"), ("bob", "Asia/Kolkata"), ("cem", "Europe/Paris")):
        shop.knows(who, timezone=zone)
        shop.does(who, "Started", key="k")
    shop.passes(26 * HOUR)
    at = [row.at for row in shop.rows("SELECT at FROM move WHERE to_step = 'after' ORDER BY at")]
    day = datetime(2026, 3, 4, tzinfo=UTC)
    assert at == [day + 4 * HOUR, day + 8.5 * HOUR, day + 14.5 * HOUR]


def test_the_gap_of_spring_takes_the_first_instant_behind_it(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: rest, type: wait, until_local: '02:30'}\n  - {id: after, type: exit}\n"))
    shop.knows("ann", timezone="America/New_York")
    shop.now = datetime(2026, 3, 8, 1, 0, tzinfo=UTC)  # the evening before
    shop.does("ann", "Started", key="k")
    shop.passes(12 * HOUR)
    assert shop.one("SELECT at FROM move WHERE to_step = 'after'") == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reentry", "keys", "entries"),
    [
        ("{mode: once}", ["a", "b"], 1),
        ("{mode: each_key}", ["a", "a", "b"], 2),
        ("{mode: after, gap: 3h}", ["a", "b", "c", "d"], 2),
    ],
)
def test_reentry(shop: ShopUnderTest, reentry: str, keys: list[str], entries: int) -> None:
    shop.publish(journey("  - {id: bye, type: exit}\n", reentry))
    for key in keys:
        shop.does("ann", "Started", key=key)
        shop.passes(HOUR)
    assert shop.one("SELECT count(*) FROM entry") == entries
    assert shop.one("SELECT count(*) FROM run_done") == entries


def test_an_event_without_the_run_key_is_refused(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: bye, type: exit}\n"))
    shop.does("ann", "Started")
    shop.does("bob", "Started", key="")
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == 0


def test_too_late_starts_nothing(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: bye, type: exit}\n"))
    shop.does("ann", "Started", NOON - timedelta(days=3), key="k")
    shop.does("bob", "Started", NOON - timedelta(days=1), key="k")
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == 1


CONDITIONS = {
    "{kind: trait, trait: country, value: US}": True,
    "{kind: trait, trait: country, op: in, value: [CA, MX]}": False,
    "{kind: trait, trait: age, op: gte, value: 30}": True,
    "{kind: trait, trait: age, op: contains, value: '4'}": True,
    "{kind: trait, trait: shoe, op: exists}": False,
    "{kind: trait, trait: shoe, op: ne, value: 7}": True,
    "{kind: trait, trait: first_name, op: gt, value: 3}": False,  # text is not a number, and no error
    "{kind: consent, channel: email}": True,
    "{kind: consent, channel: sms}": False,
    "{kind: consent, channel: sms, state: never}": True,
    "{kind: event, event: Seen}": True,
    "{kind: event, event: Seen, at_least: 4}": False,
    "{kind: event, event: Seen, within: 2h, at_least: 2}": True,
    "{kind: event, event: Seen, within: 30m, at_least: 2}": False,
    "{kind: event, event: Seen, within: 1d, at_most: 2}": False,
    "{kind: event, event: Unheard Of, at_most: 0}": True,
    "{kind: event, event: Seen, within: 1d, where: [{prop: a.b, op: gt, value: 1}]}": True,
    "{kind: event, event: Seen, within: 1d, where: [{prop: a.b, op: gt, value: 2}]}": False,
    "{kind: event, event: Seen, since: occasion}": False,
    "{kind: all, of: [{kind: consent, channel: email}, {kind: consent, channel: sms}]}": False,
    "{kind: any, of: [{kind: consent, channel: email}, {kind: consent, channel: sms}]}": True,
    "{kind: not, of: {kind: consent, channel: sms}}": True,
}


def test_conditions(shop: ShopUnderTest) -> None:
    for number, condition in enumerate(CONDITIONS):
        steps = f"  - id: look\n    type: branch\n    paths: [{{if: {condition}, next: hit}}]\n    otherwise: missed\n"
        steps += "  - {id: hit, type: wait, for: 1d}\n  - {id: missed, type: wait, for: 1d}\n"
        shop.publish(journey(steps).replace("journey: test", f"journey: test-{number}"))
    shop.knows("ann", first_name="Ann", country="US", age=41)
    shop.consents("ann", "email", "ann@example.com")
    for minutes, b in ((110, 1), (50, 2), (20, "2")):
        shop.does("ann", "Seen", NOON - minutes * MINUTE, a={"b": b})
    shop.settle()
    shop.does("ann", "Started", key="k")
    shop.settle()
    found = {
        row.slug: row.step == "hit"
        for row in shop.rows("SELECT j.slug, r.step FROM run r JOIN journey j ON j.id = r.journey")
    }
    expected = {f"test-{number}": truth for number, truth in enumerate(CONDITIONS.values())}
    assert found == expected, [c for n, c in enumerate(CONDITIONS) if found.get(f"test-{n}") != expected[f"test-{n}"]]


def test_a_paused_journey_stands_still_but_can_be_left(shop: ShopUnderTest) -> None:
    shop.publish(journey("  - {id: rest, type: wait, for: 1h}\n  - {id: on, type: wait, for: 1d}\n"))
    for who in ("ann", "bob"):
        shop.does(who, "Started", key="k")
    shop.settle()
    carry_out(shop.db, "journey.pause", {"journey": "test"}, "test", shop.now)
    shop.passes(2 * HOUR)
    shop.does("bob", "Stopped")
    shop.does("cat", "Started", key="k")
    shop.passes(HOUR)
    assert [row.step for row in shop.rows("SELECT step FROM run")] == ["rest"]
    carry_out(shop.db, "journey.resume", {"journey": "test"}, "test", shop.now)
    shop.passes(HOUR)
    assert [row.step for row in shop.rows("SELECT step FROM run")] == ["on"]


def test_a_version_that_fails_is_held_and_the_others_go_on(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = shop.publish(journey("  - {id: rest, type: wait, for: 1h}\n  - {id: on, type: wait, for: 1d}\n"))
    good = journey("  - {id: rest, type: wait, for: 1h}\n  - {id: on, type: wait, for: 1d}\n")
    shop.publish(good.replace("journey: test", "journey: other"))
    for who in ("ann", "bob"):
        shop.does(who, "Started", key="k")
    shop.settle()
    compiled = shop.engine.registry.live[bad].version
    monkeypatch.setitem(compiled.steps, "rest", Statements(text("SELECT 1 / 0 WHERE :limit > 0")))
    shop.passes(2 * HOUR)
    error = shop.one("SELECT held_error FROM journey_version WHERE id = :id", id=bad)
    assert error == "step rest: division by zero"
    steps = shop.rows("SELECT step, count(*) AS n FROM run GROUP BY step ORDER BY step")
    assert [(row.step, row.n) for row in steps] == [("on", 2), ("rest", 2)]
    monkeypatch.undo()
    carry_out(shop.db, "version.release", {"version": bad}, "test", shop.now)
    shop.passes(HOUR)
    assert shop.one("SELECT count(*) FROM run WHERE step = 'on'") == 4
