"""An email is written in a browser and seen through the eyes of people with SMS and without."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.acceptance.web.conftest import Served

pytestmark = pytest.mark.acceptance


@pytest.fixture
def readers(busy: Served) -> Served:
    """Ann has texts, Bob has none; the brand has a keyword."""
    with busy.db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO keyword (brand, word, wording, created_at) VALUES (1, 'join', 'w', :now)"),
            {"now": busy.shop.now},
        )
    return busy


def test_an_email_with_an_invitation_is_written_and_seen_by_two_people(readers: Served, page: Page) -> None:
    page.goto(readers.link())
    page.goto(f"{readers.address}/content/emails")
    page.get_by_label("New email").fill("Spring news")
    page.get_by_role("button", name="Write email").click()
    page.get_by_label("Subject").fill("Spring is here")
    page.get_by_label("Preheader").fill("And so are we")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("And so are we")).to_be_visible()

    # by keyboard alone
    page.locator("#add-top").focus()
    page.keyboard.type("Condition")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#b-1")).to_contain_text("For people without SMS")
    page.locator("[id='add-1.blocks']").select_option("invitation")
    page.locator("form", has=page.locator("[id='add-1.blocks']")).get_by_role("button", name="Add").click()
    expect(page.locator("[id='b-1.blocks.1']")).to_contain_text("SMS invitation")

    frame = page.frame_locator("iframe[title='The email']")
    without = page.locator("#person option", has_text="without SMS").first.get_attribute("value")
    subscribed = page.locator("#person option", has_text="SMS subscribed").first.get_attribute("value")
    page.get_by_label("As seen by").select_option(without)
    page.wait_for_url(f"**person={without}*")
    expect(frame.get_by_text("Be first, by text")).to_be_visible()
    expect(frame.get_by_text("For people without SMS")).to_be_visible()
    page.get_by_label("As seen by").select_option(subscribed)
    page.wait_for_url(f"**person={subscribed}*")
    expect(frame.get_by_text("Hello")).to_be_visible()
    expect(frame.get_by_text("Be first, by text")).to_have_count(0)
    expect(frame.get_by_text("For people without SMS")).to_have_count(0)

    # what cannot be is told in its place, and what was typed stays
    page.locator("#b-0 summary").first.click()
    page.locator("[id='f-0-html']").fill("{% if person.vip %}<p>open")
    page.locator("#b-0").get_by_role("button", name="Save block").click()
    expect(page.locator("#b-0").get_by_role("alert")).to_contain_text("not valid Liquid")
    expect(page.locator("[id='f-0-html']")).to_have_value("{% if person.vip %}<p>open")
    page.goto(f"{readers.address}/content/emails/spring-news")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[id='b-1.blocks.1']")).to_have_count(0)
