"""A segment that fails is held: its members stay as they are, everything else goes on, and it comes back exact."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Text, case, cast, func, text
from tests.integration.audiences.test_segments import counts_add_up, defines, members, person
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.audiences.compiler.base import KINDS, Compiled, Scope
from antiphon.audiences.models import TraitCondition
from antiphon.audiences.segments import managing, read
from antiphon.audiences.segments.models import UnreadableError
from antiphon.engine import tick
from antiphon.engine.health import examine
from antiphon.engine.segments import apply, archive, release, restore
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

FUSE = {"kind": "trait", "trait": "fuse", "op": "ne", "value": "blown"}
HELLO = """\
journey: hello
name: Hello
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}
steps: [{id: rest, type: wait, for: 10d}]
"""


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What PostgreSQL computes for people whose trait ``fuse`` is blown, wherever a condition asks for that trait."""
    kind = KINDS["trait"]
    blown: dict[str, Any] = {"costs": lambda said: 1 / (func.length(said) - 5)}

    def compile_(condition: TraitCondition, scope: Scope) -> Compiled:
        compiled = kind.compile(condition, scope)
        if condition.trait != "fuse":
            return compiled
        said = func.coalesce(scope.own("traits")["fuse"].astext, "")
        costs = case((said == "blown", blown["costs"](said)), else_=0)
        return replace(compiled, truth=costs.is_not(None) & compiled.truth)

    monkeypatch.setitem(KINDS, "trait", replace(kind, compile=compile_))
    return blown


def held(shop: ShopUnderTest) -> dict[str, str]:
    return {
        row.name: row.held_error for row in shop.rows("SELECT name, held_error FROM segment WHERE held_at IS NOT NULL")
    }


def everything_goes_on(shop: ShopUnderTest, of: str, others: str) -> None:
    """A new order starts a journey, and brings somebody into the other segment, whatever became of the one."""
    before = members(shop, of)
    runs = shop.one("SELECT count(*) FROM entry")
    shop.does("new", "Order Completed", order_id="n1")
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == runs + 1
    assert person(shop, "new") in members(shop, others)
    assert members(shop, of) == before
    assert shop.one("SELECT count(*) FROM fresh") == shop.one("SELECT count(*) FROM touched") == 0
    counts_add_up(shop)


def test_one_person_in_a_thousand(shop: ShopUnderTest, fuse: dict[str, Any]) -> None:
    assert fuse
    shop.publish(HELLO)
    people = [f"p{number}" for number in range(1_000)]
    store_arrivals(
        shop.db,
        [Arrival("test", who, "identify", shop.now, False, {"userId": who, "traits": {"n": 1}}) for who in people],
        shop.now,
    )
    shop.settle()
    defines(shop, "careful", {"kind": "all", "of": [FUSE, {"kind": "trait", "trait": "n", "value": 1}]})
    defines(shop, "buyers", {"kind": "event", "event": "Order Completed", "within": "2d"})
    shop.settle()
    assert len(members(shop, "careful")) == 1_000
    shop.knows("p7", fuse="blown")
    shop.does("ann", "Order Completed", order_id="a1")
    shop.settle()
    assert held(shop) == {"careful": "looking at who was touched: division by zero"}
    assert len(members(shop, "careful")) == 1_000
    assert members(shop, "buyers") == {person(shop, "ann")}
    assert [row.person for row in shop.rows("SELECT person FROM entry")] == [person(shop, "ann")]
    shop.knows("p9", n=2)
    everything_goes_on(shop, "careful", "buyers")
    with shop.db.read() as connection:
        found = {one.name: one for one in read.listed(connection, shop.now.date())}
        said = [one for one in examine(connection, shop.now) if one.name == "segments"]
    assert found["careful"].held_error == "looking at who was touched: division by zero"
    assert found["buyers"].held_at is None
    assert [(one.level, "`careful` is held" in one.what, "release careful" in one.hint) for one in said] == [
        ("bad", True, True)
    ]
    # it is tried again, and fails again, now over everybody
    assert release(shop.db, "careful", COMMAND_LINE, shop.now)
    shop.settle()
    assert held(shop) == {"careful": "looking at everybody: division by zero"}
    assert person(shop, "p7") in members(shop, "careful")
    shop.knows("p7", fuse="whole")
    shop.settle()
    assert release(shop.db, "careful", COMMAND_LINE, shop.now)
    assert not release(shop.db, "careful", COMMAND_LINE, shop.now)
    shop.settle()
    assert held(shop) == {}
    assert len(members(shop, "careful")) == 999
    assert person(shop, "p9") not in members(shop, "careful")
    counts_add_up(shop)


def test_what_falls_due_of_a_held_segment_keeps_nobody_awake(shop: ShopUnderTest, fuse: dict[str, Any]) -> None:
    assert fuse
    recent = {"kind": "event", "event": "Seen", "within": "1d"}
    defines(shop, "seen", {"kind": "all", "of": [recent, FUSE]})
    shop.does("ann", "Seen")
    shop.does("bob", "Seen")
    shop.settle()
    assert len(members(shop, "seen")) == 2
    shop.knows("bob", fuse="blown")
    shop.settle()
    assert list(held(shop)) == ["seen"]
    shop.now += timedelta(days=2)
    shop.settle()
    report = shop.engine.ticker.tick(shop.now)
    assert (report.more, report.next_due, report.held_segments) == (False, None, [])
    assert shop.one("SELECT count(*) FROM segment_due") == 0
    assert len(members(shop, "seen")) == 2
    defines(shop, "seen", recent)  # a new definition is a way out too
    shop.settle()
    assert (held(shop), members(shop, "seen")) == ({}, set())


