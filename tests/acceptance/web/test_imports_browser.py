"""Bringing people in with a real browser: drop a file, say what a column is, watch it, read the report."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import _CONTRAST, watch

pytestmark = pytest.mark.acceptance

#: Where pictures of each step go, for whoever wants to look at them.
PICTURES = os.environ.get("ANTIPHON_TEST_PICTURES")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def table(tmp_path: Path) -> Path:
    path = tmp_path / "subscribers of the shop that we leave, 2026-03.csv"
    rows = [f"p{n}@example.com,Name {n},{36 + n % 9},subscribed,2024-05-0{1 + n % 9},sign-up form" for n in range(1500)]
    odd = [
        "ann@example.com,Anastasia Featherstonehaugh-Cholmondeley-Wolfeschlegelsteinhausen,38,subscribed,,",
        "bob@example.com,محمد 🌞 عبد الرحمن,41,unsubscribed,2024-02-02,",
        "nonsense,Nobody,1,subscribed,,",
        "cem@example.com,Cem,none,perhaps,,",
    ]
    path.write_text("\n".join(["Email,Name,Schuhgröße,Email consent,Consent at,Consent method", *odd, *rows]) + "\n")
    return path


def test_bringing_people_in(served: Served, page: Page, tmp_path: Path) -> None:
    complaints = watch(page)
    page.goto(served.link())
    page.get_by_role("link", name="People", exact=True).first.click()
    page.get_by_role("link", name="Import people").click()
    expect(page.get_by_text("Nothing was imported yet")).to_be_visible()
    picture(page, "list-empty")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("ann@example.com,Ann\n")
    page.get_by_label("File with people").set_input_files(wrong)
    expect(page.get_by_role("alert")).to_contain_text("is a person, not the names of columns")
    picture(page, "list-error")
    page.get_by_label("File with people").set_input_files(table(tmp_path))
    expect(page.get_by_role("heading", name="What would come in")).to_be_visible()
    picture(page, "preview")
    page.get_by_label("What the column Schuhgröße is").select_option(label="Trait “Schuhgröße”, number")
    expect(page.get_by_text("Schuhgröße 'none' is no number").first).to_be_attached()
    expect(page.get_by_label("What the column Schuhgröße is")).to_have_value("trait:Schuhgröße:number")
    page.get_by_label("What the column Name is").select_option(label="Email address")
    expect(page.get_by_role("alert")).to_contain_text("cannot both be")
    page.get_by_label("What the column Name is").select_option(label="Trait “name”, text")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Import 1,504 rows").click()
    expect(page.get_by_role("progressbar", name="Import")).to_be_visible()
    picture(page, "running")
    served.shop.engine.settle(served.shop.now)
    expect(page.get_by_role("heading", name="What came in of 1,504 rows")).to_be_visible()
    expect(page.get_by_text("email 'nonsense' cannot be used")).to_be_visible()
    picture(page, "done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    assert "nonsense" in Path(download.value.path()).read_text()
    page.get_by_role("link", name="Imports").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    picture(page, "list")
    # taking a picture hides the caret by a style of its own, which the pages' policy refuses
    assert [text for text in complaints if "422" not in text and not (PICTURES and "inline style" in text)] == []


def test_the_keyboard_is_enough(served: Served, page: Page, tmp_path: Path) -> None:
    page.on("filechooser", lambda _: None)  # listened to from now on: told with the key alone, it may come too late
    page.goto(served.link())
    page.goto(served.address + "/people/imports")
    with page.expect_file_chooser() as chooser:
        page.get_by_label("File with people").press("Space")
    chooser.value.set_files(table(tmp_path))
    button = page.get_by_role("button", name="Import 1,504 rows")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar", name="Import")).to_be_visible()
    page.get_by_role("button", name="Stop import").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cancelled")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "dark")])
def test_every_state_fits_and_stands_out(
    served: Served, browser: BrowserContext, tmp_path: Path, width: int, scheme: str
) -> None:
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(served.link())

    def look(name: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        picture(page, f"{name}-{width}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
        assert page.evaluate(_CONTRAST) == [], name

    page.goto(served.address + "/people/imports")
    look("list-empty")
    page.get_by_label("File with people").set_input_files(table(tmp_path))
    expect(page.get_by_role("heading", name="What would come in")).to_be_visible()
    look("preview")
    page.get_by_role("button", name="Import 1,504 rows").click()
    expect(page.get_by_role("progressbar", name="Import")).to_be_visible()
    look("running")
    served.shop.engine.settle(served.shop.now)
    expect(page.get_by_role("heading", name="What came in of 1,504 rows")).to_be_visible()
    look("done")
    page.goto(served.address + "/people/imports")
    look("list")
