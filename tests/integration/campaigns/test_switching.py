"""Paused, resumed, cancelled, slowed down: nothing lost, nothing twice, nothing after its end."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.integration.campaigns.says import EMAIL, campaign, does, launched, messages, reviewed, seen
from tests.integration.engine.shop import ShopUnderTest

from antiphon.campaigns import recalling
from antiphon.campaigns.kept import find
from antiphon.campaigns.planning import Planner
from antiphon.decisions.timing.heat import count_hours
from antiphon.decisions.timing.learning import count_outcomes
from antiphon.engine.commands import CommandFailedError, carry_out

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PEOPLE = 10


def planned(shop: ShopUnderTest, **more: str) -> None:
    """A campaign to some people by email, planned and not sent."""
    for number in range(PEOPLE):
        shop.reachable(f"p{number}", email=f"p{number}@shop.example")
    shop.settle()
    opens = (shop.now + HOUR).isoformat()
    launched(shop, campaign(content=f"{{{EMAIL}}}", window=f"{{from: '{opens}'}}", **more))
    shop.settle()
    assert seen(shop).email == PEOPLE


def sent(shop: ShopUnderTest) -> int:
    return sum(state == "accepted" for _, state in messages(shop))


def test_a_pause_holds_what_is_due_and_going_on_sends_it_once(shop: ShopUnderTest) -> None:
    planned(shop)
    does(shop, "pause")
    assert does(shop, "pause")["state"] == "paused"
    shop.passes(20 * HOUR, HOUR)
    assert sent(shop) == 0
    assert shop.one("SELECT count(*) FROM message_log WHERE rule = 'campaign.paused'") <= 3 * PEOPLE
    assert (seen(shop).put_off, seen(shop).stopped) == ({"campaign.paused": PEOPLE}, {})
    does(shop, "resume")
    shop.passes(2 * MINUTE, MINUTE)
    assert sent(shop) == PEOPLE
    shop.passes(10 * HOUR, HOUR)
    assert seen(shop).messages == {"email": {"sent": PEOPLE}}
    assert seen(shop).state == "done"


def test_a_pause_beyond_the_window_drops_what_is_too_late(shop: ShopUnderTest) -> None:
    planned(shop)
    does(shop, "pause")
    shop.passes(40 * HOUR, HOUR)
    does(shop, "resume")
    shop.passes(HOUR, MINUTE * 30)
    assert sent(shop) == 0
    assert seen(shop).messages == {"email": {"barred": PEOPLE}}
    assert seen(shop).stopped == {"expired": PEOPLE}


def test_cancelling_stops_what_was_not_handed_over_and_keeps_nothing_apart(shop: ShopUnderTest) -> None:
    planned(shop)
    assert does(shop, "cancel")["state"] == "cancelled"
    shop.settle()
    assert seen(shop).messages == {"email": {"cancelled": PEOPLE}}
    assert does(shop, "cancel")["state"] == "cancelled"
    # what was planned for later by it is no reason to keep the next one away
    launched(shop, campaign("next", content=f"{{{EMAIL}}}"))
    shop.passes(25 * HOUR, HOUR)
    assert seen(shop, "next").messages == {"email": {"sent": PEOPLE}}
    assert sent(shop) == 0
    with pytest.raises(CommandFailedError, match="was cancelled"):
        does(shop, "launch")
    with pytest.raises(CommandFailedError, match="cannot go on"):
        does(shop, "resume")


def test_cancelled_before_its_messages_were_told_the_gate_stops_them(shop: ShopUnderTest) -> None:
    planned(shop)
    does(shop, "cancel")
    shop.now += 23 * HOUR
    shop.engine.dispatcher.run_once(shop.now)
    assert {state for _, state in messages(shop)} <= {"planned", "cancelled"}
    assert sent(shop) == 0


def test_a_portion_that_is_planned_while_somebody_cancels_is_called_off_too(shop: ShopUnderTest) -> None:
    for number in range(PEOPLE):
        shop.reachable(f"p{number}", email=f"p{number}@shop.example")
    shop.settle()
    launched(shop, campaign(content=f"{{{EMAIL}}}", window=f"{{from: '{(shop.now + HOUR).isoformat()}'}}"))
    one, other = Planner(shop.db, "one"), Planner(shop.db, "other")

    def meanwhile(name: str) -> None:
        if name == "decided":  # its messages are in the outbox, and nobody sees them yet
            does(shop, "cancel")
            assert not other.carry_on(shop.now).more

    one.checkpoint = meanwhile
    while one.carry_on(shop.now).more:
        pass
    assert seen(shop).messages == {"email": {"cancelled": PEOPLE}}
    assert shop.one("SELECT result FROM campaign")["stopped"] == {"campaign.cancelled": PEOPLE}


def test_who_tells_of_what_is_past_does_not_undo_a_cancellation(shop: ShopUnderTest) -> None:
    planned(shop)
    does(shop, "pause")
    shop.passes(2 * HOUR, HOUR)
    does(shop, "resume")
    with shop.db.read() as connection:
        late = find(connection, "sale")
    does(shop, "cancel")
    recalling.tell(shop.db, late, shop.now)
    assert shop.one("SELECT waking FROM campaign") == 0
    shop.settle()
    assert seen(shop).messages == {"email": {"cancelled": PEOPLE}}


def test_no_hour_sees_more_messages_than_the_throttle_says(shop: ShopUnderTest) -> None:
    planned(shop, throttle="3")
    shop.passes(14 * HOUR, 30 * MINUTE)
    each = shop.rows("SELECT handing_at FROM outbox WHERE state = 'accepted' ORDER BY 1")
    assert len(each) == PEOPLE
    for row in each:
        assert sum(row.handing_at <= other.handing_at < row.handing_at + HOUR for other in each) <= 3
    assert shop.one("SELECT given FROM campaign_pace") == PEOPLE


def test_a_review_says_what_a_throttle_leaves_no_room_for(shop: ShopUnderTest) -> None:
    for number in range(3):
        shop.reachable(f"p{number}", email=f"p{number}@shop.example")
    shop.settle()
    closes = (shop.now + 2 * HOUR).isoformat()
    found = reviewed(shop, campaign(content=f"{{{EMAIL}}}", window=f"{{to: '{closes}'}}", throttle="1"))
    assert found["throttle"] == {"per_hour": 1, "room": 2, "too_many": 1}


def test_launching_and_pausing_before_their_time_say_what_to_do(shop: ShopUnderTest) -> None:
    carry_out(shop.db, "campaign.save", {"source": campaign()}, "test", shop.now)
    with pytest.raises(CommandFailedError, match="was not reviewed"):
        does(shop, "launch")
    with pytest.raises(CommandFailedError, match="nothing to pause"):
        does(shop, "pause")
    with pytest.raises(CommandFailedError, match="There is no campaign `other`"):
        does(shop, "pause", "other")


def test_paused_while_somebody_has_them_in_hand_they_wait_and_leave_once(shop: ShopUnderTest) -> None:
    planned(shop)
    paused: list[str] = []

    def pause_here(name: str) -> None:
        if name == "handing" and not paused:
            paused.append(does(shop, "pause")["state"])

    shop.engine.dispatcher.checkpoint = pause_here  # type: ignore[method-assign]
    shop.passes(12 * HOUR, HOUR)
    assert paused == ["paused"]
    assert sent(shop) == 0
    does(shop, "resume")
    shop.passes(12 * HOUR, HOUR)
    assert sent(shop) == shop.one("SELECT count(*) FROM sandbox_message") == PEOPLE


def test_what_a_cancelled_campaign_never_sent_tells_nothing_of_hours(shop: ShopUnderTest) -> None:
    planned(shop)
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE decision SET arm = 1"))
    does(shop, "cancel")
    shop.now += timedelta(days=7)
    count_hours(shop.db, shop.now)
    assert count_outcomes(shop.db, shop.now) == 0
    assert shop.one("SELECT sum(sent) FROM send_hour") == 0
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE campaign SET state = 'done'"))
        connection.execute(text("DELETE FROM send_hour"))
    count_hours(shop.db, shop.now)
    assert count_outcomes(shop.db, shop.now) > 0
    assert shop.one("SELECT sum(sent) FROM send_hour") == PEOPLE
