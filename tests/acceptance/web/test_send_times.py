"""The map of send times in a real browser: by pointer and by keyboard, on a desk and on a phone."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import watch


def test_the_map_of_send_times_is_told_by_pointer_and_by_keyboard(served: Served, page: Page) -> None:
    with served.db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO send_hour SELECT :day, 'sms', s, 100 + s, s / 4, s FROM generate_series(0, 167) s"),
            {"day": served.shop.now.date() - timedelta(days=4)},
        )
    complaints = watch(page)
    page.goto(served.link())
    page.goto(served.address + "/send-times")
    page.get_by_role("link", name="Texts").click()
    told = page.locator("#cell-words")
    expect(told).to_contain_text("Best: Sunday")
    cells = page.locator("[data-grid] td[data-words]")
    expect(cells).to_have_count(168)
    cells.nth(30).hover()
    expect(told).to_have_text("Tuesday 06:00 to 07:00: 130 sent, 5.4% answered, 30 answers came")
    cells.first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp"):  # the last one leads nowhere
        page.keyboard.press(key)
    expect(told).to_have_text("Monday 01:00 to 02:00: 101 sent, 0% answered, 1 answer came")
    expect(cells.nth(1)).to_be_focused()
    page.get_by_role("link", name="Answers").click()
    expect(told).to_have_text("Most: Sunday 23:00 to 00:00: 167")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []
