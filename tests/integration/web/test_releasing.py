"""Messages that are held wait for somebody: a page says what for, and lets them go one by one or together."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, post

HELD = "/messages?rule=brand.postal_address"


def held(shop: ShopUnderTest, *who: str) -> list[str]:
    """People whose first email is held because the brand has no postal address; the messages' pages."""
    address(shop, "")
    shop.playbook("abandoned-cart")
    for name in who:
        shop.reachable(name, f"{name}@example.com")
        shop.leaves_cart(name, f"cart-{name}")
    shop.passes(timedelta(hours=1))
    assert states(shop) == ["held"] * len(who)
    return [f"/messages/{row.abucket}.{row.id}" for row in shop.rows("SELECT abucket, id FROM outbox")]


def address(shop: ShopUnderTest, words: str) -> None:
    with shop.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET postal_address = :words"), {"words": words})


def states(shop: ShopUnderTest) -> list[str]:
    return [row.state for row in shop.rows("SELECT state FROM outbox ORDER BY id")]


def test_one_message_is_let_go_from_its_page(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    (page,) = held(shop, "ann")
    site.now = shop.now
    assert "The law asks for a postal address" in owner.get(page).text
    address(shop, "1 Light Street, Austin")
    assert post(owner, page, f"{page}/release").headers["location"] == page
    assert (states(shop), site.woken) == (["due"], 1)
    shop.passes(timedelta(minutes=5))
    assert states(shop) == ["accepted"]
    body = owner.get(page).text
    assert "Let it go" not in body
    assert "Released" in body
    assert post(owner, "/settings", f"{page}/release").status_code == 303, "pressed once more, it changes nothing"
    assert states(shop) == ["accepted"]


def test_all_of_a_rule_are_let_go_together(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    held(shop, "ann", "bob")
    site.now = shop.now
    assert "Let all held go" in owner.get(HELD).text
    other = post(owner, HELD, "/messages/release", rule="backup.restored").headers["location"]
    assert "Nothing was held any more" in owner.get(other).text
    assert states(shop) == ["held", "held"]
    after = post(owner, HELD, "/messages/release", rule="brand.postal_address").headers["location"]
    assert "2 messages were let go" in owner.get(after).text
    shop.passes(timedelta(minutes=5))
    assert states(shop) == ["held", "held"], "the brand still has no postal address"


def test_the_filter_of_rules_says_each_once_and_stop_in_capitals(owner: TestClient) -> None:
    page = owner.get("/messages").text
    assert page.count(">The person was erased<") == 1
    assert "Opted out by STOP" in page
