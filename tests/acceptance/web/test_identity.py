"""Who is who in a real browser: with the keyboard, on a phone, in both colours."""

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import watch

pytestmark = pytest.mark.acceptance


def who(served: Served, value: str) -> int:
    found: int = served.shop.one("SELECT person FROM identifier WHERE value = :v", v=value)
    return found


def test_two_people_are_merged_and_parted_with_the_keyboard(busy: Served, page: Page) -> None:
    complaints = watch(page)
    ann, bob = who(busy, "ann"), who(busy, "bob")
    page.goto(busy.link())
    page.goto(f"{busy.address}/people/{ann}")
    page.get_by_role("link", name="Evidence, merge, split").press("Enter")
    page.get_by_role("link", name="Merge with another person").press("Enter")
    page.get_by_label("Search the other person").fill("bob@")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Compare").press("Enter")
    expect(page.get_by_text("each address keeps its own")).to_be_visible()
    page.get_by_label("Why (kept with the decision)").fill("One household")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“One household”")).to_be_visible()
    assert who(busy, "bob") == who(busy, "ann")
    page.get_by_role("button", name="Take back").press("Enter")
    expect(page.get_by_text("Nothing: all of this follows")).to_be_visible()
    assert (who(busy, "ann"), who(busy, "bob")) == (ann, bob)
    assert complaints == []


def test_an_identifier_is_split_off_on_a_phone(busy: Served, page: Page) -> None:
    ann = who(busy, "ann")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(busy.link())
    page.goto(f"{busy.address}/people/{ann}/identity")
    page.get_by_role("button", name="Split off what is chosen").click()
    expect(page.get_by_text("leave at least one where it is")).to_be_visible()
    page.get_by_label("Phone +12125550101").check()
    page.get_by_role("button", name="Split off what is chosen").click()
    expect(page.locator(".tag", has_text="Kept apart by hand").first).to_be_visible()
    assert who(busy, "+12125550101") != ann
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    drawing = page.get_by_role("group", name="Drawing of identifiers and evidence, the same as the list below")
    expect(drawing.locator("svg")).to_be_visible()
