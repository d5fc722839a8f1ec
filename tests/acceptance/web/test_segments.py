"""A segment is built in a real browser: chips, a live count, people at the side, and what is wrong where it is wrong."""

from playwright.sync_api import Page, expect

from tests.acceptance.web.conftest import Served


def test_a_segment_is_built(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + "/audiences/new")
    side = page.get_by_label("Count and sample")
    expect(side).to_contain_text("3 people")
    page.get_by_label("Title").fill("Texts and carts")
    expect(page.get_by_label("Name in files")).to_have_value("texts-and-carts")
    adding = page.get_by_label("Add a condition")
    adding.first.select_option("event")
    chip = page.get_by_role("group", name="Event")
    expect(chip).to_contain_text("Fill this in.")  # what is missing is said where it is missing
    chip.get_by_label("event", exact=True).fill("Product Added")
    expect(side).to_contain_text("Everybody with “Product Added”.")
    adding.first.select_option("consent")
    consent = page.get_by_role("group", name="Consent")
    consent.get_by_label("channel").select_option("sms")
    expect(side.locator("[data-count]")).to_have_text("2 people")
    expect(side.locator("[data-sample] li")).to_have_count(2)
    consent.get_by_role("button", name="not").press("Enter")  # the keyboard does it as well
    expect(side.locator("[data-count]")).to_have_text("1 person")
    expect(side).to_contain_text("not (is subscribed to texts)")
    page.get_by_role("button", name="Add segment").click()
    expect(page.get_by_role("heading", name="Texts and carts")).to_be_visible()
    busy.shop.settle()
    page.reload()
    expect(page.locator("[data-members]")).to_have_text("1")
    page.get_by_role("link", name="Why", exact=True).click()
    expect(page.locator("#why")).to_contain_text("is meant")
    expect(page.locator("#why")).to_contain_text("Product Added")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(busy.address + "/audiences/texts-and-carts/edit")
    expect(page.get_by_role("group", name="Event")).to_be_visible()
    page.get_by_label("Add a condition").first.select_option("delivered")
    expect(page.get_by_label("Count and sample")).to_contain_text("was sent email within 30 days")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_names_in_files_follow_titles_until_somebody_writes_their_own(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    for address, title, name, said in (
        ("/offers/new", "Title", "Name", "summer_fete"),
        ("/sign-up/new", "Name", "In addresses and files", "summer-fete"),
        ("/journeys/new", "Name", "Name in files", "summer-fete"),
    ):
        page.goto(busy.address + address)
        page.get_by_label(title, exact=True).fill("Summer fête")
        expect(page.get_by_label(name, exact=True)).to_have_value(said)
        page.get_by_label(name, exact=True).fill("mine")
        page.get_by_label(title, exact=True).fill("Winter")
        expect(page.get_by_label(name, exact=True)).to_have_value("mine")


def test_a_preview_takes_no_focus_from_who_types(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + "/sign-up/new")
    title = page.get_by_label("Name", exact=True)
    for words in ("Summer", "Winter"):
        title.press_sequentially(words)
        with page.expect_response("**/sign-up/preview"):
            title.press("!")
        expect(page.frame_locator("[data-preview-frame] iframe").get_by_role("dialog")).to_be_visible()
        page.wait_for_timeout(300)
        expect(title).to_be_focused()
