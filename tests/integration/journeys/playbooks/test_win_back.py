"""Winning back, on the virtual clock: an abandonment by somebody inactive, a lapse, and the best customers before the others."""

from typing import Any

from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import PRODUCT, ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    HOUR,
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
)


def silent(shop: ShopUnderTest, who: str, *channels: str) -> None:
    """They have had our messages for long, and answered none since."""
    for channel in channels:
        for number in range(6):
            name = "SMS Delivered" if channel == "sms" else "Email Delivered"
            shop.does(who, name, NOON - (400 - 10 * number) * DAY, backfill=True)


def leaves(who: str, day: float = 0) -> Act:
    return act(day, who, "Product Added", cart_id=f"c-{who}", url=f"https://shop.example/{who}", **PRODUCT)


def journeys(shop: ShopUnderTest, who: str) -> list[str]:
    """Those that they were let into, in order."""
    rows = shop.rows(
        "SELECT j.slug FROM entry e JOIN journey j ON j.id = e.journey WHERE e.person = :person ORDER BY e.at, j.slug",
        person=person(shop, who),
    )
    return [row.slug for row in rows]


def handed_on(shop: ShopUnderTest, who: str) -> list[str]:
    """The journeys that others asked to let them in."""
    rows = shop.rows(
        "SELECT props->>'journey' AS name FROM event WHERE name = 'Journey Requested' AND person = :person ORDER BY 1",
        person=person(shop, who),
    )
    return [row.name for row in rows]


SUNSETS = ["sunset-email", "sunset-sms"]


def test_an_abandonment_by_somebody_inactive_is_a_chance_to_win_them_back(shop: ShopUnderTest) -> None:
    switch_on(shop, "abandoned-cart", "win-back-abandonment")
    made(shop.db, "comeback", "static", title="20 % off", code="BACK")
    people = {
        "mia": ("email",), "tom": ("sms",), "duo": ("email", "sms"), "eve": ("email", "sms"), "ben": ("email", "sms"),
        "ina": ("email",), "kai": ("email", "sms"),
    }  # fmt: skip
    for who, channels in people.items():
        email, number = (
            (f"{who}@example.com" if "email" in channels else None),
            (phone(who) if "sms" in channels else None),
        )
        shop.reachable(who, email, number)
        if who != "kai":
            silent(shop, who, *channels)
    shop.does("eve", "Email Clicked", NOON - 300 * DAY, backfill=True)
    script = [leaves(who) for who in people]
    script += [act(1.5, "ben", "Order Completed", cart_id="c-ben", order_id="o1", revenue=40.0)]
    script += clicks("ina", "email", 3)
    walk(shop, 22 * DAY, script)

    series = ["detail", "alike", "best", "last-email"]
    assert steps(shop, "mia") == steps(shop, "eve") == series
    assert steps(shop, "duo") == ["text", *series]
    assert steps(shop, "tom") == ["text"], "an abandonment has one; the last offer by text is the sunset's"
    assert steps(shop, "ben") == ["text", "detail"]
    assert steps(shop, "ina") == series[:3], "who answers is not handed on"
    for who, first in (("mia", "email"), ("eve", "email"), ("duo", "sms"), ("tom", "sms")):
        found = got(shop, who)
        assert (found[0].channel, found[0].at) == (first, HOUR / 2)
        assert handed_on(shop, who) == SUNSETS
    assert left(shop, "ben") == ("exited", "rest-1")
    assert (left(shop, "ina"), handed_on(shop, "ina")) == (("finished", "done"), [])
    # of the two journeys exactly one takes each
    assert journeys(shop, "kai") == ["abandoned-cart"]
    assert all(journeys(shop, who) == ["win-back-abandonment"] for who in people if who != "kai")
    texts = [row.body for row in shop.rows("SELECT body FROM sandbox_message WHERE channel = 'sms'")]
    assert sum("For the Lamp: 20 % off with BACK." in words for words in texts) == 3


def orders(shop: ShopUnderTest, who: str, days: float, revenue: float = 100.0) -> None:
    """An order so many days ago."""
    props: dict[str, Any] = {"order_id": f"{who}-{days}", "revenue": revenue}
    shop.does(who, "Order Completed", NOON - days * DAY, backfill=True, **props)


