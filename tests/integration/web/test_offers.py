"""Pages and API of offers."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import asking, given, made, people
from tests.integration.web.conftest import Site, called, csrf, post

from antiphon.catalogue.offers.managing import give
from antiphon.catalogue.offers.serving import carry_on
from antiphon.kit.buckets import abucket_of
from antiphon.store.audit import COMMAND_LINE


def test_an_offer_is_made_filled_changed_and_deleted(site: Site) -> None:
    browser = site.owner()
    assert "No offer yet" in browser.get("/offers").text
    made_one = post(
        browser,
        "/offers/new",
        "/offers/new",
        name="welcome",
        title="10 % <off>",
        kind="pool",
        valid_days="7",
        remind_days="2",
    )
    assert made_one.headers["location"] == "/offers/welcome"
    wrong = post(browser, "/offers/new", "/offers/new", name="Wel come", title="x", kind="pool")
    assert wrong.status_code == 422
    assert "name" in wrong.text
    assert (
        "already"
        in post(browser, "/offers/new", "/offers/new", name="welcome", title="x", kind="static", code="X").text
    )
    looked = browser.post(
        "/offers/welcome/codes/preview",
        data={"csrf": csrf(browser.get("/offers/new").text), "codes": "A-1\na-1\n<b>"},
        files={"file": ("", b"")},
    )
    assert looked.status_code == 200
    assert "1</span> code would come in" in looked.text
    assert "&lt;b&gt;" in looked.text
    page = browser.get("/offers/welcome").text
    assert "The pool is dry" in page
    file = {"file": ("codes.csv", b"code,note\nA-1,x\nA-2,y\n")}
    brought = browser.post("/offers/welcome/codes", data={"csrf": csrf(browser.get("/offers/new").text)}, files=file)
    assert "2</span> codes came in" in brought.text
    more = post(browser, "/offers/new", "/offers/welcome/generate", count="50", length="10", prefix="HI-")
    assert "50</span> codes came in" in more.text
    assert "would hit a code" in post(browser, "/offers/new", "/offers/welcome/generate", count="1000", length="6").text
    rows = browser.get("/offers/welcome/codes.csv").text.splitlines()
    assert rows[:2] == ["code,given", "A-1,no"]
    assert len(rows) == 53
    changed = post(
        browser, "/offers/new", "/offers/welcome/edit", title="New", ends_at="2027-01-01T00:00", kind="static"
    )
    assert changed.status_code == 303
    person = people(site.db, range(1, 2))[0][1]
    give(site.db, "welcome", person, NOON, COMMAND_LINE)
    page = browser.get("/offers/welcome").text
    assert f"/people/{person}" in page
    assert "A-1" in page
    assert "New" in browser.get("/offers").text
    assert post(browser, "/offers/new", "/offers/welcome/delete").headers["location"] == "/offers"
    assert browser.get("/offers/welcome").status_code == 404


def test_what_is_used_is_not_deleted(site: Site) -> None:
    made(site.db, "ten", "static")
    made(site.db, "ladder", "steps", steps=["ten"])
    refused = post(site.owner(), "/offers/new", "/offers/ten/delete")
    assert refused.status_code == 422
    assert "used by offer ladder" in refused.text


def test_who_waits_is_told_of(site: Site) -> None:
    made(site.db, "dry")
    asking(site.db, "dry", people(site.db, range(1, 3)), dry="wait")
    with site.db.begin("test") as connection:
        connection.exec_driver_sql("UPDATE coupon_ask SET until = '2100-01-01Z'")
    carry_on(site.db, NOON)
    browser = site.owner()
    assert "2 people wait for a code" in browser.get("/offers/dry").text
    assert "pool of dry" in browser.get("/").text.lower()


def test_offers_by_program(site: Site) -> None:
    api = called(site, "offers:read", "offers:write")
    body: dict[str, Any] = {"title": "Welcome", "kind": "pool", "valid_days": 7}
    assert api.put("/api/v1/offers/welcome", json=body).json()["left"] == 0
    assert api.put("/api/v1/offers/welcome", json={**body, "kind": "static"}).status_code == 400
    filled = api.post("/api/v1/offers/welcome/codes", json={"codes": ["A-1", "A-1", "x" * 10_000, ""]}).json()
    assert (filled["added"], filled["rejected"], [one["line"] for one in filled["faults"]]) == (1, 3, [2, 3, 4])
    assert api.post("/api/v1/offers/welcome/generate", json={"count": 5}).json()["added"] == 5
    person = people(site.db, range(1, 2))[0][1]
    first = api.post("/api/v1/offers/welcome/give", json={"person": person}).json()
    assert (first["code"], first["new"]) == ("A-1", True)
    assert not api.post("/api/v1/offers/welcome/give", json={"person": person}).json()["new"]
    assert api.post("/api/v1/offers/welcome/give", json={"person": 1}).status_code == 404
    used = {"code": "a-1", "order_id": "o1", "value": 40}
    assert api.post("/api/v1/offers/redeemed", json=used).json() == {"redeemed": True, "person": str(person)}
    assert api.post("/api/v1/offers/redeemed", json=used).json()["redeemed"] is False
    assert given(site.db)[0].order_id == "o1"
    shown = api.get("/api/v1/offers/welcome").json()
    assert (shown["given"], shown["redeemed"], shown["left"]) == (1, 1, 5)
    assert [one["name"] for one in api.get("/api/v1/offers").json()["offers"]] == ["welcome"]
    assert api.delete("/api/v1/offers/welcome").json() == {"deleted": True}
    assert api.get("/api/v1/offers/welcome").status_code == 404
    assert called(site, "offers:read", name="reader").delete("/api/v1/offers/welcome").status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"title": "x"}, {"title": "x", "kind": "pool", "more": 1}, {"title": "", "kind": "pool"}]
)
def test_bodies_that_are_no_offer(site: Site, body: dict[str, Any]) -> None:
    refused = called(site, "offers:write").put("/api/v1/offers/x", json=body)
    assert refused.status_code in {400, 422}
    assert refused.json()["error"]


def test_one_person_is_given_a_code_by_hand(site: Site) -> None:
    made(site.db, "welcome", codes=2)
    bucket, person = people(site.db, range(1, 2))[0]
    with site.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO identifier (abucket, kind, value, bucket, person, first_at, last_at) "
                "VALUES (:abucket, 'email', 'ann@example.com', :bucket, :person, :at, :at)"
            ),
            {"abucket": abucket_of("ann@example.com"), "bucket": bucket, "person": person, "at": NOON},
        )
    browser = site.owner()
    for words, said in (("Ann@Example.com ", "has"), (str(person), "had already")):
        answer = post(browser, "/offers/welcome", "/offers/welcome/give", person=words)
        assert answer.status_code == 200
        assert (
            f'<a href="/people/{person}">{person}</a> {said} <code class="id break-all">WELCOME-1</code>' in answer.text
        )
    assert [row.code for row in given(site.db)] == ["WELCOME-1"]
    for words in ("nobody@example.com", "", "9" * 30, "x" * 400, "1\0"):
        refused = post(browser, "/offers/welcome", "/offers/welcome/give", person=words)
        assert refused.status_code == 422, words
        assert "Nobody is called" in refused.text
    with site.db.read() as connection:
        noted = connection.execute(text("SELECT kind, about FROM audit WHERE what = 'coupon given'")).all()
    assert [tuple(row) for row in noted] == [("user", f"person {person}")]
    made(site.db, "over", codes=1, ends_at=NOON)
    refused = post(browser, "/offers/over", "/offers/over/give", person="ann@example.com")
    assert (refused.status_code, "the offer has ended" in refused.text) == (422, True)
    api = called(site, "offers:write")
    again = api.post("/api/v1/offers/welcome/give", json={"person": "ann@example.com"}).json()
    assert (again["code"], again["new"]) == ("WELCOME-1", False)
