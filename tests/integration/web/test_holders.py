"""Pages for the holder of an address: only a POST of their own changes anything."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.content.links import Holder, Subscription, holder_token, unsubscribe_token
from antiphon.intake.inbound import receive_text
from antiphon.intake.opting_in import SignUp, begin_opt_in
from antiphon.intake.resolve import resolve
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

SIGNER = Signer(b"x" * 32)
ANN, PHONE, SHOP = "ann@example.com", "+12125550101", "+15550100"


def path(use: str, address: str = ANN, brand: int = 1) -> str:
    channel = "email" if "@" in address else "sms"
    return f"/{use}/{holder_token(SIGNER, use, Holder(channel, address, brand))}"


def settle(db: Database) -> None:
    while resolve(db).more:
        pass


def states(shop: ShopUnderTest) -> dict[str, str]:
    return {row.purpose: row.state for row in shop.rows("SELECT purpose, state FROM consent")}


def everything(shop: ShopUnderTest) -> list[object]:
    """What a page that only looks must leave as it is."""
    tables = ("arrival", "consent_fact", "consent", "suppression", "outbox", "event", "inbound_text")
    return [shop.one(f"SELECT count(*) FROM {table}") for table in tables]


@pytest.fixture
def now(site: Site, shop: ShopUnderTest) -> None:
    """The pages' clock is the database's."""
    site.now = shop.engine.clock()


@pytest.mark.usefixtures("now")
def test_a_sign_up_is_confirmed_by_the_button_only(shop: ShopUnderTest, browser: TestClient) -> None:
    begin_opt_in(shop.db, SignUp("email", ANN, wording="Write to me"))
    shop.engine.cycle()
    link = re.search(r"https://shop\.example(/confirm/[\w-]+)", shop.one("SELECT body FROM sandbox_message"))
    assert link
    before = everything(shop)
    for _ in range(3):
        page = browser.get(link[1], headers={"user-agent": "Mozilla/5.0"})
        assert browser.head(link[1]).status_code == 200
    assert (page.status_code, everything(shop)) == (200, before)
    assert 'method="post"' in page.text
    assert "script" not in page.text
    assert "Thank you" in browser.post(link[1]).text
    settle(shop.db)
    assert states(shop) == {"marketing": "subscribed"}
    assert shop.one("SELECT ip FROM consent_fact WHERE state = 'subscribed'") == "testclient"
    again = browser.post(link[1])
    assert (again.status_code, "Thank you" in again.text) == (200, True), "who confirmed before sees the same"


@pytest.mark.usefixtures("now")
def test_a_link_for_which_nothing_waits_says_so(shop: ShopUnderTest, browser: TestClient) -> None:
    page = browser.post(path("confirm"))
    assert (page.status_code, "Nothing to confirm" in page.text) == (410, True)
    assert everything(shop) == [0] * 7


def test_a_link_that_is_not_ours(browser: TestClient, shop: ShopUnderTest) -> None:
    assert shop.db
    own = path("confirm").split("/")[-1]
    for wrong in ("/confirm/x", f"/preferences/{own}", f"/confirm/{own[:-2]}AA", f"/u/{own}"):
        assert browser.get(wrong).status_code == 404, wrong
        assert browser.post(wrong).status_code == 404, wrong
        assert browser.head(wrong).status_code == 404, wrong


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("known", ["nobody", "subscribed", "unsubscribed"])
def test_looking_at_links_tells_and_changes_nothing(shop: ShopUnderTest, browser: TestClient, known: str) -> None:
    """The confirm and unsubscribe pages are the same whatever the address has agreed to."""
    if known != "nobody":
        shop.consents("ann", "email", ANN, state=known)
        settle(shop.db)
    before = everything(shop)
    out = f"/u/{unsubscribe_token(SIGNER, Subscription('email', ANN, 1, 7))}"
    pages = [browser.get(each).text for each in (path("confirm"), out)]
    assert all(ANN in page and "ubscribed" not in page for page in pages)
    assert everything(shop) == before


@pytest.mark.usefixtures("now")
def test_the_one_click_post_needs_nothing_but_itself(shop: ShopUnderTest, site: Site) -> None:
    shop.consents("ann", "email", ANN)
    settle(shop.db)
    out = f"/u/{unsubscribe_token(SIGNER, Subscription('email', ANN, 1, 7))}"
    provider = site.browser()
    answer = provider.post(
        out,
        content=b"List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded", "user-agent": "", "cookie": ""},
    )
    assert (answer.status_code, answer.content, answer.history) == (200, b"", [])
    assert shop.one("SELECT reason FROM suppression") == "one-click"
    settle(shop.db)
    assert states(shop)["marketing"] == "unsubscribed"


@pytest.mark.usefixtures("now")
def test_preferences_for_mail(shop: ShopUnderTest, site: Site, browser: TestClient) -> None:
    shop.consents("ann", "email", ANN)
    settle(shop.db)
    page = path("preferences")
    assert 'name="marketing" value="1" checked' in browser.get(page).text
    saved = browser.post(page, data={"save": "1", "marketing": "1", "pause": "30", "prefers": "sms"})
    assert "quiet for 30 days" in saved.text
    settle(shop.db)
    until = shop.one("SELECT paused_until FROM consent WHERE purpose = 'marketing'")
    assert timedelta(days=29) < until - shop.engine.clock() < timedelta(days=31)
    assert states(shop) == {"marketing": "subscribed"}
    assert shop.one("SELECT traits->>'preferred_channel' FROM person WHERE traits ? 'preferred_channel'") == "sms"
    assert "Paused until" in browser.get(page).text
    browser.post(page, data={"save": "1", "marketing": "1", "pause": "0"})
    settle(shop.db)
    site.now = shop.engine.clock()
    assert "Paused until" not in browser.get(page).text
    assert "no more news" in browser.post(page, data={"save": "1"}).text
    assert shop.one("SELECT reason FROM suppression") == "preference"
    settle(shop.db)
    assert "again" in browser.post(page, data={"save": "1", "marketing": "1"}).text
    settle(shop.db)
    assert states(shop)["marketing"] == "subscribed"
    assert shop.one("SELECT count(*) FROM suppression WHERE lifted_at > at") == 1
    assert "You are unsubscribed" in browser.post(page, data={"everything": "1", "marketing": "1"}).text
    assert browser.post(page, data={"marketing": "1"}).status_code == 400


@pytest.mark.usefixtures("now")
def test_preferences_for_texts(shop: ShopUnderTest, browser: TestClient) -> None:
    shop.consents("ann", "sms", PHONE, "marketing", "cart")
    settle(shop.db)
    page = path("preferences", PHONE)
    assert "no more reminders" in browser.post(page, data={"save": "1", "marketing": "1"}).text
    settle(shop.db)
    assert states(shop) == {"marketing": "subscribed", "cart": "unsubscribed"}
    assert "answer YES" in browser.post(page, data={"save": "1", "marketing": "1", "cart": "1"}).text
    shop.engine.cycle()
    assert "cart reminders" in shop.one("SELECT body FROM sandbox_message ORDER BY id DESC LIMIT 1")
    browser.post(page, data={"save": "1"})
    settle(shop.db)
    assert states(shop)["marketing"] == "unsubscribed"
    assert "transactional" not in states(shop), "what they buy is told all the same"
    receive_text(shop.db, PHONE, SHOP, "STOP")
    settle(shop.db)
    answer = browser.post(page, data={"save": "1", "marketing": "1", "cart": "1"})
    assert "Text START" in answer.text
    assert "answer YES" not in answer.text
    settle(shop.db)
    assert states(shop)["marketing"] == "unsubscribed"
