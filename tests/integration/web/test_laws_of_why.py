"""The laws that held a text, on its page and as data."""

from datetime import timedelta

from fastapi.testclient import TestClient
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher
from tests.integration.delivery.test_places import lives_in
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database


def test_the_laws_that_held_a_text_stand_on_its_page_and_in_its_json(
    shop: ShopUnderTest, site: Site, owner: TestClient
) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", phone="+12125550101")
    shop.knows("ann", address={"state": "MA", "country": "US"})
    shop.leaves_cart("ann", "c1")
    shop.settle()
    shop.passes(timedelta(hours=2))
    row = shop.rows("SELECT abucket, id FROM outbox WHERE channel = 'sms'")[0]
    # it was planned for an hour when it may go; since then its person has moved
    site.now = shop.now
    page = owner.get(f"/messages/{row.abucket}.{row.id}")
    assert page.status_code == 200
    for words in ("Massachusetts", "us-ma", "United States, federal", "47 CFR 64.1200"):
        assert words in page.text, words
    found = owner.get(f"/messages/{row.abucket}.{row.id}/why.json").json()
    assert {law["id"] for law in found["laws"]} >= {"us", "us-ma"}
    massachusetts = next(law for law in found["laws"] if law["id"] == "us-ma")
    assert (massachusetts["name"], massachusetts["hours"]) == ("Massachusetts", "08:00–20:00")
    assert massachusetts["source"]
    assert massachusetts["moments_barred"] > 0
    assert found["decision"]["inputs"]["laws"] == ["us", "us-ma"]
    assert site.browser().get(f"/messages/{row.abucket}.{row.id}/why.json").status_code in {303, 401}


def test_the_law_that_made_the_gate_put_it_off_stands_in_its_history(db: Database, owner: TestClient) -> None:
    shop = Shop(db)
    shop.react(NOON)
    shop.subscribe("+12125550101")
    ann = shop.person(first_name="Ann")
    lives_in(db, ann, "US-HI")  # 7:00 there
    message = shop.plan("+12125550101", person=ann)
    with dispatcher(db) as worker:
        worker.run_once(NOON)
    key = f"{abucket_of('+12125550101')}.{message}"
    (deferred,) = owner.get(f"/messages/{key}/why.json").json()["log"]
    assert (deferred["rule"], [law["id"] for law in deferred["laws"]]) == ("quiet_hours.sms", ["us"])
    assert "Law of United States, federal" in owner.get(f"/messages/{key}").text
