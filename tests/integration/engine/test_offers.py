"""Codes in journeys: asked for, waited for, and what is told of them."""

from datetime import timedelta

import pytest
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import given, made
from tests.integration.engine.shop import ShopUnderTest

from antiphon.catalogue.offers.filling import bring
from antiphon.engine.commands import carry_out
from antiphon.journeys.source import JourneyError
from antiphon.store.audit import COMMAND_LINE

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

JOURNEY = """\
journey: coupons
name: Coupons
trigger: {{event: Started, key: key, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
  - {{id: code, type: offer, offer: welcome{dry}, next: good, otherwise: bad}}
  - {{id: good, type: wait, for: 30d}}
  - {{id: bad, type: wait, for: 30d}}
"""


def at(shop: ShopUnderTest) -> list[tuple[str, timedelta]]:
    rows = shop.rows("SELECT to_step, at FROM move ORDER BY at, run")
    return [(row.to_step, row.at - NOON) for row in rows]


def test_a_run_waits_for_its_code_and_goes_on(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=1)
    shop.publish(JOURNEY.format(dry=""))
    shop.does("ann", "Started", key="k")
    shop.settle()
    assert at(shop) == [("good", timedelta())]
    shop.now += HOUR
    shop.does("ben", "Started", key="k")
    shop.settle()
    assert at(shop)[1:] == [("bad", HOUR)]
    assert shop.one("SELECT why FROM move WHERE to_step = 'bad'") == {
        "offer": "welcome", "answer": "refused", "why": "dry",
    }  # fmt: skip
    assert shop.one("SELECT count(*) FROM coupon_ask") == 0
    assert shop.one("SELECT n FROM event_total WHERE name = 'Coupon Given'") == 1