def test_one_that_takes_too_long(shop: ShopUnderTest, fuse: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    fuse["costs"] = lambda said: func.length(func.concat(said, cast(func.pg_sleep(5), Text)))
    monkeypatch.setattr(tick, "STATEMENT_TIMEOUT", timedelta(seconds=1))
    shop.publish(HELLO)
    defines(shop, "slow", FUSE)
    defines(shop, "buyers", {"kind": "event", "event": "Order Completed", "within": "2d"})
    shop.knows("ann", fuse="blown")
    shop.settle()
    assert list(held(shop)) == ["slow"]
    assert "statement timeout" in held(shop)["slow"]
    everything_goes_on(shop, "slow", "buyers")


def test_a_stored_definition_that_cannot_be_read(shop: ShopUnderTest) -> None:
    shop.publish(HELLO)
    defines(shop, "old", {"kind": "event", "event": "Order Completed", "within": "9d"})
    defines(shop, "buyers", {"kind": "segment", "segment": "old"})
    shop.does("ann", "Order Completed", order_id="a1")
    shop.settle()
    assert members(shop, "old") == members(shop, "buyers") == {person(shop, "ann")}
    for broken in ({"segment": "old", "title": "Old", "who": {"kind": "horoscope"}}, [1]):
        with shop.db.begin("segments") as connection:
            sql = "UPDATE segment SET definition = :d, revision = revision + 1, held_at = NULL WHERE name = 'old'"
            connection.execute(text(sql), {"d": Jsonb(broken)})
        defines(shop, "careful", {"kind": "event", "event": "Order Completed", "within": "9d"})
        shop.settle()
        assert held(shop)["old"].startswith("definition: The stored definition cannot be read")
        with shop.db.read() as connection:
            found = {one.name: one for one in read.listed(connection, shop.now.date())}
            assert read.document(found["old"])["definition"] == broken
            assert "old" in managing.definitions(connection)
        assert found["old"].sentence.startswith("The stored definition cannot be read")
        with pytest.raises(UnreadableError):
            release(shop.db, "old", COMMAND_LINE, shop.now)
        # who uses it goes on with its members as they are
        assert members(shop, "buyers") == {person(shop, "ann")}
    everything_goes_on(shop, "old", "careful")
    defines(
        shop,
        "both",
        {"kind": "any", "of": [{"kind": "segment", "segment": "old"}, {"kind": "segment", "segment": "careful"}]},
    )
    shop.settle()
    assert members(shop, "both") == {person(shop, "ann"), person(shop, "new")}
    source = "segment: old\ntitle: Old\nwho: {kind: event, event: Order Completed, within: 9d}\n"
    assert apply(shop.db, source, COMMAND_LINE, shop.now).rebuilt
    shop.settle()
    assert held(shop) == {}
    assert members(shop, "old") == members(shop, "buyers") == {person(shop, "ann"), person(shop, "new")}


def test_who_uses_a_held_one_goes_on(shop: ShopUnderTest, fuse: dict[str, Any]) -> None:
    assert fuse
    defines(shop, "inner", {"kind": "all", "of": [FUSE, {"kind": "event", "event": "Seen", "within": "30d"}]})
    outer = [{"kind": "segment", "segment": "inner"}, {"kind": "event", "event": "Order Completed", "within": "2d"}]
    defines(shop, "outer", {"kind": "all", "of": outer})
    shop.does("ann", "Seen")
    shop.does("bob", "Seen")
    shop.settle()
    shop.knows("cas", fuse="blown")
    shop.settle()
    assert list(held(shop)) == ["inner"]
    shop.does("ann", "Order Completed")
    shop.does("cas", "Order Completed")
    shop.settle()
    assert members(shop, "outer") == {person(shop, "ann")}
    unchanged = shop.one("SELECT source FROM segment WHERE name = 'outer'")
    assert unchanged == "-"
    apply(
        shop.db,
        "segment: alone\ntitle: Alone\nwho: {kind: trait, trait: fuse, op: ne, value: blown}\n",
        COMMAND_LINE,
        shop.now,
    )
    shop.settle()
    assert set(held(shop)) == {"inner", "alone"}
    again = apply(
        shop.db,
        "segment: alone\ntitle: A\nwho: {kind: trait, trait: fuse, op: ne, value: blown}\n",
        COMMAND_LINE,
        shop.now,
    )
    assert (again.changed, again.rebuilt, again.held) == (True, False, True)
    assert archive(shop.db, "alone", COMMAND_LINE, shop.now)
    assert restore(shop.db, "alone", COMMAND_LINE, shop.now)
    assert set(held(shop)) == {"inner"}
    shop.settle()
    assert set(held(shop)) == {"inner", "alone"}
    shop.knows("cas", fuse="whole")
    shop.settle()
    for name in ("inner", "alone"):
        release(shop.db, name, COMMAND_LINE, shop.now)
    shop.settle()
    assert held(shop) == {}
    assert members(shop, "outer") == {person(shop, "ann")}
    counts_add_up(shop)
