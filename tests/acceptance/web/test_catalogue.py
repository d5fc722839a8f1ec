"""Products come in by files in a real browser: look, say what columns are, watch, read the report; and a file that lacks most."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.web.conftest import Served
from tests.acceptance.web.test_browser import _CONTRAST, watch
from tests.acceptance.web.test_imports_browser import picture

pytestmark = pytest.mark.acceptance

HOUR = timedelta(hours=1)
ROWS = [
    "p0,Lamp of brushed steel with a dimmer and a very long name that somebody wrote,cheap,3",
    "p1,Chair,89.00,4",
    "p2,مصباح 🌞 <b>,12.50,0",
    "p3,Bed,400,2",
    "p4,Mat,many EUR,1",
    "p1,Chair,79.00,4",
    *(f"q{n},Cup {n},{n + 1}.90,9" for n in range(5)),
]


def upload(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "what the shop sells, 2026-03.csv"
    path.write_text("\n".join(["Artikelnummer,Title,Preis,Stock", *ROWS]) + "\n")
    page.get_by_label("File with products").set_input_files(path)
    expect(page.get_by_role("heading", name="What would come in")).to_be_visible()
    page.get_by_label("What the column Artikelnummer is").select_option(label="Product id")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_label("What the column Preis is").select_option(label="Price")


@pytest.fixture
def phone(browser: BrowserContext) -> Page:
    """In the dark; a page of its own, because one that changes its width and its colours is half-way for a moment."""
    page = browser.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    return page


def fits(page: Page, phone: Page, name: str) -> None:
    phone.goto(page.url)
    for each in (page, phone):
        each.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        picture(each, f"{name}-{'phone' if each is phone else 'desk'}")
        assert each.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
        assert each.evaluate(_CONTRAST) == [], name


def test_products_come_in_and_a_file_that_lacks_most_asks_first(
    served: Served, page: Page, phone: Page, tmp_path: Path
) -> None:
    complaints = watch(page)
    page.goto(served.link())
    page.get_by_role("link", name="Catalogue", exact=True).first.click()
    expect(page.get_by_text("No products yet")).to_be_visible()
    page.get_by_role("link", name="Bring in products").click()
    upload(page, tmp_path)
    expect(page.get_by_text("price: it names no currency").first).to_be_attached()
    page.get_by_label("Currency of prices that name none").fill("eur")
    page.get_by_label("Currency of prices that name none").press("Tab")
    expect(page.get_by_text("8 products, 8 of them new; 2 refused.")).to_be_visible()
    expect(page.get_by_text("1 row says again what an earlier row said; the later one counts.")).to_be_visible()
    fits(page, phone, "feed-preview")
    page.get_by_role("button", name="Bring in 11 rows").click()
    expect(page.get_by_role("progressbar", name="Products coming in")).to_be_visible()
    served.shop.engine.settle(served.shop.now)
    expect(page.get_by_role("heading", name="What came in of 11 rows")).to_be_visible()
    expect(page.get_by_text("8 products are new.")).to_be_visible()
    expect(page.get_by_text("price: 'cheap' is no price")).to_be_visible()
    expect(page.get_by_text("line 3 has the product as well: what this line says counts")).to_be_visible()
    fits(page, phone, "feed-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    report = Path(download.value.path()).read_text()
    assert [line for line in ("p0,", "p4,", "p1,") if line not in report] == []
    assert "many EUR" in report
    page.goto(served.address + "/catalogue")
    expect(page.get_by_role("row").filter(has_text="p1")).to_contain_text("€79.00")
    expect(page.get_by_role("row").filter(has_text="p2")).to_contain_text("مصباح 🌞 <b>")
    expect(page.get_by_role("row").filter(has_text="p2")).to_contain_text("sold out")
    expect(page.get_by_text("8 products, 1 sold out")).to_be_visible()

    served.shop.now += HOUR
    page.get_by_role("link", name="Bring in products").click()
    cut_off = tmp_path / "cut off.csv"
    cut_off.write_text("id,title,price,stock\np1,Chair,89.00 EUR,4\np2,Lamp,12.50 EUR,0\n")
    page.get_by_label("File with products").set_input_files(cut_off)
    page.get_by_label("The file is the whole catalogue").check()
    page.get_by_role("button", name="Bring in 2 rows").click()
    expect(page.get_by_role("progressbar", name="Products coming in")).to_be_visible()
    served.shop.engine.settle(served.shop.now)
    expect(
        page.get_by_text("The file lacks 6 of 8 products, more than half, so none of those was deleted.")
    ).to_be_visible()
    fits(page, phone, "feed-lacks")
    page.get_by_role("button", name="Delete what it lacks all the same").click()
    expect(page.get_by_role("progressbar", name="Products coming in")).to_be_visible()
    served.shop.engine.settle(served.shop.now)
    expect(page.get_by_text("6 products that it lacks are deleted.")).to_be_visible()
    page.goto(served.address + "/catalogue")
    expect(page.get_by_text("2 products, 1 sold out")).to_be_visible()
    # a field that is still being kept when its file is started is refused, and was handed in with the start
    assert [said for said in complaints if "inline style" not in said and "422" not in said] == []