def test_a_dry_pool_keeps_a_run_waiting_until_it_is_filled(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome")
    shop.publish(JOURNEY.format(dry=", when_dry: wait, timeout: 2d"))
    for who in ("ann", "ben"):
        shop.does(who, "Started", key="k")
    shop.passes(DAY)
    bring(shop.db, "welcome", b"X-1", shop.now, COMMAND_LINE)
    shop.passes(DAY + HOUR)
    assert at(shop) == [("good", DAY + 5 * MINUTE), ("bad", 2 * DAY)]


def test_a_paused_journey_goes_on_with_its_answer(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=1)
    shop.publish(JOURNEY.format(dry=""))
    shop.does("ann", "Started", key="k")
    shop.engine.cycle(shop.now)
    carry_out(shop.db, "journey.pause", {"journey": "coupons"}, COMMAND_LINE, shop.now)
    shop.settle()
    assert at(shop) == []
    carry_out(shop.db, "journey.resume", {"journey": "coupons"}, COMMAND_LINE, shop.now)
    shop.now += HOUR
    shop.settle()
    assert [step for step, _ in at(shop)] == ["good"]


def test_an_unknown_offer_is_refused_before_anybody_enters(shop: ShopUnderTest) -> None:
    with pytest.raises(JourneyError, match="no offer `welcome`"):
        shop.publish(JOURNEY.format(dry=""))


def test_an_order_with_the_code_redeems_it_once(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=2, valid_days=5, remind_days=2)
    shop.publish(JOURNEY.format(dry=""))
    for who in ("ann", "ben"):
        shop.does(who, "Started", key="k")
    shop.settle()
    codes = {row.person: row.code for row in given(shop.db)}
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    shop.now += HOUR
    shop.does("ann", "Order Completed", order_id="o1", total=50, coupon=codes[ann].lower())
    shop.does("cia", "Order Completed", order_id="o2", total=60, discount_codes=[{"code": codes[ben]}, "NONE", 7])
    shop.does("ann", "Order Completed", order_id="o3", total=70, coupon=codes[ann])
    shop.passes(6 * DAY, HOUR)
    rows = shop.rows("SELECT person, props FROM event WHERE name = 'Coupon Redeemed' ORDER BY props->>'order_id'")
    assert [(row.person, row.props["order_id"], row.props.get("by_other")) for row in rows] == [
        (ann, "o1", None), (ben, "o2", True),
    ]  # fmt: skip
    assert {row.order_id for row in given(shop.db)} == {"o1", "o2"}
    assert shop.one("SELECT count(*) FROM event WHERE name = 'Coupon Expiring'") == 0
    assert shop.one("SELECT count(*) FROM coupon_use") == 0


def test_a_reminder_starts_a_journey(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=1, valid_days=5, remind_days=2)
    shop.publish(JOURNEY.format(dry=""))
    shop.publish(
        "journey: soon\nname: Soon\ntrigger: {event: Coupon Expiring, key: code}\nreentry: {mode: each_key}\n"
        "steps: [{id: rest, type: wait, for: 30d}]\n"
    )
    shop.does("ann", "Started", key="k")
    shop.passes(5 * DAY, HOUR)
    assert shop.one("SELECT count(*) FROM run WHERE run_key = 'WELCOME-1'") == 1


def test_who_becomes_one_keeps_both_codes_and_parts_with_their_own(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=3)
    shop.publish(JOURNEY.format(dry=""))
    for who in ("ann", "ben"):
        shop.does(who, "Started", key=who)
        shop.settle()
        shop.now += HOUR
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    before = {row.person: row.code for row in given(shop.db)}
    carry_out(shop.db, "people.merge", {"person": ann, "other": ben}, COMMAND_LINE, shop.now)
    rows = given(shop.db)
    assert len({row.person for row in rows}) == 1
    assert {row.n: row.code for row in rows} == {0: before[ann], 1: before[ben]}
    shop.does("ann", "Started", key="again")
    shop.settle()
    assert len(given(shop.db)) == 2
    carry_out(
        shop.db,
        "people.split",
        {"person": rows[0].person, "identifiers": [["customer_id", "ben"]]},
        COMMAND_LINE,
        shop.now,
    )
    after = given(shop.db)
    assert {row.person: row.code for row in after} == before
    assert {row.n for row in after} == {0}


def test_an_erasure_takes_codes_along(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=3)
    shop.publish(JOURNEY.format(dry=""))
    shop.does("ann", "Started", key="k")
    shop.settle()
    person = given(shop.db)[0].person
    carry_out(shop.db, "person.erase", {"person": person}, COMMAND_LINE, shop.now)
    assert given(shop.db) == []
    shop.does("ben", "Started", key="k")
    shop.settle()
    assert [row.code for row in given(shop.db)] == ["WELCOME-2"]  # what was theirs is nobody else's


def test_a_message_tells_the_code_and_nobody_without_one_gets_it(shop: ShopUnderTest) -> None:
    made(shop.db, "welcome", codes=1, valid_days=3)
    words = "Code {{ offer.welcome.code }} until {{ offer.welcome.expires_at | date: '%-d %B' }}"
    words += ", {{ offer.welcome.days_left }} days"
    shop.publish(
        JOURNEY.format(dry="").replace("otherwise: bad", "otherwise: good").split("  - {id: good")[0]
        + f'  - {{id: good, type: message, channels: [sms], content: {{sms: {{text: "{words}"}}}}}}\n'
    )
    shop.reachable("ann", phone="+12125550101")
    shop.reachable("ben", phone="+12125550102")
    shop.settle()
    for who in ("ann", "ben"):
        shop.does(who, "Started", key="k")
    shop.passes(4 * HOUR)
    assert [row.rule for row in shop.rows("SELECT rule FROM outbox WHERE state = 'dropped'")] == ["offer.none"]
    sent = [row.body for row in shop.rows("SELECT body FROM sandbox_message WHERE body LIKE '%WELCOME-1%'")]
    assert len(sent) == 1
    assert "until 6 March, 3 days" in sent[0]


def test_an_optional_offer_is_gone_without_until_there_is_one(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY.format(dry=", optional: true"))
    shop.does("ann", "Started", key="k")
    shop.settle()
    assert at(shop) == [("bad", timedelta())]
    made(shop.db, "welcome", codes=1)
    shop.now += HOUR
    shop.does("ben", "Started", key="k")
    shop.settle()
    assert at(shop)[1:] == [("good", HOUR)]
