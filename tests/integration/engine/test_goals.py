"""A journey's goal is counted once for each who entered, within its time; its cap keeps messages of it apart."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.journeys.source import JourneyError, read_journey
from antiphon.store.audit import COMMAND_LINE

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GOAL = """\
journey: test
name: Test
trigger: {event: Started, key: key, max_lateness: 2d}
reentry: {mode: each_key}
goal: {event: Order Completed, where: [{prop: total, op: gt, value: 10}], within: 7d%s}
steps:
  - {id: rest, type: wait, for: 5d}
"""
CAPPED = """\
journey: test
name: Test
trigger: {event: Started, key: key}
reentry: {mode: each_key}
caps: {messages: 2, per: 3d}
steps:
  - id: note
    type: message
    channels: [email]
    purpose: %s
    window: 6h
    content: {email: {subject: Hello, blocks: [{kind: text, html: <p>Hello</p>}]}}
"""


def test_who_reaches_the_goal_in_time_is_counted_once(shop: ShopUnderTest) -> None:
    version = shop.publish(GOAL % "")
    for who in ("ann", "bob", "cem", "dee"):
        shop.does(who, "Started", key="k")
    shop.does("ann", "Order Completed", NOON - HOUR, order_id="before", total=99)
    shop.does("dee", "Order Completed", order_id="together", total=11)
    shop.passes(DAY, DAY)
    shop.does("ann", "Order Completed", order_id="o1", total=10)
    shop.does("bob", "Order Completed", order_id="o2", total=40)
    shop.passes(5 * DAY, DAY)
    assert shop.one("SELECT count(*) FROM run") == 0
    shop.does("ann", "Order Completed", order_id="o3", total=20)  # behind the last step
    shop.does("bob", "Order Completed", order_id="o4", total=50)
    shop.passes(2 * DAY, DAY)
    shop.does("cem", "Order Completed", order_id="late", total=20)
    shop.does("eve", "Order Completed", order_id="never entered", total=20)
    shop.settle()
    reached = shop.rows("SELECT goal_at, goal_version FROM entry WHERE goal_at IS NOT NULL ORDER BY goal_at")
    assert [row.goal_at - NOON for row in reached] == [timedelta(), DAY, 6 * DAY]
    assert {row.goal_version for row in reached} == {version}
    assert shop.one("SELECT count(*) FROM run_done WHERE outcome = 'exited'") == 0


def test_a_goal_may_end_the_run_and_counts_for_the_runs_own_version(shop: ShopUnderTest) -> None:
    old = shop.publish(GOAL % ", exit: true")
    shop.does("ann", "Started", key="k")
    shop.settle()
    new = shop.publish((GOAL % ", exit: true").replace("for: 5d", "for: 6d"))
    shop.does("bob", "Started", key="k")
    shop.passes(HOUR, HOUR)
    for who in ("ann", "bob"):
        shop.does(who, "Order Completed", order_id=who, total=40)
    shop.settle()
    assert [row.outcome for row in shop.rows("SELECT outcome FROM run_done")] == ["exited", "exited"]
    versions = {row.goal_version for row in shop.rows("SELECT goal_version FROM entry")}
    assert versions == {old, new}


@pytest.mark.parametrize(("purpose", "sent"), [("marketing", [0, 1, 4]), ("transactional", [0, 1, 2, 4])])
def test_a_cap_bars_by_a_rule_of_its_own(shop: ShopUnderTest, purpose: str, sent: list[int]) -> None:
    shop.publish(CAPPED % purpose)
    shop.reachable("ann", "ann@example.com")
    shop.settle()
    for day in (0, 1, 2, 4):
        shop.passes(NOON + day * DAY + HOUR - shop.now, 6 * HOUR)
        shop.does("ann", "Started", key=f"k{day}")
        shop.passes(HOUR)
    decided = shop.rows("SELECT channel, at, reasons FROM decision ORDER BY at")
    assert [(row.at - NOON).days for row in decided if row.channel] == sent
    barred = [row.reasons for row in decided if not row.channel]
    assert [list(reasons["barred"]["email"]) for reasons in barred] == [["cap.journey"]] * (4 - len(sent))
    assert all("enough messages of this journey" in reasons["sentence"].lower() for reasons in barred)


def test_a_cap_counts_what_is_decided_at_once_and_other_journeys_do_not(shop: ShopUnderTest) -> None:
    with shop.db.begin("test") as connection:
        free = '{"spacing": {"email": "0s", "sms": "0s", "across": "0s"}}'
        connection.execute(text("UPDATE brand SET settings = settings || cast(:free AS jsonb)"), {"free": free})
    shop.publish(CAPPED % "marketing")
    shop.publish(
        (CAPPED % "marketing").replace("journey: test", "journey: other").replace("messages: 2", "messages: 1")
    )
    shop.reachable("ann", "ann@example.com")
    for number in range(4):
        shop.does("ann", "Started", key=f"k{number}")
    shop.passes(HOUR)
    counted = shop.rows(
        "SELECT j.slug, count(d.channel) AS n, count(*) AS asked FROM decision d JOIN journey j ON j.id = d.journey "
        "GROUP BY 1 ORDER BY 1"
    )
    assert [(row.slug, row.n, row.asked) for row in counted] == [("other", 1, 4), ("test", 2, 4)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("caps: {messages: 0, per: 3d}", "line 5.*messages"),
        ("caps: {messages: 2, per: 400d}", "365 days at most"),
        ("caps: {messages: 2}", "`per` is missing"),
        ("goal: {event: A}", "`within` is missing"),
        ("goal: {event: A, within: 0s}", "how long after entering"),
    ],
)
def test_what_makes_no_cap_and_no_goal_is_refused(wrong: str, words: str) -> None:
    with pytest.raises(JourneyError, match=words):
        read_journey((CAPPED % "marketing").replace("caps: {messages: 2, per: 3d}", wrong))


def test_a_goal_goes_with_its_run_when_people_part(shop: ShopUnderTest) -> None:
    """What was reached goes where the act that reached it goes."""
    version = shop.publish(GOAL % "")
    shop.knows("ben", tier="silver")
    for key in ("k", "l"):
        shop.does("ann", "Started", key=key)
    shop.settle()
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    carry_out(shop.db, "people.merge", {"person": ann, "other": ben}, COMMAND_LINE, shop.now)
    shop.settle()
    shop.passes(HOUR, HOUR)
    shop.does("ann", "Order Completed", order_id="o1", total=20)
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry WHERE goal_at IS NOT NULL") == 2
    together = shop.one("SELECT DISTINCT person FROM entry")
    parting = {"person": together, "identifiers": [["customer_id", "ann"]]}
    carry_out(shop.db, "people.split", parting, COMMAND_LINE, shop.now)
    found = shop.rows("SELECT person, goal_at, goal_version FROM entry")
    ann = shop.one("SELECT person FROM identifier WHERE value = 'ann'")
    assert found == [(ann, NOON + HOUR, version)] * 2
