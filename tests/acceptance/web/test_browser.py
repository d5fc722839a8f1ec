"""The pages in a real browser: the first run, the keyboard, the phone, the colours."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from antiphon.web.accounts.setup import setup_path
from tests.acceptance.web.conftest import Served

pytestmark = pytest.mark.acceptance

#: Contrast of each text with what lies under it, as [ratio, text, page's element]; the least allowed is 4.5.
_CONTRAST = """() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const draw = canvas.getContext('2d', {willReadFrequently: true});
  const rgba = (color) => { draw.clearRect(0, 0, 1, 1); draw.fillStyle = color; draw.fillRect(0, 0, 1, 1);
    return [...draw.getImageData(0, 0, 1, 1).data]; };
  const over = (top, under) => top.slice(0, 3).map((c, i) => (c * top[3] + under[i] * (255 - top[3])) / 255);
  const light = (c) => c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => { const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]); };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const words = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join(' ').trim();
    const box = element.getBoundingClientRect();
    if (!words || box.width < 2 || box.height < 2 || !element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest('svg, dialog:not([open])')) continue;
    const under = ground(element), text = over(rgba(getComputedStyle(element).color), under);
    const [a, b] = [light(text), light(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push([ratio.toFixed(2), words.slice(0, 40), element.className]);
  }
  return found;
}"""


def addresses(served: Served) -> list[str]:
    shop = served.shop
    person = shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    messages = shop.rows("SELECT DISTINCT ON (channel) abucket, id FROM outbox ORDER BY channel, planned_at")
    return [
        "/", "/people", "/people?q=nobody", f"/people/{person}", f"/people/{person}?kind=decision", "/journeys",
        f"/people/{person}/habits", "/send-times", "/pressure",
        f"/people/{person}/identity", f"/people/{person}/merge?q=bob", "/people/conflicts",
        "/journeys/abandoned-cart", "/campaigns", "/campaigns/new", "/messages", "/messages?state=not-written",
        "/sandbox", "/sandbox/texts",
        "/delivery", "/settings", "/nowhere", *(f"/messages/{row.abucket}.{row.id}" for row in messages),
    ]  # fmt: skip


def watch(page: Page) -> list[str]:
    """What the browser complains of."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_the_first_run(served: Served, page: Page) -> None:
    complaints = watch(page)
    path = setup_path(served.db, served.shop.now)
    assert path
    page.goto(served.address + path)
    expect(page.get_by_label("Your name")).to_be_focused()
    page.get_by_label("Your name").fill("Robin")
    page.get_by_label("Your email").fill("robin@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_label("Brand").fill("Lamps")
    page.get_by_label("Sender’s name").fill("Lamps")
    page.get_by_label("Sender’s email").fill("hello@lamps.example")
    page.get_by_label("Postal address").fill("1 Dock Street")
    page.get_by_role("button", name="Create the owner account").click()
    expect(page.get_by_text("At least 10 characters.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Postal address")).to_have_value("1 Dock Street")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create the owner account").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("link", name="Make a write key").click()
    page.get_by_label("Name", exact=True).fill("web shop")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_text("The new key, shown this once")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("Email")).to_be_focused()
    page.get_by_label("Email").fill("robin@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    assert [text for text in complaints if "422" not in text and "401" not in text] == []


def test_tab_goes_from_the_skip_link_through_the_bar_to_the_page(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + "/people")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Today")).to_be_focused()
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Import people")).to_be_focused()
    page.get_by_role("link", name="Skip to the page").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Import people")).to_be_focused()


def test_the_menu_of_a_phone_opens_by_the_keyboard(busy: Served, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(busy.link())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="People", exact=True)).to_be_in_viewport()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="People", exact=True)).to_be_focused()


def test_the_keyboard_goes_everywhere(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("anast")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{busy.address}/people?q=anast")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("tbody a").first.click()
    expect(page.get_by_text("May we write")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_decision_opens_its_why(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + addresses(busy)[4])
    page.locator("summary").last.click()
    expect(page.get_by_text("What each moment is worth").last).to_be_visible()
    expect(page.locator("td[title^='Chosen']").last).to_be_visible()


def test_answering_as_a_person(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + "/sandbox/texts")
    page.get_by_label("Answer as this person").fill("STOP")
    page.keyboard.press("Enter")
    expect(page.locator("#thread").get_by_text("STOP", exact=True)).to_be_visible()
    assert busy.shop.one("SELECT count(*) FROM suppression") == 1


def test_an_email_shows_in_its_frame(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.goto(busy.address + "/sandbox")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Back to my cart").or_(frame.get_by_role("link")).first).to_be_visible()
    assert page.locator("iframe").bounding_box() is not None


def test_every_page_fits_a_phone(busy: Served, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    complaints = watch(page)
    page.goto(busy.link())
    for address in addresses(busy):
        page.goto(busy.address + address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
    assert [text for text in complaints if "404" not in text] == []
    page.goto(busy.address)
    menu = page.get_by_role("link", name="Journeys", exact=True).first
    expect(menu).not_to_be_in_viewport()
    page.locator("label", has_text="Open the menu").click()
    expect(menu).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(busy: Served, browser: BrowserContext, scheme: str) -> None:
    page = browser.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(busy.link())
    for address in addresses(busy):
        page.goto(busy.address + address)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate(_CONTRAST) == [], json.dumps([scheme, address])


def test_colours_are_kept(busy: Served, page: Page) -> None:
    page.goto(busy.link())
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="As the system").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None
