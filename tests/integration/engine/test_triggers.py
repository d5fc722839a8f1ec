"""What lets people in beside plain events: segments, changes of products, days of the year."""

from datetime import timedelta

import pytest
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.audiences.segments.users import InUseError
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.engine.segments import apply, archive
from antiphon.journeys.source import JourneyError
from antiphon.store.audit import Actor

DAY = timedelta(days=1)
JOURNEY = """\
journey: test
name: Test
trigger: {{{trigger}}}
reentry: {reentry}
steps:
  - {{id: rest, type: wait, for: 30d}}
"""


def journey(trigger: str, reentry: str = "{mode: after, gap: 300d}") -> str:
    return JOURNEY.format(trigger=trigger, reentry=reentry)


def gold(shop: ShopUnderTest) -> None:
    apply(
        shop.db, "segment: gold\ntitle: Gold\nwho: {kind: trait, trait: plan, value: gold}\n", Actor("test"), shop.now
    )


def inside(shop: ShopUnderTest) -> list[timedelta]:
    return [row.at - NOON for row in shop.rows("SELECT at FROM entry ORDER BY at")]


def test_a_segment_lets_in_who_comes_into_it(shop: ShopUnderTest) -> None:
    gold(shop)
    shop.publish(journey("segment: gold"))
    shop.settle()  # who is in a new segment when it is built has not come into it
    shop.knows("ann", plan="gold")
    shop.knows("bob", plan="tin")
    shop.settle()
    assert inside(shop) == [timedelta()]
    shop.passes(DAY, timedelta(hours=1))
    shop.knows("bob", plan="gold")
    shop.settle()
    assert inside(shop) == [timedelta(), DAY]


def test_a_segment_that_there_is_not_is_named_with_its_line(shop: ShopUnderTest) -> None:
    gold(shop)
    with pytest.raises(JourneyError, match=r"line 3: there is no segment `golf`\. Did you mean `gold`\?"):
        shop.publish(journey("segment: golf"))


def test_a_segment_that_starts_a_journey_cannot_go(shop: ShopUnderTest) -> None:
    gold(shop)
    shop.publish(journey("segment: gold"))
    with pytest.raises(InUseError, match="journey “Test”"):
        archive(shop.db, "gold", Actor("test"), shop.now)


@pytest.mark.parametrize(("before", "day"), [("{trait: birthday, before: 7d}", 2), ("{trait: birthday}", 9)])
def test_a_day_of_the_year_lets_in_each_year(shop: ShopUnderTest, before: str, day: int) -> None:
    carry_out(shop.db, "journey.publish", {"source": journey(f"date: {before}")}, "test", shop.now)
    shop.knows("ann", birthday="1990-03-12", timezone="America/New_York")  # NOON is on the third of March
    shop.knows("bob", birthday="1990-09-12", timezone="America/New_York")
    shop.knows("cem", birthday="on a Monday")
    shop.passes(12 * DAY, timedelta(hours=2))
    assert [at.days for at in inside(shop)] == [day - 1]
    shop.passes(168 * DAY, timedelta(days=42))
    shop.passes(20 * DAY, timedelta(hours=6))
    assert len(inside(shop)) == 2


def test_the_segment_of_a_date_is_the_journeys(shop: ShopUnderTest) -> None:
    carry_out(shop.db, "journey.publish", {"source": journey("date: {trait: birthday}")}, "test", shop.now)
    with pytest.raises(InUseError, match="journey “Test”"):
        archive(shop.db, "test-day", Actor("test"), shop.now)


def test_the_segment_of_a_date_goes_and_comes_back_with_its_journey(shop: ShopUnderTest) -> None:
    def do(kind: str, **payload: str) -> None:
        carry_out(shop.db, f"journey.{kind}", payload, "test", shop.now)

    def state() -> str:
        return str(shop.one("SELECT state FROM segment WHERE name = 'test-day'"))

    birthday = journey("date: {trait: birthday, before: 7d}")
    do("publish", source=birthday)
    shop.knows("ann", birthday="1990-03-05", timezone="America/New_York")
    shop.settle()
    assert shop.one("SELECT count(*) FROM segment_member") == 1
    do("archive", journey="test")
    shop.settle()
    assert (state(), shop.one("SELECT count(*) FROM segment_member")) == ("archived", 0)
    for kind in ("resume", "pause"):
        with pytest.raises(CommandFailedError, match="its runs have ended"):
            do(kind, journey="test")
    do("publish", source=birthday)
    assert state() == "live"
    do("publish", source=journey("event: Started"))
    assert state() == "archived", "it starts by something else"
    do("archive", journey="test")
    do("publish", source=birthday)
    shop.settle()
    assert (state(), shop.one("SELECT count(*) FROM segment_member")) == ("live", 1)
    assert inside(shop) == [], "who is in it when it comes back has not come into it"
    mine = "segment: near\ntitle: Near\nwho: {kind: segment, segment: test-day}\n"
    apply(shop.db, mine, Actor("test"), shop.now)
    do("archive", journey="test")
    assert state() == "live", "another segment asks for it"


def test_the_segment_of_a_date_takes_nobodys_name(shop: ShopUnderTest) -> None:
    own = "segment: test-day\ntitle: Mine\nwho: {kind: trait, trait: plan, value: gold}\n"
    apply(shop.db, own, Actor("test"), shop.now)
    publish = {"source": journey("date: {trait: birthday}")}
    with pytest.raises(CommandFailedError, match="`test-day` is somebody's own"):
        carry_out(shop.db, "journey.publish", publish, "test", shop.now)
    assert shop.one("SELECT title FROM segment") == "Mine"


def test_publishing_tells_that_nobody_can_be_let_into_a_journey(shop: ShopUnderTest) -> None:
    source = journey("event: Signed Up").replace("steps:", "steps:\n  - {id: over, type: enter, journey: last}")
    told = carry_out(shop.db, "journey.publish", {"source": source}, "test", shop.now)
    assert told["warnings"] == ["step `over` lets people into `last`, which is not there: nobody enters it so."]
    carry_out(
        shop.db,
        "journey.publish",
        {"source": journey("event: B").replace("journey: test", "journey: last")},
        "test",
        shop.now,
    )
    assert not carry_out(shop.db, "journey.publish", {"source": source}, "test", shop.now)["warnings"]
    carry_out(shop.db, "journey.pause", {"journey": "last"}, "test", shop.now)
    (words,) = carry_out(shop.db, "journey.publish", {"source": source}, "test", shop.now)["warnings"]
    assert "which is paused" in words


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("event: A, segment: gold", "exactly one of"),
        ("key: k", "exactly one of"),
        ("date: {trait: birthday, before: 400d}", "364 at most"),
        ("product: discount", "price_drop"),
    ],
)
def test_triggers_that_say_too_much_or_too_little(shop: ShopUnderTest, trigger: str, words: str) -> None:
    with pytest.raises(JourneyError, match=words):
        shop.publish(journey(trigger))


def test_a_segment_that_ships_is_said_to_be_ready(shop: ShopUnderTest) -> None:
    with pytest.raises(JourneyError, match="ready to switch on: `antiphon segments ready unengaged-sms --on`"):
        shop.publish(journey("segment: unengaged-sms"))