def figures(shop: ShopUnderTest, **values: float) -> None:
    with shop.db.begin("learn") as connection:
        for name, value in values.items():
            statement = "INSERT INTO statistic (brand, name, value, n, at) VALUES (1, :name, :value, 50, :now)"
            connection.execute(text(statement), {"name": name, "value": value, "now": shop.now})


def test_a_lapse_is_followed_for_a_month_and_the_best_are_asked_first(shop: ShopUnderTest) -> None:
    figures(shop, lapse_days=40, high_value_revenue=300)
    made(shop.db, "comeback", "static", title="20 % off", code="BACK")
    for who in ("mia", "ina", "ben", "vip", "val"):
        shop.reachable(who, f"{who}@example.com", phone(who) if who == "ina" else None)
    shop.reachable("tom", None, phone("tom"))
    for who in ("mia", "ina", "ben", "tom", "vip", "val"):
        orders(shop, who, 39.5, 350.0 if who in {"vip", "val"} else 50.0)
        orders(shop, who, 100)
    shop.settle()
    switch_on(shop, "win-back-lapse", "at-risk")
    script = [*clicks("ina", "sms", 3), *clicks("ina", "sms", 16)]
    script += [act(9, "ben", "Order Completed", order_id="o1", revenue=40.0)]
    script += [act(8, "val", "Order Completed", order_id="o2", revenue=40.0)]
    walk(shop, 62 * DAY, script)

    series = ["new", "again", "offer", "best", "last-email"]
    assert steps(shop, "mia") == series
    days = [one.at / DAY for one in got(shop, "mia")]
    for day, wanted in zip(days, (0.5, 5.5, 12.5, 19.5, 29.5), strict=True):
        assert wanted <= day <= wanted + 8  # each waits for its best hour in two days, and the next counts from it
    found = got(shop, "ina")
    assert [(one.step, one.channel) for one in found[2:]] == [("offer", "sms"), ("best", "email")]
    assert left(shop, "ina") == ("finished", "done")
    assert steps(shop, "ben") == series[:2]
    assert left(shop, "ben")[0] == "exited"
    assert steps(shop, "tom") == ["text-new", "text-offer", "last-text"]
    assert handed_on(shop, "mia") == handed_on(shop, "tom") == SUNSETS
    # the best customers are asked, and won back only if they stay silent
    assert journeys(shop, "vip") == ["at-risk", "win-back-lapse"]
    assert steps(shop, "vip") == ["ask", *series]
    assert steps(shop, "val") == ["ask"]
    assert journeys(shop, "val") == ["at-risk"]
    assert shop.one("SELECT traits->>'care' FROM person WHERE id = :person", person=person(shop, "vip")) == "at risk"
    words = [row.body for row in shop.rows("SELECT body FROM sandbox_message WHERE channel = 'sms'")]
    assert sum("20 % off with BACK" in one for one in words) == 3


def test_the_best_get_thanks_without_a_discount_and_the_door_first(shop: ShopUnderTest) -> None:
    figures(shop, high_value_revenue=300)
    shop.reachable("vip", "vip@example.com", phone("vip"))
    shop.reachable("one", "one@example.com")
    orders(shop, "vip", 100, 250)
    shop.settle()
    switch_on(shop, "high-value-care", "early-access")
    script = [act(0.1, "vip", "Order Completed", order_id="o1", revenue=90.0)]
    script += [act(0.1, "one", "Order Completed", order_id="o2", revenue=900.0)]
    door = {"title": "The winter lamps", "url": "https://shop.example/winter", "opens_at": "2026-04-02"}
    script += [act(29, who, "Early Access Opened", **door) for who in ("vip", "one")]
    walk(shop, 54 * DAY, script)
    assert steps(shop, "one") == []
    found = got(shop, "vip")
    assert [one.step for one in found] == ["thanks", "check", "invite", "early"]
    assert found[2].at == 29 * DAY, "at once, because being early is all that it is worth"
    assert [3 * DAY <= found[0].at <= 6 * DAY, 17 * DAY <= found[1].at <= 22 * DAY] == [True, True]
    said = " ".join(str(row) for row in shop.rows("SELECT subject, body FROM sandbox_message"))
    assert "for everybody from 2 Apr" in said
    assert "%" not in " ".join(row.subject or "" for row in shop.rows("SELECT subject FROM sandbox_message"))
