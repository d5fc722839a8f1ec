"""The canvas in a real browser: from the gallery to a published version that a shopper goes through; undo, keyboard, phone."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from antiphon.store.audit import Actor
from antiphon.web.accounts import users
from tests.acceptance.web.conftest import Served

pytestmark = pytest.mark.acceptance

AXE = Path(__file__).parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SOURCE = """\
journey: thanks
name: Thanks
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}

steps:
  - id: which
    type: branch
    paths:
      - name: Rich
        if: {kind: purchase, at_least: 3}
        next: rest
    otherwise: short

  - id: rest
    type: wait
    for: 2d
    next: end

  - id: short
    type: wait
    for: 1h

  - id: end
    type: exit
"""


def faults(page: Page) -> list[str]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make setup` brings it")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('main', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def saved(page: Page) -> None:
    expect(page.get_by_text("Draft saved")).to_be_visible()


def test_a_playbook_is_switched_on_changed_and_gone_through(served: Served, page: Page) -> None:
    shop = served.shop
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    shop.reachable("ann", "ann@example.com")
    shop.settle()
    page.goto(served.link())
    page.goto(served.address + "/journeys/playbooks")
    card = page.get_by_role("article", name="Thank you")
    card.get_by_text("What it sends and needs").click()
    expect(card.get_by_text("1 person can be reached")).to_be_visible()
    card.get_by_role("button", name="Switch on: Thank you").click()
    page.wait_for_url("**/journeys/thank-you")
    page.get_by_role("link", name="Edit").click()
    page.locator("[data-step]").nth(1).click()
    panel = page.get_by_role("complementary", name="Step")
    panel.get_by_label("How long").fill("3h")
    saved(page)
    assert faults(page) == []
    page.get_by_role("button", name="Look over and publish").click()
    review = page.get_by_role("dialog", name="Look over and publish")
    expect(review).to_contain_text("→ 3 hours")
    review.get_by_role("button", name="Publish version 2").click()
    page.wait_for_url("**/journeys/thank-you")
    shop.does("ann", "Order Completed", order_id="o1", total=20.0)
    shop.passes(timedelta(minutes=30), timedelta(minutes=30))
    page.goto(served.address + "/journeys/thank-you/edit")
    step = page.locator("[data-step]").nth(1)
    expect(step).to_contain_text("Waits 3 hours")
    expect(step).to_contain_text("1 here now")
    step.click()
    expect(page.get_by_role("region", name="Who is here")).to_contain_text("Ann")
    page.get_by_role("button", name="Close").click()
    shop.passes(timedelta(hours=3), timedelta(minutes=30))
    expect(step).to_contain_text("0 here now")  # quietly, without a reload
    expect(step).to_contain_text("1 went on")
    assert said == []


def test_two_change_one_journey(served: Served, page: Page, chromium: Browser) -> None:
    served.shop.publish(SOURCE)
    page.goto(served.link())
    path = users.invite(served.db, "Mia", "mia@example.com", "manager", Actor("test"), served.shop.now)
    second = chromium.new_context()
    mia = second.new_page()
    mia.goto(served.address + path)
    for field in mia.locator("input[type=password]").all():
        field.fill("correct horse battery")
    mia.locator("form button").first.click()
    mia.wait_for_url(served.address + "/")
    for who, time in ((page, "3d"), (mia, "4d")):
        who.goto(served.address + "/journeys/thanks/edit")
        who.locator("[data-step='rest']").click()
        who.get_by_label("How long").fill(time)
        saved(who)
        who.get_by_role("button", name="Look over and publish").click()
    page.get_by_role("button", name="Publish version 2").click()
    page.wait_for_url("**/journeys/thanks")
    mia.get_by_role("button", name="Publish version 2").click()
    expect(mia.get_by_role("alert").last).to_contain_text("version 2 was published since")
    mia.keyboard.press("Escape")
    mia.get_by_role("button", name="Look over and publish").click()
    expect(mia.locator("[data-review]")).to_contain_text("How long: 2 days → 3 days")  # what the other changed
    mia.get_by_role("button", name="Put mine behind version 2").click()
    mia.get_by_role("button", name="Look over and publish").click()
    expect(mia.locator("[data-review]")).to_contain_text("How long: 3 days → 4 days")
    mia.get_by_role("button", name="Publish version 3").click()
    mia.wait_for_url("**/journeys/thanks")
    second.close()


def test_by_keyboard_alone(served: Served, page: Page) -> None:
    served.shop.publish(SOURCE)
    page.goto(served.link())
    page.goto(served.address + "/journeys/thanks/edit")
    steps = page.locator("[data-step]")
    expect(steps).to_have_count(5)
    page.locator("[data-step='']").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-step='which']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-step='short']")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-step='rest']")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="Add a step")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the second kind: a wait
    expect(steps).to_have_count(6)
    expect(page.get_by_label("Waits", exact=True)).to_be_focused()
    page.keyboard.press("Escape")  # leaves the field
    page.keyboard.press("Escape")  # closes the panel
    expect(page.locator("[data-step='wait']")).to_be_focused()
    page.keyboard.press("Delete")
    expect(steps).to_have_count(5)
    page.keyboard.press("Control+z")
    expect(steps).to_have_count(6)
    page.keyboard.press("Control+z")
    expect(steps).to_have_count(5)
    page.keyboard.press("Control+y")
    expect(steps).to_have_count(6)
    page.reload()  # the draft survives, and so does what can be undone
    expect(steps).to_have_count(6)
    page.keyboard.press("Control+z")
    expect(steps).to_have_count(5)
    page.reload()
    expect(steps).to_have_count(5)
    page.keyboard.press("Control+y")
    expect(steps).to_have_count(6)
    page.locator("[data-step='wait']").focus()
    page.keyboard.press("Enter")
    page.get_by_label("How long").fill("nonsense")
    expect(page.locator("[data-problems]")).to_contain_text("is not a duration")
    expect(page.locator("[data-step='wait']")).to_contain_text("Cannot work yet")
    expect(page.get_by_label("How long")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Look over and publish").click()  # leads to what keeps it from running
    expect(page.locator("[data-problems] [data-error]").first).to_be_focused()
    page.get_by_role("tab", name="YAML").click()
    expect(page.get_by_label("YAML of this step")).to_have_value("id: wait\ntype: wait\nfor: nonsense")
    page.get_by_label("YAML of this step").fill("id: wait\ntype: wait\nfor: 5d")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-step='wait']")).to_contain_text("Waits 5 days")
    page.get_by_role("button", name="File").click()
    file = page.get_by_label("The file in YAML")
    file.fill(file.input_value().replace("for: 5d", "for: 6d"))
    expect(page.locator("[data-step='wait']")).to_contain_text("Waits 6 days")


def test_on_a_phone_and_a_run(busy: Served, page: Page) -> None:
    with busy.db.read() as connection:
        person, run = connection.execute(text("SELECT person, id FROM run LIMIT 1")).one()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(busy.link())
    for path in ("/journeys/thank-you/edit", "/journeys/playbooks", f"/people/{person}/runs/{run}", "/journeys/new"):
        page.goto(busy.address + path)
        if "playbooks" not in path and "new" not in path:
            expect(page.locator("[data-canvas] [data-step]").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert faults(page) == [], path
    page.goto(busy.address + "/journeys/thank-you/edit")
    page.locator("[data-step]").nth(1).click()
    page.get_by_label("How long").fill("7h")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-step]").nth(1)).to_contain_text("Waits 7 hours")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{busy.address}/people/{person}/runs/{run}")
    expect(page.locator("[data-canvas]")).to_contain_text("Here now")
    assert faults(page) == []
    page.get_by_text("End this run").click()
    page.get_by_role("button", name="End it", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Cancelled")
