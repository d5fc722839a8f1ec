"""Abandoned browse, cart and checkout, on the virtual clock: who hears on which channel and when, the one text, what ends it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import PRODUCT, ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    HOUR,
    MINUTE,
    Act,
    act,
    clicks,
    got,
    left,
    person,
    phone,
    steps,
    switch_on,
    walk,
    way,
)

#: 22:30 in New York: no texts until 10:00, which is eleven and a half hours later.
NIGHT = 10.5 / 24
NAMES = ["abandoned-browse", "abandoned-cart", "abandoned-checkout"]


@dataclass(frozen=True)
class Kind:
    """What is left, how long after it that counts as abandoned, and when those hear who have emails alone."""

    event: str
    after: timedelta
    mails: tuple[timedelta, ...]


KINDS = {
    "abandoned-browse": Kind("Product Viewed", HOUR, (HOUR, 4 * HOUR, 24 * HOUR)),
    "abandoned-cart": Kind("Product Added", HOUR / 2, (HOUR / 2, 4 * HOUR, 24 * HOUR)),
    "abandoned-checkout": Kind("Checkout Started", HOUR / 4, (HOUR / 2, 4 * HOUR, 24 * HOUR)),
}


def leaves(kind: Kind, who: str, day: float = 0, price: float = 40.0, **more: Any) -> Act:
    said = {"cart_id": f"c-{who}", "url": f"https://shop.example/{who}", **PRODUCT, "price": price}
    if kind.event == "Checkout Started":
        said["products"] = [{**PRODUCT, "price": price}]
    return act(day, who, kind.event, **said, **more)


def median(shop: ShopUnderTest, value: float) -> None:
    with shop.db.begin("learn") as connection:
        statement = "INSERT INTO statistic (brand, name, value, n, at) VALUES (1, 'median_cart', :value, 50, :now)"
        connection.execute(text(statement), {"value": value, "now": shop.now})


def silent(shop: ShopUnderTest, who: str) -> None:
    """They have had our emails for long, and answered none."""
    for number in range(6):
        shop.does(who, "Email Delivered", NOON - (400 - 10 * number) * DAY, backfill=True)


def close(found: timedelta, wanted: timedelta, most: timedelta = 2 * HOUR) -> bool:
    """Not before its time, and at the best hour of the window behind it."""
    return wanted <= found <= wanted + most


@pytest.mark.parametrize("name", NAMES)
def test_each_hears_where_they_answer(shop: ShopUnderTest, name: str) -> None:
    switch_on(shop, name)
    kind = KINDS[name]
    median(shop, 30)
    if name != "abandoned-browse":
        made(shop.db, "cart", "static", title="Free delivery", code="FREE")
    both = ["nadia", "mailed", "clicked", "asked", "cheap", "night", "buyer", "early", "none-of-it"]
    for who in [*both, "mail-only", "unconfirmed"]:
        shop.reachable(who, f"{who}@example.com", phone(who) if who in both else None)
    shop.consents("unconfirmed", "sms", phone("unconfirmed"))  # texts, but none about carts
    shop.reachable("text-only", None, phone("text-only"))
    shop.reachable("stranger")
    silent(shop, "none-of-it")
    for who in ("mailed", "clicked", "cheap"):
        shop.does(who, "SMS Clicked", NOON - 20 * DAY)
        shop.does(who, "Email Clicked", NOON - 10 * DAY)
    shop.does("asked", "SMS Clicked", NOON - 10 * DAY)
    shop.knows("asked", preferred_channel="email")
    everybody = [*both, "mail-only", "unconfirmed", "text-only", "stranger"]
    script = [leaves(kind, who) for who in everybody if who not in {"night", "cheap", "early"}]
    script += [leaves(kind, "cheap", price=20.0), leaves(kind, "night", NIGHT)]
    # the order is told before what was left
    script += [act(0, "early", "Order Completed", cart_id="c-early", order_id="o1", revenue=40.0)]
    script += [leaves(kind, "early", 0.001, at=NOON - 5 * MINUTE)]
    script += [act(0.2, "buyer", "Order Completed", cart_id="c-buyer", order_id="o2", revenue=40.0)]
    script += clicks("clicked", "email", 0.15)
    walk(shop, 4 * DAY, script)

    found = got(shop, "nadia")
    assert [one.channel for one in found] == ["sms", "email", "email", "email"]
    assert found[0].at == kind.after
    for one, hours in zip(found[1:], (4, 24, 48), strict=True):
        assert close(one.at - kind.after, hours * HOUR, 6 * HOUR)

    for who in ("mailed", "asked"):  # silence is answered by the one text
        assert steps(shop, who) == ["first-email", "rescue", "third-email", "last-email"]
        found = got(shop, who)
        assert found[0].at == kind.after
        assert close(found[1].at - kind.after, 6 * HOUR, 24 * HOUR)
    assert steps(shop, "clicked") == steps(shop, "cheap") == ["first-email", "third-email", "last-email"]
    reasons = {who: shop.one(_KEPT, person=person(shop, who)) for who in ("clicked", "cheap")}
    assert reasons == {"clicked": "recover.answered", "cheap": "recover.value"}
    found = got(shop, "clicked")
    assert close(found[1].at - kind.after, 24 * HOUR, 4 * HOUR)

    found = got(shop, "night")  # the email does not wait for the morning, the text does
    assert [one.step for one in found] == ["first-email", "rescue", "third-email", "last-email"]
    assert found[0].at == NIGHT * DAY + kind.after
    assert found[1].at >= 22 * HOUR

    for who in ("mail-only", "unconfirmed"):
        found = got(shop, who)
        assert [one.channel for one in found] == ["email"] * 3
        assert found[0].at == kind.mails[0]
        assert all(close(one.at, wanted, 6 * HOUR) for one, wanted in zip(found, kind.mails, strict=True))

    assert [(one.channel, one.at) for one in got(shop, "text-only")] == [("sms", kind.after)]
    assert [one.channel for one in got(shop, "buyer")] == ["sms"]
    assert left(shop, "buyer")[0] == "exited"
    assert [steps(shop, who) for who in ("stranger", "early", "none-of-it")] == [[], [], []]
    assert {left(shop, who)[0] for who in ("nadia", "mailed", "night", "mail-only", "text-only")} == {"finished"}
    _one_text_each(shop)
    words = " ".join(row.body for row in shop.rows("SELECT body FROM sandbox_message WHERE channel = 'sms'"))
    assert "Lamp" in words
    assert ("with FREE" in words) == (name != "abandoned-browse")
    assert " left today" not in words, "nobody knows how many there are"
    assert way(shop, "nadia", "reach") == "Email and texts"


_KEPT = "SELECT why->>'recover' FROM move WHERE person = :person AND from_step = 'rescue'"


def _one_text_each(shop: ShopUnderTest) -> None:
    """Of an abandonment, within 48 hours of it, to who has consented to that by double opt-in."""
    texts = shop.rows(
        """SELECT o.address, o.occasion_key, o.accepted_at - o.occasion_at AS late FROM outbox o
            WHERE o.channel = 'sms' AND o.state = 'accepted'"""
    )
    assert texts
    assert len({(row.address, row.occasion_key) for row in texts}) == len(texts)
    assert all(row.late <= 48 * HOUR for row in texts)


def test_the_furthest_takes_it_over_and_no_text_is_lost(shop: ShopUnderTest) -> None:
    """A browse makes way for a cart, a cart for a checkout; a text that waited for the morning goes along."""
    switch_on(shop, *NAMES)
    browse, cart, checkout = (KINDS[name] for name in NAMES)
    for who in ("day", "evening"):
        shop.reachable(who, None if who == "evening" else "day@example.com", phone(who))
    script = [leaves(browse, "day"), leaves(cart, "day", 0.2), leaves(checkout, "day", 0.4)]
    script += [leaves(cart, "evening", NIGHT), leaves(checkout, "evening", NIGHT + 1 / 24)]
    walk(shop, 4 * DAY, script)
    runs = shop.rows(
        """SELECT j.slug, d.outcome FROM run_done d JOIN journey j ON j.id = d.journey
            WHERE d.person = :person ORDER BY d.started_at""",
        person=person(shop, "day"),
    )
    assert runs == [("abandoned-browse", "exited"), ("abandoned-cart", "exited"), ("abandoned-checkout", "finished")]
    (text,) = got(shop, "evening")
    assert (text.step, text.channel) == ("only-text", "sms")
    assert text.at == 22 * HOUR
    assert shop.one("SELECT count(*) FROM outbox WHERE rule = 'exit' AND channel = 'sms'") == 1
    _one_text_each(shop)
