"""A whole campaign in a real browser: made by form, reviewed, launched, sent by a worker, explained; another is cancelled."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from antiphon.audiences.segments.managing import define
from antiphon.audiences.segments.models import Segment
from tests.acceptance.web.conftest import Served
from tests.integration.campaigns.says import EMAIL, campaign, launched

HOUR = timedelta(hours=1)


def ready(served: Served) -> None:
    """A segment of two people, of whom one has a phone."""
    one = Segment.model_validate({"segment": "regulars", "title": "Regulars", "who": {"kind": "all", "of": []}})
    with served.db.begin("segments") as connection:
        define(connection, one, "", "test", served.shop.now)
    served.shop.reachable("ann", "ann@example.com", "+12125550101")
    served.shop.reachable("bob", "bob@example.com")
    served.shop.settle()


def test_a_campaign_from_the_form_to_the_why_of_a_message(served: Served, page: Page) -> None:
    ready(served)
    page.goto(served.link())
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("Black Friday")
    expect(page.get_by_label("Name in files")).to_have_value("black-friday")
    page.get_by_label("Audience").select_option("regulars")
    look = page.get_by_label("What it comes to")
    expect(look.locator("[data-count]")).to_have_text("2 people")
    page.get_by_label("Text", exact=True).fill("Lamps are cheap")
    page.get_by_label("Most messages an hour").fill("many")
    page.get_by_label("Most messages an hour").press("Tab")
    expect(page.locator("#below-throttle")).to_contain_text(
        "This must be a whole number."
    )  # at its field, as one types
    page.get_by_role("button", name="Save campaign").click()
    expect(page.get_by_role("alert").first).to_contain_text("It is not saved yet")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Lamps are cheap")
    page.get_by_label("Most messages an hour").fill("1000")
    page.get_by_role("button", name="Save campaign").click()
    page.get_by_role("button", name="Review campaign").first.click()
    expect(page.get_by_role("img", name="Messages by hour")).to_be_visible()
    page.get_by_role("button", name="Launch campaign").press("Enter")
    asked = page.get_by_role("dialog", name="Launch Black Friday?")
    expect(asked).to_contain_text("1 person gets this, 1 by text")
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    page.get_by_role("button", name="Launch campaign").press("Enter")
    expect(page.get_by_role("button", name="Launch now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-doing]")).to_contain_text("Picking its people")
    served.shop.passes(timedelta(minutes=5))
    expect(page.locator("[data-doing]")).to_contain_text("of 1 messages sent")  # without a reload
    served.shop.passes(25 * HOUR, HOUR)
    expect(page.locator("[data-doing]")).to_contain_text("Done: 1 of 1 sent")
    page.get_by_role("link", name="Its messages").click()
    expect(page.locator("a.row-link")).to_contain_text("Lamps are cheap")
    page.locator("a.row-link").click()
    expect(page.get_by_role("link", name="Black Friday")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Lamps are cheap")
    expect(page.locator("main")).to_contain_text("New York")  # the sentence of its why
    launched(
        served.shop,
        campaign("other", content=f"{{{EMAIL}}}", window=f"{{from: '{(served.shop.now + HOUR).isoformat()}'}}"),
    )
    served.shop.settle()
    page.goto(served.address + "/campaigns/other")
    page.get_by_role("button", name="Cancel campaign").click()
    page.get_by_role("button", name="Cancel it for good").click()
    expect(page.locator("[data-doing]")).to_contain_text("Cancelled")
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/campaigns", "/campaigns/new", "/campaigns/black-friday"):
        page.goto(served.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
