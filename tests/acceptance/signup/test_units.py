"""Sign-up units in a real browser, in the page of a shop on another origin."""

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from antiphon.signup.starters import starters
from antiphon.web import assets
from tests.acceptance.signup.conftest import Beside

pytestmark = pytest.mark.acceptance

WELCOME = starters()["welcome"].replace("delay: 8s", "delay: 0s")


AXE = Path(__file__).parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
#: WCAG 2.2 A and AA, of what is ours alone: the shop's own page has its own faults.
_CHECK = """
;(scope => axe.run({include: scope.split(', ').filter(one => document.querySelector(one)).map(one => [one])},
  {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
  .then(found => found.violations.filter(one => !one.nodes.every(node => node.target[0] === 'main'))
  .map(one => [one.id, one.nodes.map(node => node.html.slice(0, 120))])))
"""


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
    expect(dialog.get_by_text("Answer YES to the text")).to_be_visible()
    expect(dialog.get_by_text("Your code comes once you have confirmed.")).to_be_visible()
    expect(dialog.get_by_text("WELCOME10")).to_have_count(0)  # not before: whoever typed in an address would have it
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


def test_the_tag_is_small() -> None:
    content, _ = assets.tag()
    assert len(gzip.compress(content, 9)) < 6 * 1024
    script = assets.DIST / assets.unit_script().rpartition("/")[2]
    assert len(gzip.compress(script.read_bytes(), 9)) < 10 * 1024


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["popup", "flyout", "embedded"])
def test_everybody_can_use_it(beside: Beside, browser: BrowserContext, kind: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make setup` brings it")
    beside.publish(WELCOME.replace("kind: popup", f"kind: {kind}"))
    if kind == "embedded":
        beside.publish(WELCOME.replace("kind: popup", "kind: embedded").replace("unit: welcome", "unit: inline"))
    page = browser.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 320, "height": 640})
    for address in (beside.shop, f"{beside.running.url}/s/welcome"):
        page.goto(address)
        page.get_by_label("Email", exact=True).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        for _ in range(2):  # with and without errors
            found = page.evaluate(AXE.read_text() + _CHECK, "[data-antiphon], main")
            assert found == [], (kind, scheme, address)
            page.get_by_role("button", name="Get the code").first.click()
            page.get_by_text("Write an email address").first.wait_for()
    if kind == "embedded":
        beside.publish(WELCOME.replace("unit: welcome", "unit: inline").replace("delay: 0s", "pages: [/nowhere]"))


def test_the_focus_stays_in_a_popup_and_comes_back(beside: Beside, page: Page) -> None:
    beside.publish(WELCOME.replace("delay: 0s", "delay: 1s"))
    page.goto(beside.shop)
    page.get_by_role("link", name="Elsewhere").focus()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement || document.activeElement.tagName !== 'A'")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Elsewhere")).to_be_focused()


def test_who_said_no_is_left_alone(beside: Beside, page: Page) -> None:
    beside.publish(WELCOME)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    page.add_init_script("window.antiphon = Object.assign(() => {}, {q: [['consent', false]]})")
    page.goto(beside.shop)
    page.wait_for_timeout(2_000)
    assert asked == []
    assert page.evaluate("Object.keys(localStorage)") == ["antiphon.no"]
    assert page.context.cookies() == []
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_only_what_is_missing_is_asked(beside: Beside, page: Page) -> None:
    beside.publish(WELCOME)
    page.add_init_script("window.antiphon = Object.assign(() => {}, {q: [['subscribed', ['email']]]})")
    page.goto(beside.shop)
    page.evaluate("antiphon('subscribed', ['email'])")
    page.evaluate("history.pushState(null, '', '/other')")
    expect(page.get_by_role("dialog", name="Early access by text")).to_be_visible()


def test_a_slow_phone(beside: Beside, chromium: Browser) -> None:
    beside.publish(WELCOME)
    context = chromium.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    session.send("Network.emulateNetworkConditions", slow)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(beside.shop)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=8_000)
    dialog.get_by_role("button", name="No thanks").click()
    link = dialog.get_by_role("link", name="Text JOIN to sign up")
    expect(link).to_be_visible(timeout=8_000)
    assert (link.get_attribute("href") or "").startswith("sms:+15550100?&body=JOIN%20")
    context.close()


def test_hosted_pages_without_script(beside: Beside, chromium: Browser) -> None:
    beside.publish(WELCOME)
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{beside.running.url}/s/welcome")
    page.get_by_label("Email", exact=True).fill("plain@example.com")
    page.get_by_role("checkbox").check()
    page.wait_for_timeout(1_600)
    page.get_by_role("button", name="Get the code").click()
    page.get_by_role("button", name="No thanks").click()
    expect(page.get_by_text("plain@example.com")).to_be_visible()
    expect(page.get_by_text("Your code comes once you have confirmed.")).to_be_visible()
    expect(page.get_by_text("WELCOME10")).to_have_count(0)
    context.close()
