"""Live runs that are moved to another version, by an explicit mapping."""

from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import CommandFailedError, carry_out

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
