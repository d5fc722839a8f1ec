"""The catalogue's pages and its API."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.catalogue.interests import interested
from tests.integration.web.conftest import Site, called, csrf, post

from antiphon.catalogue.telling import tell
from antiphon.catalogue.words import read_word
from antiphon.catalogue.writing import take_words
from antiphon.intake.feeds.running import run_feeds

LAMP = {"id": "light/p1", "title": "Lamp <b>", "price": "40.00", "currency": "EUR", "stock": 9, "category": ["Home"]}
FEED = "id,title,price,stock\np1,Lamp,40 EUR,3\np2,Chair,cheap,3\n"


@pytest.fixture
def api(site: Site) -> TestClient:
    return called(site, "catalogue:read", "catalogue:write")


def test_products_are_told_read_listed_and_deleted(site: Site, api: TestClient) -> None:
    told = api.post(
        "/api/v1/products", json={"products": [LAMP, {"id": "p2"}, "x", {"id": 3, "title": "Bed", "price": -1}]}
    )
    assert told.status_code == 200
    body = told.json()
    assert (body["added"], [one["index"] for one in body["refused"]]) == (1, [1, 2, 3])
    assert body["refused"][0] == {
        "index": 1,
        "id": "p2",
        "error": "it is not in the catalogue yet, so it needs a title",
    }
    again = api.post("/api/v1/products", json={"products": [LAMP]}).json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    found = api.get("/api/v1/products/light/p1").json()
    assert (found["title"], found["price"], found["stock"], found["deleted_at"]) == ("Lamp <b>", "40.00", 9, None)
    api.post("/api/v1/products", json={"products": [{"id": str(n), "title": f"Bed {n}"} for n in range(5)]})
    first = api.get("/api/v1/products", params={"limit": 3}).json()
    assert ([one["id"] for one in first["products"]], first["next"]) == (["0", "1", "2"], "2")
    rest = api.get("/api/v1/products", params={"limit": 3, "after": "2"}).json()
    assert ([one["id"] for one in rest["products"]], rest["next"]) == (["3", "4", "light/p1"], None)
    assert [one["id"] for one in api.get("/api/v1/products", params={"q": "amp <"}).json()["products"]] == ["light/p1"]
    assert not api.get("/api/v1/products", params={"q": "%"}).json()["products"]
    site.now += timedelta(minutes=1)
    assert api.delete("/api/v1/products/light/p1").json() == {"deleted": True}
    assert api.get("/api/v1/products/light/p1").json()["deleted_at"]
    assert len(api.get("/api/v1/products").json()["products"]) == 5
    assert api.delete("/api/v1/products/nothing").status_code == 404
    assert api.get("/api/v1/products/nothing").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"products": []}, {"products": [{}] * 1001}, {"products": [LAMP], "currency": "euro"}, []]
)
def test_bodies_that_are_none(api: TestClient, body: Any) -> None:
    found = api.post("/api/v1/products", json=body)
    assert found.status_code == 422
    assert found.json()["error"]


def test_what_is_refused_altogether_is_no_success(api: TestClient) -> None:
    found = api.post("/api/v1/products", json={"products": [{"id": "x"}]})
    assert found.status_code == 422
    assert "needs a title" in found.json()["error"]


def test_each_way_needs_its_scope(site: Site) -> None:
    reader = called(site, "catalogue:read", name="reader")
    assert reader.post("/api/v1/products", json={"products": [LAMP]}).status_code == 403
    assert reader.delete("/api/v1/products/p1").status_code == 403
    writer = called(site, "catalogue:write", name="writer")
    assert writer.get("/api/v1/products").status_code == 403
    assert writer.get("/api/v1/products/p1").status_code == 403
    assert site.browser().get("/api/v1/products").status_code == 401


def test_pages_of_an_empty_catalogue(site: Site) -> None:
    owner = site.owner()
    assert "No products yet" in owner.get("/catalogue").text
    assert "No file was handed in yet" in owner.get("/catalogue/feeds").text
    assert owner.get("/catalogue/products/none").status_code == 404
    assert owner.get("/catalogue/feeds/99999999999999999999").status_code == 404


def test_a_product_with_its_history_and_who_was_told(site: Site) -> None:
    db = site.db
    take_words(db, [read_word(LAMP)], site.now - timedelta(days=3))
    interested(db, 1, "light/p1", "viewed", site.now - timedelta(days=2))
    take_words(db, [read_word({"id": "light/p1", "price": 30, "variants": [{"id": "v1", "sku": "S-1"}]})], site.now)
    while tell(db, site.now).more:
        pass
    owner = site.owner()
    body = owner.get("/catalogue/products/light/p1").text
    assert "Lamp &lt;b&gt;" in body
    for words in ("€40.00 to €30.00", "Price dropped", "Told", "1 viewed", "S-1", "<polyline"):
        assert words in body, words
    listed = owner.get("/catalogue?q=lamp").text
    assert 'href="/catalogue/products/light/p1"' in listed
    assert "<polyline" in listed
    assert "No product found" in owner.get("/catalogue?q=chair").text
    assert "No product found" in owner.get("/catalogue?stock=out").text
    assert owner.get("/catalogue?after=broken").status_code == 400


def test_pages_go_on_where_the_one_before_ended(site: Site) -> None:
    take_words(site.db, [read_word({"id": f"p{n:03}", "title": "Same"}) for n in range(120)], site.now)
    owner = site.owner()
    seen: list[str] = []
    address = "/catalogue"
    for _ in range(3):
        body = owner.get(address).text
        seen += [part.split('"')[0] for part in body.split('href="/catalogue/products/')[1:]]
        after = [part.split('"')[0] for part in body.split('href="/catalogue?after=')[1:]]
        address = f"/catalogue?after={after[0]}" if after else ""
    assert seen == [f"p{n:03}" for n in range(120)]


def test_a_feed_is_uploaded_looked_at_and_started(site: Site) -> None:
    owner = site.owner()
    token = csrf(owner.get("/catalogue/feeds").text)
    refused = owner.post("/catalogue/feeds", data={"csrf": token}, files={"file": ("a.csv", b"")})
    assert refused.status_code == 422
    assert "is empty" in refused.text
    assert owner.post("/catalogue/feeds", files={"file": ("a.csv", FEED.encode())}).status_code == 403
    sent = owner.post("/catalogue/feeds", data={"csrf": token}, files={"file": ("feed.csv", FEED.encode())})
    where = sent.headers["location"]
    body = owner.get(where).text
    for words in ("1</span> product,", "&#39;cheap&#39; is no price", "Bring in 2 rows", "Lamp"):
        assert words in body, words
    other = post(owner, where, f"{where}/mapping", **{"field-1": "vendor", "currency": "EUR"})
    assert other.status_code == 200
    assert "so it needs a title" in other.text  # as it will be refused
    wrong = post(owner, where, f"{where}/mapping", **{"field-1": "id"})
    assert "cannot both be" in wrong.text
    started = post(owner, where, f"{where}/start", mapped="1", **{"field-1": "title"})
    assert (started.status_code, site.woken) == (303, 1)
    assert "of 2 rows" in owner.get(where).text
    while run_feeds(site.db, site.now):
        pass
    done = owner.get(where).text
    assert "1</span> product is new" in done
    report = owner.get(f"{where}/report.csv").text
    assert "3,p2,price: 'cheap' is no price" in report
    assert "feed.csv" in owner.get("/catalogue/feeds").text


def test_settings_are_kept_or_said_to_be_wrong(site: Site) -> None:
    owner = site.owner()
    assert (
        post(owner, "/catalogue", "/catalogue/settings", low_stock="3").headers["location"]
        == "/catalogue?done=settings"
    )
    assert 'value="3"' in owner.get("/catalogue").text
    wrong = post(owner, "/catalogue", "/catalogue/settings", drop_percent="150")
    assert wrong.status_code == 422
    assert "drop_percent is not possible" in wrong.text
