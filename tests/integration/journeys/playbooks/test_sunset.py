"""Sunset, one journey per channel: a last message, two weeks, and who stays silent leaves that channel alone."""

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    act,
    got,
    left,
    person,
    signs_up,
    steps,
    switch_on,
    walk,
)

ANSWERS = {"email": "Email Clicked", "sms": "SMS Clicked"}
SILENCE = {"email": 180, "sms": 90}


def unengaged(shop: ShopUnderTest, channel: str, *people: str) -> None:
    """They had ten messages and answered once, so long ago that it is half a day short of too long."""
    since = NOON - (SILENCE[channel] - 0.5) * DAY
    for who in people:
        signs_up(shop, who, "email", "sms")
    shop.settle()
    with shop.db.begin("test") as connection:
        for who in people:
            connection.execute(
                text(
                    "INSERT INTO engagement (bucket, person, channel, delivered, first_delivered_at, last_delivered_at, "
                    "last_at, responses) SELECT bucket, id, :channel, 10, :first, :newest, :since, 1 FROM person "
                    "WHERE id = :person"
                ),
                {"channel": channel, "person": person(shop, who), "since": since, "first": since - 9 * DAY,
                 "newest": NOON - 20 * DAY},
            )  # fmt: skip


def state(shop: ShopUnderTest, who: str, channel: str) -> str:
    return str(
        shop.one(
            "SELECT marketing FROM person_address WHERE person = :person AND channel = :channel",
            person=person(shop, who),
            channel=channel,
        )
    )


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_who_stays_silent_leaves_the_channel_and_keeps_the_other(shop: ShopUnderTest, channel: str) -> None:
    unengaged(shop, channel, "ann", "bob", "cem", "dee")
    switch_on(shop, f"sunset-{channel}")
    script = [act(4, "bob", ANSWERS[channel]), act(5, "cem", "Order Completed", order_id="o1")]
    script += [act(5, "dee", "SMS Replied" if channel == "sms" else "Email Opened")]
    walk(shop, 22 * DAY, script)
    other = {"email": "sms", "sms": "email"}[channel]
    stays = {"bob", "cem"} | ({"dee"} if channel == "sms" else set())
    for who in ("ann", "bob", "cem", "dee"):
        assert steps(shop, who) == ["last"]
        assert state(shop, who, channel) == ("subscribed" if who in stays else "unsubscribed"), who
        assert state(shop, who, other) == "subscribed"
        assert left(shop, who) == ("exited", "answers") if who in stays else ("finished", "leave")
    gone = shop.one("SELECT min(at) FROM event WHERE name LIKE '%Unsubscribed'")
    assert gone - NOON - got(shop, "ann")[0].at >= 14 * DAY


def test_the_last_email_brings_the_best_offer(shop: ShopUnderTest) -> None:
    made(shop.db, "comeback", "static", code="BACK25", title="25 % off")
    unengaged(shop, "sms", "ann")
    switch_on(shop, "sunset-sms")
    walk(shop, 4 * DAY)
    assert "25 % off with BACK25. Still want our texts? Reply YES" in " ".join(got(shop, "ann")[0].words.split())


def test_nobody_leaves_who_was_not_asked(shop: ShopUnderTest) -> None:
    unengaged(shop, "email", "ann")
    switch_on(shop, "sunset-email")
    with shop.db.begin("test") as connection:
        connection.execute(text("DELETE FROM setting WHERE key = 'sign-up.origins'"))
    walk(shop, 22 * DAY)
    assert [one.rule for one in got(shop, "ann", sent=False)] == ["content.empty"]
    assert left(shop, "ann") == ("finished", "stays")
    assert state(shop, "ann", "email") == "subscribed"


def test_who_was_silent_before_it_was_switched_on_is_left_alone(shop: ShopUnderTest) -> None:
    unengaged(shop, "email", "ann")
    shop.now += 2 * DAY
    switch_on(shop, "sunset-email")
    walk(shop, 5 * DAY)
    assert shop.one("SELECT count(*) FROM entry") == 0


def test_the_welcome_hands_on_those_who_never_answered(shop: ShopUnderTest) -> None:
    switch_on(shop, "welcome", "sunset-email", "sunset-sms")
    signs_up(shop, "eve", "sms")
    walk(shop, 54 * DAY)
    assert steps(shop, "eve")[-2:] == ["last-text", "last"]
    assert state(shop, "eve", "sms") == "unsubscribed"
