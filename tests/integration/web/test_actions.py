"""What pages change: journeys, answers in the Sandbox, settings, clicks and opt-outs."""

import re
import socket
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, post

from antiphon.decisions.settings import brand_settings

BRAND = {
    "brand": "Lamps & Co",
    "from_name": "Lamps",
    "from_email": "hello@lamps.example",
    "from_phone": "(718) 555-0199",
    "postal_address": "1 Dock Street",
    "zone": "Europe/Dublin",
    "base_url": "https://lamps.example/",
}


def test_a_journey_is_paused_and_switched_on(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    shop.playbook("thank-you")
    slug = shop.one("SELECT slug FROM journey")
    assert post(owner, f"/journeys/{slug}", f"/journeys/{slug}/pause").status_code == 303
    assert "Switch journey on" in owner.get(f"/journeys/{slug}").text
    assert shop.one("SELECT state FROM journey") == "paused"
    assert post(owner, f"/journeys/{slug}", f"/journeys/{slug}/resume").status_code == 303
    assert shop.one("SELECT state FROM journey") == "active"
    done = shop.rows("SELECT kind, created_by, error FROM command ORDER BY id")
    assert [tuple(row) for row in done] == [
        ("journey.pause", "owner@example.com", None),
        ("journey.resume", "owner@example.com", None),
    ]
    assert site.woken == 2


def test_stop_in_the_sandbox_opts_the_number_out(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=1))
    site.now = shop.now
    answer = post(owner, "/sandbox/texts", "/sandbox/texts", number="+12125550101", body="Stop please")
    assert answer.headers["location"] == "/sandbox/texts?number=%2B12125550101"
    assert "Stop please" in owner.get(answer.headers["location"]).text
    assert shop.one("SELECT reason FROM suppression WHERE address = '+12125550101'") == "stop"
    shop.passes(timedelta(minutes=10))
    person = shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    page = owner.get(f"/people/{person}").text
    assert "Opted out (stop)" in page
    assert "Unsubscribed from texts" in page
    assert "SMS Unsubscribed" in page


def test_only_a_phone_number_can_answer(owner: TestClient) -> None:
    answer = owner.post("/sandbox/texts", data={"number": "12", "body": "hi", "csrf": _token(owner)})
    assert answer.status_code == 400
    assert "is not a phone number" in answer.text


def _token(owner: TestClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', owner.get("/").text)
    assert found
    return found[1]


def test_the_brand_is_saved_as_it_is_compared(site: Site, owner: TestClient) -> None:
    assert post(owner, "/settings", "/settings/brand", **BRAND).headers["location"] == "/settings?saved=brand#brand"
    with site.db.read() as connection:
        row = connection.execute(text("SELECT name, from_phone, base_url, postal_address FROM brand")).one()
        who = connection.execute(text("SELECT who FROM audit WHERE what = 'brand saved'")).scalar_one()
    assert tuple(row) == ("Lamps & Co", "+17185550199", "https://lamps.example", "1 Dock Street")
    assert who == "owner@example.com"
    page = owner.get("/settings").text
    assert 'value="Europe/Dublin"' in page
    assert "Lamps &amp; Co" in page


def test_a_brand_says_whether_orders_imply_anything(site: Site, owner: TestClient) -> None:
    def chosen() -> tuple[bool, str]:
        with site.db.read() as connection:
            stored = connection.execute(text("SELECT settings FROM brand")).scalar_one()
        found = re.search(r'<option value="(yes|no)" selected>Impl', owner.get("/settings").text)
        assert found
        return brand_settings(stored).implied_from_orders, found[1]

    assert chosen() == (True, "yes")
    post(owner, "/settings", "/settings/brand", **BRAND, implied="no")
    assert chosen() == (False, "no")
    post(owner, "/settings", "/settings/brand", **BRAND, implied="yes")
    assert chosen() == (True, "yes")
    assert post(owner, "/settings", "/settings/brand", **BRAND, implied="maybe").status_code == 422


def test_a_wrong_brand_changes_nothing(site: Site, owner: TestClient) -> None:
    wrong = BRAND | {"from_phone": "12", "base_url": "lamps", "from_email": "x"}
    answer = post(owner, "/settings", "/settings/brand", **wrong)
    assert answer.status_code == 422
    for field in ("from_phone", "base_url", "from_email"):
        assert f'id="{field}-error"' in answer.text
    assert 'value="Lamps &amp; Co"' in answer.text
    with site.db.read() as connection:
        assert connection.execute(text("SELECT name FROM brand")).scalar_one() == "My shop"


def _sender(site: Site) -> tuple[str, dict[str, object]]:
    with site.db.read() as connection:
        row = connection.execute(text("SELECT provider, settings FROM sender WHERE id = 'email'")).one()
    return row.provider, row.settings


def test_a_mail_server_is_asked_before_it_is_saved(site: Site, owner: TestClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    fields = {"provider": "smtp", "host": "127.0.0.1", "port": str(port), "tls": "none", "rate": "5"}
    answer = post(owner, "/settings", "/settings/sender", **fields)
    assert answer.status_code == 422
    assert "Nothing was saved." in answer.text
    assert _sender(site) == ("sandbox", {})
    answer = post(owner, "/settings", "/settings/sender", provider="smtp", rate="5")
    assert "A mail server has a name" in answer.text


def test_a_write_key_is_shown_once_works_and_is_revoked(site: Site, owner: TestClient) -> None:
    page = post(owner, "/settings", "/settings/sources", name="web shop").text
    found = re.search(r'data-copy="(ak_[^"]+)"', page)
    assert found
    key = found[1]
    assert key not in owner.get("/settings").text
    event = {"userId": "C1", "event": "Product Viewed", "properties": {}}
    assert site.browser().post("/v1/track", json=event, auth=(key, "")).status_code == 200
    again = post(owner, "/settings", "/settings/sources", name="web shop")
    assert again.status_code == 422
    assert "There is a key of this name" in again.text
    assert post(owner, "/settings", "/settings/sources", name="pixel", scope="all").status_code == 422
    assert "Events only" in post(owner, "/settings", "/settings/sources", name="pixel", scope="events").text
    assert post(owner, "/settings", "/settings/sources/1/revoke").status_code == 303
    assert "Revoked" in owner.get("/settings").text


def test_a_click_and_a_one_click_opt_out_reach_intake(shop: ShopUnderTest, site: Site) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=3))
    site.now = shop.now
    html = shop.one("SELECT html FROM sandbox_message LIMIT 1")
    click = re.search(r"https://shop\.example(/c/[\w-]+)", html)
    leave = re.search(r"https://shop\.example(/u/[\w-]+)", html)
    assert click
    assert leave
    reader = site.browser()
    person = {
        "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) Safari/604.1",
        "accept": "text/html",
        "accept-language": "en",
    }
    assert reader.get(click[1], headers=person).status_code == 302
    shop.now = site.now + timedelta(seconds=3)
    shop.settle()
    assert shop.one("SELECT props->>'class' FROM event WHERE name = 'Email Clicked'") == "human"
    assert reader.post(leave[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert shop.one("SELECT reason FROM suppression WHERE address = 'ann@example.com'") == "one-click"
    assert site.woken == 2
