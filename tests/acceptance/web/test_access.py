"""Users and privacy in a real browser: from invitation to a role's limits, from a typed word to the audit log."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import _CONTRAST

pytestmark = pytest.mark.acceptance

PASSWORD = "correct horse battery"
PAGES = ("/settings/users", "/settings/api-keys", "/settings/retention", "/settings/audit", "/account")


def test_invite_accept_and_the_limits_of_a_role(busy: Served, chromium: Browser, page: Page) -> None:
    page.goto(busy.link())
    page.goto(f"{busy.address}/settings/users")
    page.get_by_label("Name", exact=True).fill("Kim")
    page.get_by_label("Email", exact=True).fill("kim@example.com")
    page.get_by_role("radio", name="Analyst").check()
    page.get_by_role("button", name="Invite user").click()
    link = page.locator("code").filter(has_text="/password/").inner_text()
    guest = chromium.new_context().new_page()
    guest.goto(busy.address + link[link.index("/password/") :])
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("The same again").fill(PASSWORD)
    guest.get_by_role("button", name="Set password and sign in").click()
    expect(guest.get_by_role("heading", name="Today")).to_be_visible()
    expect(guest.get_by_label("Pages").get_by_role("link", name="Settings", exact=True)).to_have_count(0)
    guest.goto(f"{busy.address}/settings/users")
    expect(guest.get_by_text("Your role, Analyst, does not include this")).to_be_visible()
    guest.context.close()


def test_erase_with_confirmation_and_the_audit_log_shows_it(busy: Served, page: Page) -> None:
    person = busy.shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    page.goto(busy.link())
    page.goto(f"{busy.address}/people/{person}")
    page.get_by_role("link", name="Erase…").click()
    page.get_by_role("button", name="Erase person").click()
    expect(page.get_by_text("Type erase to confirm. Nothing was erased.")).to_be_visible()
    page.get_by_label("Type “erase” to confirm").fill("erase")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The person was erased")).to_be_visible()
    page.get_by_role("link", name="See the audit log").click()
    expect(page.get_by_text("Person erased")).to_be_visible()
    expect(page.get_by_text(f"person {person}").first).to_be_visible()
    assert busy.shop.one("SELECT count(*) FROM identifier WHERE value = 'ann@example.com'") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone_and_stand_out(busy: Served, browser: BrowserContext, scheme: str) -> None:
    person = busy.shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    page = browser.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(busy.link())
    folder = os.environ.get("ANTIPHON_SHOTS")
    for path in (*PAGES, f"/people/{person}/erase"):
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(busy.address + path)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (path, width)
            assert page.evaluate(_CONTRAST) == [], path
            if folder:
                name = path.strip("/").replace("/", "-").replace(str(person), "ann")
                page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
