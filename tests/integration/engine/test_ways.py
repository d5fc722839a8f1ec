"""Splits by chance, and journeys that let people into others."""

from datetime import timedelta

import pytest
from tests.integration.engine.shop import ShopUnderTest

from antiphon.journeys.source import JourneyError

HOUR = timedelta(hours=1)
HEAD = "journey: {slug}\nname: Test\ntrigger: {{event: {event}, key: key}}\nreentry: {reentry}\n{more}steps:\n"
SPLIT = """\
  - id: arms
    type: split
    holdout: 10
    paths: [{name: A, share: 30, next: a}, {name: B, share: 60, next: b}]
  - {id: a, type: wait, for: 30d, next: ''}
  - {id: b, type: wait, for: 30d}
"""


def journey(slug: str, steps: str, event: str = "Started", reentry: str = "{mode: each_key}", more: str = "") -> str:
    return HEAD.format(slug=slug, event=event, reentry=reentry, more=more) + steps


def arms(shop: ShopUnderTest) -> dict[int, str]:
    rows = shop.rows("SELECT person, why->>'path' AS path FROM move WHERE from_step = 'arms' ORDER BY at")
    return {row.person: row.path for row in rows}


def test_shares_of_the_people_go_their_ways(shop: ShopUnderTest) -> None:
    shop.publish(journey("arms", SPLIT))
    for number in range(1000):
        shop.does(f"p{number}", "Started", key="k")
    shop.settle()
    found = arms(shop)
    count = {way: list(found.values()).count(way) for way in ("A", "B", "holdout")}
    assert sum(count.values()) == 1000
    # four standard deviations of a fair die
    assert abs(count["A"] - 300) < 58
    assert abs(count["B"] - 600) < 62
    assert abs(count["holdout"] - 100) < 38
    assert shop.one("SELECT count(*) FROM run_done WHERE outcome = 'finished'") == count["holdout"]
    assert shop.one("SELECT count(*) FROM run WHERE step = 'a'") == count["A"]


def test_a_person_goes_the_same_way_in_each_version_and_each_visit(shop: ShopUnderTest) -> None:
    shop.publish(journey("arms", SPLIT))
    people = [f"p{number}" for number in range(60)]
    for who in people:
        shop.does(who, "Started", key="first")
    shop.settle()
    before = arms(shop)
    shop.publish(journey("arms", SPLIT.replace("30d", "20d")))
    for who in people:
        shop.does(who, "Started", key="second")
    shop.passes(HOUR)
    assert shop.one("SELECT count(DISTINCT version) FROM move") == 2
    assert arms(shop) == before
    assert len(set(before.values())) == 3


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ("[{name: A, share: 30, next: a}, {name: B, share: 60, next: b}]", "make 90 %, not 100 %"),
        ("[{name: A, share: 40, next: a}, {name: A, share: 60, next: b}]", "called as another path"),
        ("[{name: A, share: 0, next: a}, {name: B, share: 100, next: b}]", "must be more than 0"),
    ],
)
def test_shares_that_do_not_fit_are_refused(shop: ShopUnderTest, paths: str, words: str) -> None:
    steps = f"  - {{id: arms, type: split, paths: {paths}}}\n" + "".join(SPLIT.splitlines(keepends=True)[4:])
    with pytest.raises(JourneyError, match=words):
        shop.publish(journey("arms", steps))


def test_a_journey_lets_people_into_another_one_once(shop: ShopUnderTest) -> None:
    target = journey("last", "  - {id: rest, type: wait, for: 30d}\n", "Never", "{mode: once}")
    shop.publish(target.replace(", key: key", ""))
    enter = "  - {id: over, type: enter, journey: last}\n  - {id: done, type: exit}\n"
    shop.publish(journey("first", f"  - {{id: rest, type: wait, for: 1h}}\n{enter}"))
    for key in ("a", "b"):
        shop.does("ann", "Started", key=key)
    shop.passes(3 * HOUR)
    assert shop.one("SELECT count(*) FROM run_done") == 2
    assert [row.step for row in shop.rows("SELECT step FROM run")] == ["rest"]
    assert shop.one("SELECT count(*) FROM event WHERE name = 'Journey Requested'") == 2


def test_the_occasion_goes_along_with_its_run_key(shop: ShopUnderTest) -> None:
    shop.publish(journey("last", "  - {id: rest, type: wait, for: 30d}\n", "Never"))
    shop.publish(journey("first", "  - {id: over, type: enter, journey: last}\n"))
    shop.does("ann", "Started", key="k7", cart_id="c1")
    shop.passes(HOUR)
    assert shop.one("SELECT run_key FROM run") == "k7"
    assert shop.one("SELECT props->>'cart_id' FROM event WHERE name = 'Journey Requested'") == "c1"


def test_the_others_condition_and_exits_hold(shop: ShopUnderTest) -> None:
    more = "exits: [{event: Stopped}]\n"
    closed = journey("closed", "  - {id: rest, type: wait, for: 30d}\n", "Never", more=more)
    shop.publish(closed.replace(", key: key}", ", key: key, if: {kind: trait, trait: plan, value: gold}}"))
    shop.publish(journey("first", "  - {id: over, type: enter, journey: closed}\n"))
    shop.knows("bob", plan="gold")
    for who in ("ann", "bob"):
        shop.does(who, "Started", key="k")
    shop.passes(HOUR)
    assert shop.one("SELECT count(*) FROM run") == 1
    shop.does("bob", "Stopped")
    shop.passes(HOUR)
    assert shop.one("SELECT outcome FROM run_done WHERE step = 'rest'") == "exited"


def test_journeys_that_ask_for_each_other_do_not_go_round_at_one_instant(shop: ShopUnderTest) -> None:
    for name, other, event in (("one", "two", "Started"), ("two", "one", "Never")):
        steps = f"  - {{id: over, type: enter, journey: {other}}}\n"
        shop.publish(journey(name, steps, event, "{mode: after, gap: 0s}").replace(", key: key", ""))
    shop.does("ann", "Started")
    for _ in range(9):
        shop.engine.cycle(shop.now)
    assert shop.one("SELECT count(*) FROM entry") == 2
    shop.now += HOUR
    shop.does("ann", "Started")
    shop.settle()
    assert shop.one("SELECT count(*) FROM entry") == 4


FIRST = """\
  - id: words
    type: message
    channels: [sms, email]
    window: 60m
    content:
      sms: {text: Hi}
      email: {subject: Hi, mjml: "<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>"}
    otherwise: others
  - {id: texted, type: wait, for: 30d, next: ''}
  - {id: others, type: wait, for: 30d}
"""


def test_what_does_not_go_by_the_first_channel_goes_another_way(shop: ShopUnderTest) -> None:
    shop.publish(journey("words", FIRST))
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.reachable("bob", "bob@example.com")
    shop.reachable("cem")
    for who in ("ann", "bob", "cem"):
        shop.does(who, "SMS Clicked", shop.now - 24 * HOUR)
        shop.does(who, "Started", key=who)
    shop.settle()
    found = shop.rows("SELECT run_key, step, version FROM run ORDER BY run_key")
    assert [(row.run_key, row.step) for row in found] == [("ann", "texted"), ("bob", "others"), ("cem", "others")]
