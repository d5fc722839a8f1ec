"""Consent in a real browser: confirming, leaving, choosing, looking at replies."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from antiphon.content.links import Holder, Subscription, holder_token, unsubscribe_token
from antiphon.intake.inbound import receive_text
from antiphon.intake.opting_in import SignUp, begin_opt_in
from antiphon.kit.signing import Signer
from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import _CONTRAST

pytestmark = pytest.mark.acceptance

SIGNER = Signer(b"x" * 32)
ANN, PHONE, NUMBER = "ann@example.com", "+12125550101", "+15550100"


def held(served: Served, use: str, address: str = ANN) -> str:
    channel = "email" if "@" in address else "sms"
    return f"{served.address}/{use}/{holder_token(SIGNER, use, Holder(channel, address, 1))}"


def out(served: Served) -> str:
    return f"{served.address}/u/{unsubscribe_token(SIGNER, Subscription('email', ANN, 1, 7))}"


@pytest.fixture
def scriptless(chromium: Browser) -> Page:
    """A phone on which nothing runs."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    context.set_default_timeout(20_000)
    return context.new_page()


def test_a_sign_up_is_confirmed_without_script(served: Served, scriptless: Page) -> None:
    begin_opt_in(served.db, SignUp("email", ANN, wording="Write to me"))
    served.shop.engine.cycle()
    body = served.shop.one("SELECT body FROM sandbox_message WHERE subject LIKE 'Please confirm%'")
    link = re.search(r"/confirm/[\w-]+", body)
    assert link
    scriptless.goto(served.address + link[0])
    scriptless.get_by_role("button", name="Yes, confirm").click()
    expect(scriptless.get_by_role("heading", name="Thank you")).to_be_visible()
    served.shop.engine.cycle()
    assert served.shop.one("SELECT double_opt_in FROM consent WHERE state = 'subscribed'")


def test_leaving_without_script(served: Served, scriptless: Page) -> None:
    scriptless.goto(out(served))
    scriptless.get_by_role("button", name="Unsubscribe").click()
    expect(scriptless.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert served.shop.one("SELECT reason FROM suppression") == "one-click"


def test_choosing_without_script(served: Served, scriptless: Page) -> None:
    served.shop.consents("ann", "email", ANN)
    served.shop.engine.cycle()
    scriptless.goto(out(served))
    scriptless.get_by_role("link", name="Fewer messages").click()
    expect(scriptless.get_by_label("News and offers")).to_be_visible()
    scriptless.get_by_label("News and offers").check()
    scriptless.get_by_label("Nothing for 30 days").check()
    scriptless.get_by_label("Text", exact=True).check()
    scriptless.get_by_role("button", name="Save my choice").click()
    expect(scriptless.get_by_text("We are quiet for 30 days.")).to_be_visible()
    served.shop.engine.cycle()
    assert served.shop.one("SELECT paused_until IS NOT NULL FROM consent WHERE purpose = 'marketing'")


def test_a_reply_is_looked_at(served: Served, page: Page) -> None:
    served.shop.consents("ann", "sms", PHONE, "marketing")
    served.shop.engine.cycle()
    receive_text(served.db, PHONE, NUMBER, "take a hike")
    served.shop.engine.cycle()
    page.goto(served.link())
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.get_by_role("link", name="Look at them").click()
    page.get_by_role("button", name="restore").click()
    expect(page.get_by_text("the ledger keeps it")).to_be_visible()
    page.get_by_label("Why").fill("They spoke of a walk")
    page.get_by_role("button", name="restore").click()
    expect(page.get_by_text("They have back what they had")).to_be_visible()
    served.shop.engine.cycle()
    assert served.shop.one("SELECT state FROM consent WHERE purpose = 'marketing'") == "subscribed"
    page.goto(f"{served.address}/consent")
    page.get_by_label("Email address or phone number").fill(PHONE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("They spoke of a walk").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_stand_out(served: Served, browser: BrowserContext, scheme: str) -> None:
    shop = served.shop
    words = "I agree to recurring automated marketing texts from Lamps at this number. " * 4
    begin_opt_in(served.db, SignUp("sms", PHONE, ("marketing", "cart"), wording=words, ip="192.0.2.1", agent="x" * 200))
    shop.engine.cycle()
    for said in ("YES", "take a hike", "STOP"):
        receive_text(served.db, PHONE, NUMBER, said)
        shop.engine.cycle()
    sheet = f"/consent/evidence?channel=sms&address=%2B{PHONE[1:]}"
    own = ["/consent", "/consent?q=nobody", sheet, "/consent/replies", "/consent/words"]
    pages = [served.address + each for each in own]
    pages += [held(served, "confirm"), held(served, "preferences", PHONE), held(served, "preferences"), out(served)]
    page = browser.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(served.link())
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        for address in pages:
            page.goto(address)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (width, address)
            assert page.evaluate(_CONTRAST) == [], (scheme, address)
