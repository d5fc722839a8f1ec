"""The composer in a real browser: what is typed is counted, by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.acceptance.web.conftest import Served


def test_a_text_is_counted_while_it_is_typed(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Texts", level=1)).to_be_visible()
    page.get_by_label("Text", exact=True).fill("")
    page.keyboard.type("Hi {{ person.first_name | default: 'you' }}")
    meter = page.get_by_label("What it comes to")
    expect(meter).to_contain_text("1 segment")
    page.keyboard.insert_text(" 😀" + "a" * 80)
    expect(meter).to_contain_text("A segment holds 70 units instead of 160")
    expect(meter).to_contain_text("UCS-2")
    expect(page.get_by_label("On the phone")).to_contain_text("Reply STOP to opt out")
    page.get_by_label("Purpose").select_option("transactional")
    expect(page.get_by_label("On the phone")).not_to_contain_text("Reply STOP to opt out")
    page.get_by_label("Begin with").select_option(index=1)
    expect(page.get_by_text("What you change here is not saved")).to_be_visible()
