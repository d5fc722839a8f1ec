"""Every page, with nothing and with something to show."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.web.paging import Cursor

PAGES = {
    "/": "No events yet",
    "/people": "Nobody is known yet",
    "/people?q=ann": "Nobody found for “ann”",
    "/journeys": "No journey yet",
    "/messages": "No messages yet",
    "/messages?channel=sms": "No message like this",
    "/messages?state=not-written": "Nobody was passed over",
    "/sandbox": "No email yet",
    "/sandbox/texts": "No text yet",
    "/delivery": "Everything could be read",
    "/settings": "Write keys",
}


def test_a_page_with_nothing_says_the_next_step(owner: TestClient) -> None:
    for address, words in PAGES.items():
        page = owner.get(address)
        assert page.status_code == 200, address
        assert words in page.text, address


def test_no_page_is_open_to_strangers(site: Site, owner: TestClient) -> None:
    stranger = site.browser()
    for address in PAGES:
        assert owner.get(address).status_code == 200, address
        assert stranger.get(address).headers["location"].startswith("/sign-in"), address
        part = stranger.get(address, headers={"HX-Request": "true"})
        assert part.headers["hx-redirect"].startswith("/sign-in"), address
        assert "Antiphon" not in part.text, address


def test_headers_forbid_what_pages_do_not_need(owner: TestClient) -> None:
    headers = owner.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_assets_are_kept_by_browsers_because_their_names_change(owner: TestClient) -> None:
    page = owner.get("/").text
    for mark in ('src="/static', 'rel="stylesheet" href="/static'):
        start = page.index(mark) + mark.index("/static")
        address = page[start : page.index('"', start)]
        asset = owner.get(address)
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert owner.get("/static/dist/none-12345678.js").status_code == 404


def test_a_wrong_address_is_a_page_too(owner: TestClient) -> None:
    for address in ("/nowhere", "/people/7", "/journeys/none", "/messages/1.2", "/messages/x", "/people?before=%FF"):
        page = owner.get(address)
        assert page.status_code in {400, 404}
        assert "<h1" in page.text
        assert "Go to Today" in page.text
    assert owner.get("/people/9999999999999999999999").status_code == 404
    assert owner.get("/sandbox/email/1.²").status_code == 404, "a digit that is no number"


def test_a_place_behind_every_row_is_a_wrong_address(owner: TestClient) -> None:
    place = Cursor(NOON, 2**63)
    for address in ("/people", "/messages", "/messages?state=not-written", "/sandbox", "/delivery"):
        page = owner.get(address, params={"before": str(place)} | dict(parse_qsl(urlsplit(address).query)))
        assert page.status_code == 400, address
        assert "Go back to the start of the list" in page.text, address


def test_whoever_watches_the_process_needs_no_account(site: Site) -> None:
    assert site.browser().get("/healthz").text == "ok"


def test_a_cart_shows_everywhere(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=6))
    site.now = shop.now
    assert "In journeys" in owner.get("/").text
    people = owner.get("/people").text
    assert "ann@example.com" in people
    person = re.findall(r"/people/\d+", people)[0]
    page = owner.get(person).text
    for words in (
        "Cart Abandoned",
        "Entered Abandoned cart",
        "Chose text",
        "Text sent",
        "Email sent",
        "Subscribed to texts",
        "New York, their time",
    ):
        assert words in page, words
    messages_alone = owner.get(f"{person}?kind=message").text
    assert messages_alone.count("Cart Abandoned") == 1, "among what is counted, and not in the timeline"
    journey = owner.get("/journeys/abandoned-cart").text
    assert "A text within the hour" in journey
    messages = owner.get("/messages?channel=sms&journey=abandoned-cart&state=accepted").text
    key = messages[messages.index('href="/messages/') + 6 :].split('"')[0]
    message = owner.get(key).text
    for words in ("Why", "As it went out.", "Handed to the sender", "STOP", "Abandoned cart"):
        assert words in message, words
    assert "+12125550101" in owner.get("/sandbox/texts").text
    assert "ann@example.com" in owner.get("/sandbox").text


def test_an_email_stands_in_a_frame_that_can_do_nothing(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=3))
    site.now = shop.now
    sent = shop.rows("SELECT abucket, id, message, html FROM sandbox_message WHERE html LIKE '%/o/%'")[0]
    for frame in (f"/sandbox/email/{sent.abucket}.{sent.id}", f"/messages/{sent.abucket}.{sent.message}/email"):
        assert "/o/" not in owner.get(frame).text, "a look here is no open of the person's"
    with shop.db.begin("test") as connection:
        connection.execute(
            text("UPDATE sandbox_message SET html = '<html><head></head><body><script>1</script>Hi</body></html>'")
        )
        row = connection.execute(text("SELECT abucket, id, message FROM sandbox_message")).first()
    assert row
    seen = owner.get(f"/sandbox/email/{row.abucket}.{row.id}")
    assert "sandbox allow-same-origin allow-popups" in seen.headers["content-security-policy"]
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert '<head><base target="_blank">' in seen.text
    looked = owner.get(f"/messages/{row.abucket}.{row.message}/email").headers["content-security-policy"]
    assert "allow-popups" not in looked
    assert "allow-scripts" not in looked


def test_what_wants_attention_is_said(shop: ShopUnderTest, owner: TestClient) -> None:
    version = shop.playbook("abandoned-cart")
    with shop.db.begin("test") as connection:
        connection.execute(
            text("UPDATE journey_version SET held_at = :now, held_error = 'no such column' WHERE id = :id"),
            {"now": NOON, "id": version},
        )
        connection.execute(
            text("UPDATE sender SET paused_until = :until, error = 'no answer' WHERE id = 'email'"),
            {"until": NOON + timedelta(hours=1)},
        )
    page = owner.get("/").text
    assert "Version 1 of Abandoned cart is held" in page
    assert "no such column" in page
    assert "The email sender cannot reach its provider" in page
    assert "No worker is at work" in page
    assert "Release version" in owner.get("/journeys/abandoned-cart").text


@pytest.mark.parametrize("address", ["/api", "/api/v1/nothing", "/v1", "/api/v2/people"])
def test_programs_hear_of_unknown_addresses_in_json(site: Site, address: str) -> None:
    answer = site.browser().get(address)
    assert answer.status_code == 404
    assert answer.json()["error"] == "There is nothing at this address."


def test_programs_hear_which_method_an_address_takes(site: Site) -> None:
    answer = site.browser().delete("/api/v1/journeys")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["hint"] == "Send it with GET."
