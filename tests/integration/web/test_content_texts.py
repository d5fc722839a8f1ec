"""Texts are tried on people: what it costs, what it says, and what is wrong with it."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import csrf, post

from antiphon.catalogue.offers.managing import checked, delete, save
from antiphon.journeys.playbooks import playbooks
from antiphon.store.audit import COMMAND_LINE

PAGE = "/content/texts"


def inspected(browser: TestClient, words: str, **fields: Any) -> str:
    token = csrf(browser.get(PAGE).text)
    form = {"text": words, "purpose": "marketing", "people": "1000"} | fields
    found = browser.post(f"{PAGE}/inspect", data=form, headers={"x-csrf-token": token, "hx-request": "true"})
    assert found.status_code == 200, found.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.text)).split())


@pytest.fixture
def told(shop: ShopUnderTest) -> ShopUnderTest:
    """Two people who get texts, one of whom left a cart, and one who does not."""
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.knows("ann", first_name="Ann")
    shop.reachable("lucja", "lucja@example.com", "+48512345678")
    shop.knows("lucja", first_name="Łucja")
    shop.reachable("bo", "bo@example.com")
    shop.does("ann", "Cart Abandoned", cart_url="https://shop.example/cart/1")
    shop.settle()
    return shop


def test_without_anybody_a_text_is_tried_on_somebody_made_up(owner: TestClient) -> None:
    page = owner.get(PAGE)
    assert "Nobody gets texts yet" in page.text
    assert owner.get("/content").headers["location"] == PAGE
    said = inspected(owner, "Hi {{ person.first_name }}, sale “today”")
    assert "1 segment" in said
    assert "Hi Ann, sale “today”" in said
    assert "Write something" in inspected(owner, "  ")


def test_a_text_is_counted_on_everybody_and_costs_by_country(told: ShopUnderTest, owner: TestClient) -> None:
    page = owner.get(PAGE).text
    assert "bo@example.com" not in page
    assert 'value="2"' in page, "two people get texts"
    assert post(owner, "/settings", "/settings/prices", price="0.01", prices="pl 0.05\n").status_code == 303
    said = inspected(owner, "Hi {{ person.first_name }}" + ", it is here" * 4)
    # Ann: 1 segment of 1 cent; Łucja: UCS-2, 2 segments of 5 cents
    assert "For 1,000 people $55.00 $0.0550 each" in said
    assert "Least 1 segments Median 1 of 2 people Most 2 never over 2" in said
    assert "50% need 1 segment, 50% need 2 segments." in said
    lucja = next(
        key for key, name in re.findall(r'<option value="(\d+\.\d+)">([^<]+)', page) if name.startswith("Łucja")
    )
    hers = inspected(owner, "Hi {{ person.first_name }}" + ", it is here" * 4, person=lucja)
    assert "A segment holds 70 units instead of 160, because of Ł" in hers
    assert "Where it is cut" in hers
    assert "is added: 22 units with its line end, $25.00 of the whole cost" in hers


def test_a_step_is_loaded_with_its_occasion(told: ShopUnderTest, owner: TestClient) -> None:
    page = owner.get(PAGE, params={"step": "abandoned-cart/only-text"}).text
    assert "your cart" in unescape(page).lower() or "cart" in page
    assert 'href="/journeys/abandoned-cart#step-only-text"' in page
    assert "/c/" in page, "only those who left a cart are asked, and its link is short"
    assert "of 1 people" in page
    assert owner.get(PAGE, params={"step": "none/none"}).status_code == 200


def test_a_text_of_an_older_version_is_opened(told: ShopUnderTest, owner: TestClient) -> None:
    first = playbooks()["abandoned-cart"]
    told.publish(first.replace("still waiting.", "still with us."))
    now = unescape(owner.get(PAGE, params={"step": "abandoned-cart/only-text"}).text)
    assert "still with us" in now
    assert "which nobody enters any more" not in now
    before = unescape(owner.get(PAGE, params={"step": "abandoned-cart/only-text", "version": "1"}).text)
    assert "still waiting. Finish here" in before
    assert "version 1, which nobody enters any more" in before
    assert '<option value="1" selected>1</option>' in before
    # a version without the step opens with its first text, one that is not there as people enter it now
    other = unescape(owner.get(PAGE, params={"step": "abandoned-cart/gone", "version": "1"}).text)
    assert "cart is saved" in other
    for odd in ("99", "x", "-1", "²"):
        assert "still with us" in owner.get(PAGE, params={"step": "abandoned-cart/only-text", "version": odd}).text
    # a journey whose texts are gone keeps them within reach
    told.publish(SILENT)
    gone = unescape(owner.get(PAGE).text)
    assert "Abandoned cart (version 2)" in gone


SILENT = """
journey: abandoned-cart
name: Abandoned cart
trigger: {event: Cart Abandoned, key: cart_id}
steps: [{id: rest, type: wait, for: 1h}]
"""


def test_codes_of_offers_are_made_up(told: ShopUnderTest, owner: TestClient) -> None:
    save(told.db, checked({"name": "spring", "title": "10 % off", "kind": "pool"}), told.now, COMMAND_LINE)
    save(
        told.db, checked({"name": "all", "title": "5 % off", "kind": "static", "code": "FIVE"}), told.now, COMMAND_LINE
    )
    assert "Take YOUR-CODE or FIVE" in inspected(owner, "Take {{ offer.spring.code }} or {{ offer.all.code }}")
    delete(told.db, "spring", told.now, COMMAND_LINE)
    assert "Take or FIVE" in inspected(owner, "Take {{ offer.spring.code }} or {{ offer.all.code }}")


def test_typography_is_made_plain_where_it_saves(told: ShopUnderTest, owner: TestClient) -> None:
    said = inspected(owner, "It’s here… " + "a" * 60)
    assert "Plain typography saves 1 segment: ’ … go out as in GSM-7" in said
    assert "It's here..." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{% if %}", "not valid Liquid"),
        ("{{ persn.name }}", "The text names persn, which does not exist"),
        ("see https://bit.ly/x", "Carriers filter texts with shorteners"),
        ("x" * 1_601, "has 1,601 characters"),
        ("{{ person.nothing }}", "The text is empty for this person"),
        ("<b>{{ 1 }}</b>", "<b>1</b>"),
    ],
)
def test_what_is_wrong_is_said(told: ShopUnderTest, owner: TestClient, words: str, said: str) -> None:
    assert said in inspected(owner, words)


def test_odd_forms_are_answered(told: ShopUnderTest, owner: TestClient) -> None:
    for fields in (
        {"people": "²"},
        {"people": "9" * 30},
        {"people": "-1"},
        {"brand": "99999"},
        {"brand": "x"},
        {"person": "7"},
    ):
        assert "1 segment" in inspected(owner, "Hi", **fields)


def test_prices_are_checked(owner: TestClient) -> None:
    for fields in (
        {"price": "x"},
        {"price": "0.01", "prices": "USA 1"},
        {"price": "0.01", "prices": "US 11"},
        {"price": ""},
    ):
        wrong = post(owner, "/settings", "/settings/prices", **fields)
        assert (wrong.status_code, "field-error" in wrong.text) == (422, True)
    assert post(owner, "/settings", "/settings/prices", price="0.02", prices="us: 0.0125\nCA=0.014").status_code == 303
    shown = owner.get("/settings").text
    assert "US 0.0125" in shown
    assert "CA 0.014" in shown
    assert 'value="0.02"' in shown


def test_links_do_not_begin_with_a_shared_shortener(owner: TestClient) -> None:
    fields = {
        "brand": "Acme", "zone": "Europe/Paris", "language": "en", "implied": "no", "from_name": "A",
        "from_email": "a@acme.example", "from_phone": "+12125550199", "postal_address": "1 Road", "base_url": "https://bit.ly",
    }  # fmt: skip
    assert "Carriers filter texts with bit.ly" in post(owner, "/settings", "/settings/brand", **fields).text
