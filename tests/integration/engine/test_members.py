"""Who is in a segment when a journey goes live enters once, where the journey asks for them."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.engine.segments import apply
from antiphon.journeys import members
from antiphon.journeys.members import Admitted, admit
from antiphon.journeys.source import JourneyError
from antiphon.kit.buckets import BUCKETS
from antiphon.store.audit import Actor

GOLD = "segment: gold\ntitle: Gold\nwho: {kind: trait, trait: plan, value: gold}\n"
JOURNEY = """\
journey: test
name: Test
trigger:
  segment: gold
  enter_members: true
  if: {kind: not, of: {kind: trait, trait: vip, value: true}}
reentry: %s
steps:
  - {id: rest, type: wait, for: 30d}
"""
ONCE = JOURNEY % "{mode: once}"


@pytest.fixture
def gold(shop: ShopUnderTest) -> ShopUnderTest:
    """A segment of four, one of whom the journey leaves out."""
    apply(shop.db, GOLD, Actor("test"), shop.now)
    for who in ("ann", "bob", "cem"):
        shop.knows(who, plan="gold")
    shop.knows("vic", plan="gold", vip=True)
    shop.settle()
    return shop


def publish(shop: ShopUnderTest, source: str, *, activate: bool = True) -> None:
    carry_out(shop.db, "journey.publish", {"source": source, "activate": activate}, "test", shop.now)


def entries(shop: ShopUnderTest) -> list[timedelta]:
    return [row.at - NOON for row in shop.rows("SELECT at FROM entry ORDER BY at, person")]


@pytest.mark.parametrize("mode", ["{mode: once}", "{mode: after, gap: 60d}"])
def test_members_enter_once_and_who_comes_later_by_coming(gold: ShopUnderTest, mode: str) -> None:
    gold.passes(timedelta(hours=1))
    publish(gold, JOURNEY % mode)
    gold.settle()
    hour = timedelta(hours=1)
    assert entries(gold) == [hour] * 3
    assert gold.one("SELECT count(*) FROM run") == 3
    gold.passes(hour)
    gold.knows("dee", plan="gold")
    gold.settle()
    publish(gold, (JOURNEY % mode).replace("30d", "31d"))  # a new version asks for nobody a second time
    publish(gold, (JOURNEY % mode).replace("  enter_members: true\n", ""))
    publish(gold, JOURNEY % mode)
    gold.passes(hour)
    assert entries(gold) == [hour] * 3 + [2 * hour]
    assert gold.one("SELECT bool_and(members_done > :all) FROM journey_version WHERE members_at IS NOT NULL", all=256)


def test_nobody_is_asked_for_while_it_is_a_draft_or_paused(gold: ShopUnderTest) -> None:
    publish(gold, ONCE, activate=False)
    gold.settle()
    assert gold.one("SELECT count(*) FROM journey_version WHERE members_at IS NOT NULL") == 0
    carry_out(gold.db, "journey.resume", {"journey": "test"}, "test", gold.now)
    carry_out(gold.db, "journey.pause", {"journey": "test"}, "test", gold.now)
    gold.settle()
    assert entries(gold) == []
    carry_out(gold.db, "journey.resume", {"journey": "test"}, "test", gold.now)
    gold.settle()
    assert len(entries(gold)) == 3


def test_a_segment_that_is_being_built_is_waited_for(shop: ShopUnderTest) -> None:
    for who in ("ann", "bob"):
        shop.knows(who, plan="gold")
    shop.settle()
    apply(shop.db, GOLD, Actor("test"), shop.now)
    publish(shop, ONCE)
    assert admit(shop.db, shop.now) == Admitted()
    shop.settle()
    assert len(entries(shop)) == 2


def test_portions_ask_for_everybody_once_also_for_who_was_merged_meanwhile(
    gold: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob goes, by a merge, from a bucket that was not asked yet to one that was."""
    buckets = {row.person: row.bucket for row in gold.rows("SELECT bucket, person FROM segment_member")}
    order = [bucket for bucket in BUCKETS if bucket in buckets.values()]
    publish(gold, ONCE)
    asked = [admit(gold.db, gold.now, limit=1)]
    while gold.one("SELECT members_done FROM journey_version") <= BUCKETS.index(order[0]):
        asked.append(admit(gold.db, gold.now, limit=1))
    early = next(person for person, bucket in buckets.items() if bucket == order[0])
    late = next(person for person, bucket in buckets.items() if bucket == order[-1])
    with gold.db.begin("test") as connection:
        given = {"early": early, "late": late, "now": gold.now, "at": buckets[early], "was": buckets[late]}
        connection.execute(text("DELETE FROM segment_member WHERE bucket = :was AND person = :late"), given)
        connection.execute(
            text("INSERT INTO segment_member SELECT :at, id, 999, :now FROM segment WHERE name = 'gold'"), given
        )
        connection.execute(
            text(
                "INSERT INTO alias (bucket, person, to_bucket, to_person, at, reason) VALUES (:was, :late, :at, 999, :now, 'x')"
            ),
            given,
        )
    while (found := admit(gold.db, gold.now, limit=1)).more:
        asked.append(found)
    assert max(one.asked for one in asked) <= 2
    assert sum(one.asked for one in asked) == 4
    assert admit(gold.db, gold.now) == Admitted()
    assert members.LIMIT > 1


def test_only_a_segment_has_members(shop: ShopUnderTest) -> None:
    with pytest.raises(JourneyError, match="goes with `segment`"):
        shop.publish(ONCE.replace("segment: gold", "event: Started"))


def test_a_segment_that_stands_still_keeps_no_other_waiting(gold: ShopUnderTest) -> None:
    apply(gold.db, GOLD.replace("gold", "held", 1), Actor("test"), gold.now)
    with gold.db.begin("test") as connection:
        connection.execute(text("UPDATE segment SET held_at = :now WHERE name = 'held'"), {"now": gold.now})
    publish(gold, ONCE.replace("journey: test", "journey: first").replace("segment: gold", "segment: held"))
    publish(gold, ONCE)
    gold.settle()
    assert len(entries(gold)) == 3
