"""Sign-up units in a real browser, in the page of a shop on another origin."""

import pytest
from playwright.sync_api import Page, expect

from antiphon.signup.starters import starters
from tests.acceptance.signup.conftest import Beside

pytestmark = pytest.mark.acceptance

WELCOME = starters()["welcome"].replace("delay: 8s", "delay: 0s")


def watch(page: Page) -> list[str]:
    """What the browser complains of."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_popup_asks_for_email_then_phone(beside: Beside, page: Page) -> None:
    beside.publish(WELCOME)
    complaints = watch(page)
    page.goto(beside.shop)
    dialog = page.get_by_role("dialog", name="10% off your first order")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading")).to_be_focused()
    dialog.get_by_role("button", name="Get the code").click()
    expect(dialog.get_by_text("Write an email address")).to_be_visible()
    expect(dialog.get_by_text("Tick the box if you agree")).to_be_visible()
    expect(dialog.get_by_label("Email", exact=True)).to_be_focused()
    dialog.get_by_label("Email", exact=True).fill("eve@example.com")
    dialog.get_by_role("checkbox").check()
    page.wait_for_timeout(1_500)
    dialog.get_by_role("button", name="Get the code").click()
    dialog = page.get_by_role("dialog", name="Early access by text")
    dialog.get_by_label("Mobile number").press_sequentially("2125550142")
    expect(dialog.get_by_label("Mobile number")).to_have_value("(212) 555-0142")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Sign up for texts").click()
    dialog = page.get_by_role("dialog", name="Welcome")
    expect(dialog.get_by_text("WELCOME10")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    found = beside.until(
        "SELECT count(DISTINCT person) AS people, count(*) AS n FROM identifier WHERE value = ANY(:values) HAVING count(*) = 2",
        values=["eve@example.com", "+12125550142"],
    )
    assert found.people == 1
    assert complaints == []
    page.reload()
    page.wait_for_timeout(1_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
