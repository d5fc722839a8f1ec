"""The whole way in a real browser: sign up by email then phone, confirm both, be seen, text STOP, be left alone."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.signup.conftest import Beside
from tests.acceptance.signup.test_units import WELCOME, watch

pytestmark = pytest.mark.acceptance

_STATES = """
SELECT c.channel, c.purpose, c.state, c.double_opt_in FROM consent c
 WHERE c.address = ANY(:addresses) ORDER BY 1, 2
"""


def sign_up(page: Page, email: str, phone: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email", exact=True).fill(email)
    dialog.get_by_role("checkbox").check()
    page.wait_for_timeout(1_600)
    dialog.get_by_role("button", name="Get the code").click()
    dialog.get_by_label("Mobile number").fill(phone)
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Sign up for texts").click()
    expect(dialog.get_by_text("Your code comes once you have confirmed.")).to_be_visible()


def test_from_the_form_to_the_stop(beside: Beside, browser: BrowserContext) -> None:
    beside.publish(WELCOME)
    shop, desk = browser.new_page(), browser.new_page()
    complaints = watch(shop)
    shop.goto(beside.shop)
    sign_up(shop, "whole@example.com", "(212) 555-0161")

    # the email's link leads to a page with a button; only the button confirms
    desk.goto(beside.owner())
    beside.until("SELECT 1 FROM sandbox_message WHERE address = 'whole@example.com'")
    desk.goto(f"{beside.running.url}/sandbox?to=whole@example.com")
    with browser.expect_page() as opened:
        desk.frame_locator("iframe").get_by_role("link", name="Confirm my address").click()
    opened.value.get_by_role("button", name="Yes, confirm").click()
    expect(opened.value.get_by_text("whole@example.com is confirmed")).to_be_visible()
    expect(opened.value.get_by_text("WELCOME10")).to_be_visible()

    # the text asks for a YES
    beside.until("SELECT 1 FROM sandbox_message WHERE address = '+12125550161'")
    desk.goto(f"{beside.running.url}/sandbox/texts?number=%2B12125550161")
    desk.get_by_label("Answer as this person").fill("YES")
    desk.keyboard.press("Enter")
    expect(desk.locator("#thread").get_by_text("YES", exact=True)).to_be_visible()
    addresses = ["whole@example.com", "+12125550161"]
    beside.until(
        f"{_STATES.replace('ORDER BY 1, 2', '')} AND c.purpose = 'cart' AND c.state = 'subscribed'", addresses=addresses
    )
    # the code that was promised comes to each address once that is confirmed
    for address in addresses:
        beside.until("SELECT 1 FROM sandbox_message WHERE address = :a AND body LIKE '%WELCOME10%'", a=address)
    states = [tuple(row) for row in beside.rows(_STATES, addresses=addresses)]
    assert ("email", "marketing", "subscribed", True) in states
    assert ("sms", "cart", "subscribed", True) in states
    assert ("sms", "marketing", "subscribed", True) in states

    person = beside.until(
        "SELECT person FROM identifier WHERE kind = 'email' AND value = 'whole@example.com' AND person = "
        "(SELECT person FROM identifier WHERE kind = 'phone' AND value = '+12125550161')"
    ).person
    desk.goto(f"{beside.running.url}/people/{person}")
    expect(desk.get_by_text("whole@example.com").first).to_be_visible()
    expect(desk.get_by_text("Subscribed").first).to_be_visible()

    desk.goto(f"{beside.running.url}/sandbox/texts?number=%2B12125550161")
    desk.get_by_label("Answer as this person").fill("STOP")
    desk.keyboard.press("Enter")
    expect(desk.locator("#thread").get_by_text("STOP", exact=True)).to_be_visible()
    beside.until("SELECT 1 FROM suppression WHERE address = '+12125550161'")
    beside.until(
        "SELECT 1 FROM consent WHERE address = '+12125550161' AND state = 'unsubscribed' AND purpose = 'marketing'"
    )
    desk.goto(f"{beside.running.url}/people/{person}")
    expect(desk.get_by_text("Unsubscribed").first).to_be_visible()
    assert ("email", "marketing", "subscribed", True) in [
        tuple(row) for row in beside.rows(_STATES, addresses=addresses)
    ]

    # the marketer sees it as well
    desk.goto(f"{beside.running.url}/sign-up")
    row = desk.get_by_role("row").filter(has=desk.locator("a[href='/sign-up/welcome']"))
    expect(row.get_by_text("On", exact=True)).to_be_visible()
    expect(row.locator(".text-email").last).not_to_have_text("0")
    expect(row.locator(".text-sms").last).not_to_have_text("0")
    assert complaints == []
