"""Campaigns by program: saved, reviewed, launched, watched, stopped, by the scopes of the key."""

from datetime import timedelta

from fastapi.testclient import TestClient
from tests.integration.campaigns.says import campaign, launched
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, called


def test_a_campaign_by_program(site: Site, shop: ShopUnderTest) -> None:
    shop.reachable("ann", email="ann@shop.example")
    shop.settle()
    program = called(site, "campaigns:read", "campaigns:write")
    made = program.put("/api/v1/campaigns/sale", json={"source": campaign()})
    assert (made.status_code, made.json()["state"]) == (200, "draft")
    early = program.post("/api/v1/campaigns/sale/launch")
    assert (early.status_code, "not reviewed" in early.json()["error"]) == (422, True)
    review = program.post("/api/v1/campaigns/sale/review").json()
    assert (review["audience"], review["channels"]["email"]["n"]) == (1, 1)
    assert program.post("/api/v1/campaigns/sale/launch").json()["launched"] is True
    assert program.post("/api/v1/campaigns/sale/launch").json()["launched"] is False
    shop.settle()
    shown = program.get("/api/v1/campaigns/sale").json()
    assert (shown["state"], shown["progress"]["planned"], shown["progress"]["email"]) == ("sending", 1, 1)
    assert program.post("/api/v1/campaigns/sale/pause").json()["state"] == "paused"
    assert program.post("/api/v1/campaigns/sale/cancel").json()["state"] == "cancelled"
    assert program.get("/api/v1/campaigns").json()["campaigns"][0]["state"] == "cancelled"
    who = shop.rows("SELECT DISTINCT kind FROM audit WHERE area = 'campaigns'")
    assert [row.kind for row in who] == ["key"]


def test_what_is_wrong_is_said(site: Site) -> None:
    program = called(site, "campaigns:read", "campaigns:write")
    other = program.put("/api/v1/campaigns/other", json={"source": campaign()})
    assert (other.status_code, "`sale`" in other.json()["error"]) == (422, True)
    broken = program.put("/api/v1/campaigns/sale", json={"source": campaign(throttle="fast")})
    assert (broken.status_code, "`throttle`" in broken.json()["error"]) == (422, True)
    assert program.get("/api/v1/campaigns/none").status_code == 404
    assert program.post("/api/v1/campaigns/none/launch").status_code == 404
    assert program.post("/api/v1/campaigns/none/review").status_code == 404
    assert program.post("/api/v1/campaigns/none/explode").status_code == 404
    saved = program.put("/api/v1/campaigns/sale", json={"source": campaign(audience="ghosts")})
    assert (saved.status_code, "ghosts" in saved.json()["error"]) == (422, True)
    reader = called(site, "campaigns:read", name="reader")
    assert reader.post("/api/v1/campaigns/sale/launch").status_code == 403
    assert called(site, "people:read", name="stranger").get("/api/v1/campaigns").status_code == 403


def test_pages_show_messages_of_campaigns(owner: TestClient, shop: ShopUnderTest) -> None:
    shop.reachable("ann", email="ann@shop.example")
    shop.settle()
    opens = (shop.now + timedelta(hours=2)).isoformat()
    launched(shop, campaign(window=f"{{from: '{opens}'}}"))
    shop.passes(timedelta(hours=1), timedelta(hours=1))
    found = shop.rows("SELECT abucket, id, person, state FROM outbox")[0]
    one = f"/messages/{found.abucket}.{found.id}"
    assert found.state == "planned"
    assert "Hi" in owner.get(f"{one}/email").text
    for address in ("/", "/messages", one, f"/people/{found.person}", "/delivery"):
        page = owner.get(address)
        assert page.status_code == 200, address
    assert "is gone" not in owner.get(one).text
