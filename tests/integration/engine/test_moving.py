"""Live runs that are moved to another version, by an explicit mapping."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import ShopUnderTest

from antiphon.catalogue.offers.filling import bring
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.store.audit import COMMAND_LINE

HOUR = timedelta(hours=1)
HEAD = "journey: test\nname: Test\ntrigger: {event: Started, key: key}\nreentry: {mode: each_key}\nsteps:\n"


def publish(shop: ShopUnderTest, *steps: str) -> int:
    return shop.publish(HEAD + "".join(f"  - {step}\n" for step in steps))


def move(shop: ShopUnderTest, **payload: Any) -> dict[str, Any]:
    return carry_out(shop.db, "journey.move", {"journey": "test", "from": 1, **payload}, "test", shop.now)


def runs(shop: ShopUnderTest) -> list[tuple[str, timedelta]]:
    rows = shop.rows("SELECT step, wake_at, version FROM run ORDER BY step, wake_at")
    return [(row.step, row.wake_at - NOON) for row in rows]


def test_runs_go_along_with_their_time(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}", "{id: b, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.passes(2 * HOUR)
    second = publish(shop, "{id: a, type: wait, for: 6h}", "{id: b, type: wait, for: 1h}")
    done = move(shop)
    assert (done["from"], done["to"], done["runs"]) == (1, 2, {"a": 1})
    shop.settle()
    assert runs(shop) == [("a", 6 * HOUR)]
    assert shop.one("SELECT version FROM run") == second
    shop.passes(5 * HOUR)
    assert shop.one("SELECT ended_at FROM run_done") - NOON == 7 * HOUR


def test_a_time_that_is_over_ends_now(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.passes(4 * HOUR)
    publish(shop, "{id: a, type: wait, for: 1h}", "{id: b, type: wait, for: 9h}")
    move(shop)
    shop.settle()
    shop.settle()
    assert runs(shop) == [("b", 13 * HOUR)]


def test_steps_of_other_names_lead_where_the_mapping_says(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}", "{id: b, type: wait, for: 20h}", "{id: c, type: wait, for: 9d}")
    for key, hours in (("one", 0), ("two", 11), ("three", 31)):
        shop.now = NOON - timedelta(hours=hours)
        shop.does("ann", "Started", key=key, at=shop.now)
    shop.now = NOON
    shop.engine.settle(NOON)
    publish(shop, "{id: x, type: wait, for: 5h}", "{id: b, type: wait, for: 30h}")
    with pytest.raises(CommandFailedError, match="no step `a`, `c`"):
        move(shop)
    move(shop, map={"a": "x", "c": ""})
    shop.settle()
    assert {step for step, _ in runs(shop)} <= {"x", "b"}
    assert len({row.version for row in shop.rows("SELECT version FROM run")}) == 1


def test_nobody_enters_twice_and_new_ones_join_the_newest(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    publish(shop, "{id: a, type: wait, for: 5h}")
    move(shop)
    shop.does("ann", "Started", key="k")
    shop.does("bob", "Started", key="k")
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == 2
    assert len(runs(shop)) == 2


def test_many_go_in_portions(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}")
    for number in range(120):
        shop.does(f"p{number}", "Started", key="k")
    shop.settle()
    second = publish(shop, "{id: a, type: wait, for: 10h}", "{id: b, type: wait, for: 1h}")
    move(shop)
    first = shop.engine.ticker.tick(shop.now, limit=50)
    assert first.more
    assert 0 < shop.one("SELECT count(*) FROM run WHERE version = :second", second=second) < 120
    shop.settle()
    assert shop.one("SELECT count(*) FROM run WHERE version = :second", second=second) == 120


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"to": 1}, "already"),
        ({"to": 7}, "no version 7"),
        ({"map": {"aa": "b"}}, "no step `aa`. Did you mean `a`"),
        ({"map": {"a": "bb"}}, "new version has no step `bb`"),
    ],
)
def test_what_cannot_be_is_refused(shop: ShopUnderTest, payload: dict[str, Any], words: str) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}")
    publish(shop, "{id: a, type: wait, for: 10h}", "{id: b, type: wait, for: 1h}")
    with pytest.raises(CommandFailedError, match=words):
        move(shop, **payload)


def test_back_again_is_where_they_stay(shop: ShopUnderTest) -> None:
    """1 to 2, and 2 back to 1: nobody goes round, and the time that they wait comes."""
    publish(shop, "{id: a, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    publish(shop, "{id: b, type: wait, for: 10h}")
    move(shop, map={"a": "b"})
    shop.settle()
    move(shop, **{"from": 2, "to": 1, "map": {"b": "a"}})
    shop.settle()
    shop.passes(20 * HOUR, HOUR)
    rows = shop.rows("SELECT from_step, to_step, at FROM move ORDER BY seq")
    assert [(row.from_step, row.to_step) for row in rows] == [("a", "b"), ("b", "a"), ("a", "")]
    assert rows[-1].at - NOON == 10 * HOUR


def test_a_longer_ring_stops_where_the_newest_word_leads(shop: ShopUnderTest) -> None:
    for hours in (1, 2, 3):
        publish(shop, f"{{id: a, type: wait, for: {hours}0h}}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    for old, new in ((1, 2), (2, 3), (3, 1)):
        move(shop, **{"from": old, "to": new})
    shop.settle()
    assert shop.one("SELECT v.number FROM run r JOIN journey_version v ON v.id = r.version") == 1
    asked = shop.rows("SELECT number FROM journey_version WHERE moved_to IS NOT NULL ORDER BY number")
    assert [row.number for row in asked] == [2, 3]


def test_who_comes_again_to_a_message_is_asked_for_again(shop: ShopUnderTest) -> None:
    """No step of either version leads back, but the mapping does."""
    message = "{id: write, type: message, channels: [sms], window: 20h, content: {sms: {text: Hello}}}"
    publish(shop, message, "{id: rest, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    publish(shop, "{id: rest, type: wait, for: 1h}", message, "{id: on, type: wait, for: 9d}")
    move(shop)
    shop.passes(2 * HOUR, HOUR)
    assert [step for step, _ in runs(shop)] == ["on"]
    assert [row.visit for row in shop.rows("SELECT visit FROM decision ORDER BY visit")] == [1, 2]


def test_who_rested_for_a_code_goes_along_before_the_old_version_goes_on(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome")
    code = "{id: code, type: offer, offer: welcome, when_dry: wait, timeout: 2d, next: next, otherwise: next}"
    publish(shop, code, "{id: next, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    second = publish(shop, code, "{id: next, type: wait, for: 20h}")
    move(shop)
    shop.settle()
    assert shop.one("SELECT wake_at = 'infinity' AND version <> :second FROM run", second=second)
    bring(shop.db, "welcome", b"X-1", shop.now, COMMAND_LINE)
    shop.settle()
    assert runs(shop) == [("next", 20 * HOUR)]
    assert shop.one("SELECT version FROM run") == second
    assert [row.version for row in shop.rows("SELECT version FROM move WHERE to_step = 'next'")] == [second]
    assert shop.one("SELECT count(*) FROM coupon_ask") == 0


def test_a_move_that_fails_stops_nobody(shop: ShopUnderTest) -> None:
    publish(shop, "{id: a, type: wait, for: 10h}")
    shop.does("ann", "Started", key="k")
    shop.settle()
    second = publish(shop, "{id: a, type: wait, for: 20h}")
    move(shop)
    registry = shop.engine.registry
    with shop.db.read() as connection:
        registry.refresh(connection)
    (key,) = registry._movings
    registry._movings[key] = replace(registry._movings[key], moves=(text("SELECT 1 / 0"),))
    other = HEAD.replace("journey: test", "journey: other") + "  - {id: a, type: wait, for: 1h}\n"
    beside = shop.publish(other)
    shop.does("bob", "Started", key="k")
    for _ in range(4):
        shop.engine.cycle(shop.now)
    assert shop.one("SELECT held_error FROM journey_version WHERE id = :id", id=second)
    assert shop.one("SELECT count(*) FROM run WHERE version = :id", id=beside) == 1
