"""Planning in portions: a process that dies, two at once, and nobody twice."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from tests.integration.campaigns.says import campaign, does, launched, reviewed, seen
from tests.integration.engine.shop import ShopUnderTest

from antiphon.campaigns import audience, planning, rejoining
from antiphon.campaigns.kept import Kept
from antiphon.campaigns.planning import Planner
from antiphon.kit.buckets import BUCKETS
from antiphon.store.keys import Keys
from antiphon.store.locks import lock_buckets

HOUR = timedelta(hours=1)
PEOPLE = 12


class GoneError(Exception):
    """The process ends here."""


def many(shop: ShopUnderTest) -> None:
    for number in range(PEOPLE):
        shop.reachable(f"p{number}", email=f"p{number}@shop.example")
    shop.settle()


def dies_at(planner: Planner, place: str) -> None:
    def checkpoint(name: str) -> None:
        if name == place:
            raise GoneError

    planner.checkpoint = checkpoint


@pytest.mark.parametrize("place", ["gathered", "decided", "planned"])
def test_what_a_dead_process_left_another_does_and_nobody_is_planned_twice(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(planning, "PORTION", 3)
    many(shop)
    launched(shop, campaign())
    dies_at(shop.engine.planner, place)
    for _ in range(3):
        with pytest.raises(GoneError):
            shop.settle()
    shop.engine.planner = Planner(shop.db, "another")
    shop.settle()
    told = seen(shop)
    assert (told.planned, told.email) == (PEOPLE, PEOPLE)
    assert shop.one("SELECT count(*) FROM decision") == PEOPLE
    assert shop.one("SELECT count(DISTINCT person) FROM outbox") == PEOPLE
    assert shop.one("SELECT count(*) FROM outbox") == PEOPLE


def test_two_planners_share_the_buckets(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PORTION", 3)
    many(shop)
    launched(shop, campaign())
    one, other = Planner(shop.db, "one"), Planner(shop.db, "other")

    def meanwhile(name: str) -> None:
        if name == "decided":  # inside of the other's transaction, whose buckets are locked
            other.carry_on(shop.now)

    one.checkpoint = meanwhile
    while one.carry_on(shop.now).more:
        pass
    assert shop.one("SELECT count(*) FROM decision") == PEOPLE
    assert seen(shop).planned == PEOPLE


def test_buckets_that_somebody_holds_wait_and_nothing_of_them_is_lost(shop: ShopUnderTest) -> None:
    many(shop)
    launched(shop, campaign())
    held = BUCKETS[:200]
    with shop.db.begin("test") as connection:
        lock_buckets(connection, held)
        for _ in range(20):
            shop.engine.planner.carry_on(shop.now)
        assert seen(shop).gathered == pytest.approx(56 / 256)
    shop.settle()
    assert seen(shop).planned == PEOPLE


def test_a_pause_in_the_middle_of_planning_keeps_what_is_planned_and_resumes_with_the_rest(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PORTION", 3)
    many(shop)
    launched(shop, campaign())
    while not (some := seen(shop).planned):
        shop.engine.planner.carry_on(shop.now)
    does(shop, "pause")
    shop.settle()
    assert seen(shop).planned == some < PEOPLE
    assert does(shop, "resume")["state"] == "planning"
    shop.passes(25 * HOUR, HOUR)
    assert shop.one("SELECT count(*) FROM outbox WHERE state = 'accepted'") == PEOPLE


def test_a_campaign_whose_sql_fails_is_held_and_the_others_go_on(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(shop)
    launched(shop, campaign("bad"))
    launched(shop, campaign("good", content="{sms: {text: Lamps}}"))

    def gathering(definition: object, number: int, *more: object, some: bool) -> object:
        if number == 1:
            return text("SELECT 1 / 0")
        return audience.gathering(definition, number, *more, some=some)  # type: ignore[arg-type]

    monkeypatch.setattr(rejoining, "gathering", gathering)
    shop.settle()
    assert shop.one("SELECT held_error FROM campaign WHERE slug = 'bad'") == "division by zero"
    assert seen(shop, "good").planned == PEOPLE
    monkeypatch.setattr(rejoining, "gathering", audience.gathering)
    does(shop, "resume", "bad")
    shop.settle()
    assert seen(shop, "bad").planned == PEOPLE


def test_what_takes_too_long_is_tried_with_fewer_people_before_it_is_held(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(shop)
    launched(shop, campaign())
    sizes: list[int] = []
    few = rejoining.pick

    def pick(connection: Connection, one: Kept, buckets: Keys) -> None:
        sizes.append(len(buckets))
        if len(buckets) > 1:
            connection.execute(text("SET LOCAL statement_timeout = 1"))
            connection.execute(text("SELECT pg_sleep(1)"))
        few(connection, one, buckets)

    monkeypatch.setattr(rejoining, "pick", pick)
    for _ in range(3):
        shop.engine.planner.carry_on(shop.now)
    assert sizes == [16, 4, 1]
    assert shop.one("SELECT held_error FROM campaign") is None


def test_a_scheduled_campaign_has_its_people_at_the_launch_and_decides_shortly_before(shop: ShopUnderTest) -> None:
    many(shop)
    opens = (shop.now + 24 * HOUR).isoformat()
    reviewed(shop, campaign(window=f"{{from: '{opens}'}}"))
    does(shop, "launch")
    shop.settle()
    shop.reachable("late", email="late@shop.example")
    shop.passes(22 * HOUR, HOUR)
    assert (seen(shop).audience, seen(shop).planned) == (PEOPLE, 0)
    shop.passes(HOUR, HOUR)
    assert seen(shop).planned == PEOPLE
    assert shop.one("SELECT min(due_at) >= cast(:opens AS timestamptz) FROM outbox", opens=opens)


def test_a_budget_pays_as_many_texts_as_the_review_said(shop: ShopUnderTest) -> None:
    """The others get the email; both say which budget it was."""
    for serial in range(8):
        shop.reachable(f"C{serial}", f"c{serial}@example.com", f"+1212555{serial + 10:04d}")
    shop.settle()
    with shop.db.begin("test") as connection:
        brand = text("""UPDATE brand SET settings = settings || '{"budget": {"day": 0.04}}'::jsonb""")
        connection.execute(brand)
    source = campaign()
    reviewed(shop, source)
    foreseen = shop.one("SELECT review FROM campaign")
    launched(shop, source)
    shop.settle()
    rows = shop.rows(
        "SELECT channel, segment_price, most_segments, spend_day IS NULL, reasons->>'sentence' FROM decision"
    )
    texts = [row for row in rows if row[0] == "sms"]
    assert len(rows) == 8
    assert [row[1:4] for row in texts] == [(12_500, 1, False)] * 3
    assert sum("the day's budget" in row[4] for row in rows) == 5
    reserved = shop.one("SELECT sum(reserved) FROM budget_portion WHERE length(period) = 10")
    assert reserved == 3 * 12_500
    assert foreseen["channels"]["sms"]["n"] == 3


def test_a_text_costs_what_it_can_need_for_the_person_and_not_for_the_worst_name(shop: ShopUnderTest) -> None:
    for name, phone in (("ann", "+12125550101"), ("зоя", "+12125550102")):
        shop.reachable(name, phone=phone)
    shop.settle()
    hello = "Hi {{ person.first_name }}, 20 % off until midnight in all shops, and at lamps.example."
    with shop.db.begin("test") as connection:
        connection.execute(text("""UPDATE brand SET settings = settings || '{"budget": {"day": 9}}'::jsonb"""))
    found = reviewed(shop, campaign(content=f'{{sms: {{text: "{hello}"}}}}'))
    assert found["texts"]["segments"] == 1 + 2
    does(shop, "launch")
    shop.settle()
    reserved = shop.rows("SELECT address, most_segments FROM outbox ORDER BY 1")
    assert [tuple(row) for row in reserved] == [("+12125550101", 1), ("+12125550102", 2)]
    shop.passes(25 * HOUR, HOUR)
    assert [row.segments for row in shop.rows("SELECT segments FROM outbox ORDER BY address")] == [1, 2]
