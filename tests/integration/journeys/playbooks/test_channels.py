"""From one channel to two: emails invite to texts, texts invite to emails, and only who lacks the other is asked."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    act,
    clicks,
    got,
    leap,
    left,
    phone,
    signs_up,
    steps,
    switch_on,
    walk,
    way,
)

from antiphon.signup.publish import publish

PAGE = """\
unit: by-email
name: Emails
kind: page
steps:
  - step: email
    title: Guides and tips
    button: Sign up
    consent: {text: "Yes, {brand} may send me marketing emails. [Privacy Policy](https://lamps.example/privacy)"}
  - {step: done, title: Thank you, text: Welcome.}
"""


def has_keyword(shop: ShopUnderTest) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE brand SET from_phone = '+12125550000'"))
        connection.execute(
            text("INSERT INTO keyword (brand, word, wording, created_at) VALUES (1, 'join', 'w', :now)"), {"now": NOON}
        )


def test_who_has_emails_alone_is_invited_to_texts_after_a_click(shop: ShopUnderTest) -> None:
    has_keyword(shop)
    switch_on(shop, "email-to-sms")
    signs_up(shop, "ann", "email")
    signs_up(shop, "bob", "email", "sms")
    signs_up(shop, "cem", "email")
    signs_up(shop, "dee", "email")
    shop.consents("dee", "sms", phone("dee"), state="unsubscribed")
    signs_up(shop, "eve", "email")
    script = [one for who in ("ann", "bob", "dee", "eve") for one in clicks(who, "email", 1)]
    script += [*clicks("ann", "email", 30), act(1, "cem", "Email Opened")]
    walk(shop, 2 * DAY, script[:4])
    shop.consents("eve", "sms", phone("eve"))
    walk(shop, 40 * DAY, script[4:])
    assert steps(shop, "ann") == ["invite"], "once in half a year"
    assert timedelta(days=3) <= got(shop, "ann")[0].at <= timedelta(days=5)
    assert left(shop, "ann") == ("finished", "done")
    assert way(shop, "eve", "still") == "otherwise", "who signed up meanwhile"
    assert [got(shop, who, sent=False) for who in ("bob", "cem", "dee", "eve")] == [[]] * 4
    (html,) = [row.html for row in shop.rows("SELECT html FROM sandbox_message WHERE channel = 'email'")]
    assert "sms:+12125550000" in html
    assert "JOIN" in html
    assert html.count("It takes a moment") == 1, "the invitation below every email does not come on top"


def test_without_a_way_to_sign_up_nobody_is_invited(shop: ShopUnderTest) -> None:
    switch_on(shop, "email-to-sms")
    signs_up(shop, "ann", "email")
    walk(shop, 5 * DAY, clicks("ann", "email", 1))
    assert [(one.state, one.rule) for one in got(shop, "ann", sent=False)] == [("dropped", "content.empty")]


@pytest.mark.parametrize("offered", [True, False])
def test_who_signs_up_gets_the_deal_of_texts_where_there_is_one(shop: ShopUnderTest, offered: bool) -> None:
    has_keyword(shop)
    if offered:
        made(shop.db, "texts", "static", code="TXT15", title="15 % off")
    switch_on(shop, "email-to-sms")
    signs_up(shop, "ann", "email")
    walk(shop, 6 * DAY, clicks("ann", "email", 1))
    shop.consents("ann", "sms", phone("ann"))
    walk(shop, 8 * DAY)
    assert steps(shop, "ann") == ["invite", "thanks"][: 1 + offered]
    assert left(shop, "ann") == ("finished", "done")
    if offered:
        assert "15 % off with TXT15." in got(shop, "ann")[1].words


def test_who_has_texts_alone_and_bought_is_invited_to_emails(shop: ShopUnderTest) -> None:
    with shop.db.begin("settings") as connection:
        publish(connection, PAGE, "test", NOON)
    switch_on(shop, "sms-to-email")
    signs_up(shop, "ann", "sms")
    signs_up(shop, "bob", "sms", "email")
    signs_up(shop, "cem", "sms")
    signs_up(shop, "dee", "sms")
    orders = [act(1, who, "Order Completed", order_id=f"o-{who}") for who in ("ann", "bob", "dee")]
    walk(shop, 2 * DAY, orders)
    shop.consents("dee", "email", "dee@example.com")
    walk(shop, 30 * DAY, [act(20, "ann", "Order Completed", order_id="o9")])
    (invited,) = got(shop, "ann")
    assert timedelta(days=11) <= invited.at <= timedelta(days=13)
    assert "Get them by email: https://shop.example/c/" in " ".join(invited.words.split())
    assert shop.one("SELECT max(segments) FROM outbox") == 1
    assert left(shop, "dee")[0] == "exited"
    assert [got(shop, who, sent=False) for who in ("bob", "cem", "dee")] == [[]] * 3


def test_without_a_page_nobody_is_invited_to_emails(shop: ShopUnderTest) -> None:
    switch_on(shop, "sms-to-email")
    signs_up(shop, "ann", "sms")
    walk(shop, 14 * DAY, [act(1, "ann", "Order Completed", order_id="o1")])
    assert [(one.state, one.rule) for one in got(shop, "ann", sent=False)] == [("dropped", "content.empty")]


def test_a_reversal_of_the_order_ends_the_invitation_to_emails(shop: ShopUnderTest) -> None:
    switch_on(shop, "sms-to-email")
    signs_up(shop, "ann", "sms")
    walk(
        shop,
        4 * DAY,
        [act(n, "ann", f"Order {what}", order_id="o1") for n, what in ((1, "Completed"), (2, "Cancelled"))],
    )
    assert left(shop, "ann") == ("exited", "rest")
    leap(shop, NOON + 14 * DAY)
    assert got(shop, "ann", sent=False) == []
