"""Drafts, publishing, the gallery and one person's run, without a browser."""

import re
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import PASSWORD, Site, called, csrf, post

from antiphon.store.audit import Actor
from antiphon.web.accounts import users

EDIT = "/journeys/carts/edit"
SOURCE = """\
journey: carts
name: Carts
trigger: {event: Cart Abandoned, key: abandonment_id, max_lateness: 4h}
reentry: {mode: each_key}
exits:
  - {event: Order Completed, match: cart_id}

steps:
  - id: reach
    type: branch
    note: Which channel?
    paths:
      - name: Texts
        if: {kind: consent, channel: sms}
        next: first-touch
    otherwise: rest-2

  - id: first-touch
    type: message
    note: First touch
    channels: [sms]
    purpose: cart
    content:
      sms: {text: "Your cart is saved: {{ cart_url }}"}

  - id: rest-1
    type: wait
    for: 4h
    next: last-touch

  - id: rest-2
    type: wait
    for: 1h

  - id: last-touch
    type: message
    channels: [email]
    content:
      email: {subject: Your cart, mjml: "<mj-section><mj-column><mj-text>It is saved</mj-text></mj-column></mj-section>"}
"""


@pytest.fixture
def busy(site: Site, shop: ShopUnderTest) -> ShopUnderTest:
    """Ann left a cart and is on her way."""
    shop.publish(SOURCE)
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=2), timedelta(minutes=30))
    site.now = shop.now
    return shop


def changes(browser: TestClient, token: str, source: str, op: dict[str, Any] | None, base: int = 1) -> Any:
    fields = {"csrf": token, "source": source, "base": str(base), "op": orjson.dumps(op).decode() if op else ""}
    return browser.post("/journeys/carts/draft", data=fields)


def somebody(site: Site, role: str) -> TestClient:
    """A second user."""
    path = users.invite(site.db, role.title(), f"{role}@example.com", role, Actor("test"), site.now)
    browser = site.browser()
    fields = {"password": PASSWORD, "again": PASSWORD, "csrf": csrf(browser.get(path).text)}
    assert browser.post(path, data=fields).status_code == 303
    return browser


def token_of(browser: TestClient) -> str:
    return csrf(browser.get("/account").text)


WAIT = {"do": "put", "step": "rest-1", "values": {"id": "rest-1", "type": "wait", "for": "5h"}}


def test_a_draft_is_kept_reviewed_and_published(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    token = token_of(owner)
    assert "data-canvas" in owner.get(EDIT).text
    answer = changes(owner, token, SOURCE, WAIT).json()
    assert answer["state"]["changes"] == {"rest-1": "changed"}
    assert answer["state"]["problems"] == []
    assert "Waits 5 hours" in owner.get(EDIT).text  # a reload finds it
    review = owner.post("/journeys/carts/review", data={"csrf": token}).json()["html"]
    assert "How long: 4 hours → 5 hours" in review
    assert "1 person finishes on version 1" in review
    done = owner.post("/journeys/carts/publish", data={"csrf": token, "activate": "yes"})
    assert done.json() == {"address": "/journeys/carts"}
    assert site.woken
    assert busy.one("SELECT max(number) FROM journey_version") == 2
    assert busy.one("SELECT count(*) FROM journey_draft") == 0
    assert busy.one("SELECT version FROM run") == busy.one("SELECT id FROM journey_version WHERE number = 1")
    page = owner.get("/journeys/carts/changes?since=1&until=2").text
    assert "How long: 4 hours → 5 hours" in page
    told = busy.one("SELECT after ->> 'number' FROM audit WHERE what = 'journey published' AND kind = 'user'")
    assert told == "2"


def test_two_publish_at_once_and_the_second_is_told(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    other = somebody(site, "manager")
    first, second = token_of(owner), token_of(other)
    changes(owner, first, SOURCE, WAIT)
    changes(other, second, SOURCE, {"do": "remove", "step": "rest-2"})
    assert "is changing this journey as well" in other.get(EDIT).text
    assert owner.post("/journeys/carts/publish", data={"csrf": first, "activate": "yes"}).status_code == 200
    refused = other.post("/journeys/carts/publish", data={"csrf": second, "activate": "yes"})
    assert refused.status_code == 409
    assert "version 2 was published since" in refused.json()["error"]
    assert busy.one("SELECT max(number) FROM journey_version") == 2
    review = other.post("/journeys/carts/review", data={"csrf": second}).json()["html"]
    assert "owner@example.com published version 2" in review
    assert "data-publish" not in review
    assert post(other, "/account", "/journeys/carts/rebase").status_code == 303
    assert other.post("/journeys/carts/publish", data={"csrf": second, "activate": "yes"}).status_code == 200
    assert busy.one("SELECT max(number) FROM journey_version") == 3


def test_a_draft_that_cannot_run_is_kept_and_not_published(busy: ShopUnderTest, owner: TestClient) -> None:
    token = token_of(owner)
    add = {"do": "add", "type": "message", "behind": "rest-1", "slot": ["next"]}
    state = changes(owner, token, SOURCE, add).json()["state"]
    assert [one["step"] for one in state["problems"] if not one["warning"]] == ["message"]
    assert "data-publish" not in owner.post("/journeys/carts/review", data={"csrf": token}).json()["html"]
    refused = owner.post("/journeys/carts/publish", data={"csrf": token, "activate": "yes"})
    assert refused.status_code == 409
    assert "content.email" in refused.json()["error"]
    unreadable = changes(owner, token, "steps: [", None).json()["state"]
    assert unreadable["readable"] is False
    assert unreadable["problems"]
    nowhere = changes(owner, token, SOURCE, {"do": "remove", "step": "nowhere"})
    assert (nowhere.status_code, nowhere.json()["error"]) == (422, "There is no step `nowhere`.")
    strange = changes(owner, token, SOURCE, {"do": "fly"})
    assert strange.status_code == 422
    assert changes(owner, token, SOURCE, None).json()["state"]["saved"] is False  # as the version is: nothing to keep
    assert busy.one("SELECT count(*) FROM journey_draft") == 0


def test_what_this_shop_lacks_is_said(busy: ShopUnderTest, owner: TestClient) -> None:
    token = token_of(owner)
    op = {"do": "put", "step": "rest-1", "values": {"id": "rest-1", "type": "offer", "offer": "spring"}}
    assert any(
        "there is no offer `spring`" in one["what"]
        for one in changes(owner, token, SOURCE, op).json()["state"]["problems"]
    )
    renamed = changes(owner, token, SOURCE.replace("journey: carts", "journey: other"), None)
    assert "keeps its name" in renamed.json()["state"]["problems"][0]["hint"]


def test_a_new_journey_is_begun(busy: ShopUnderTest, owner: TestClient) -> None:
    fields = {"name": "Hello: you", "slug": "hello", "event": 'Order "Completed"'}
    done = post(owner, "/journeys/new", "/journeys/new", **fields)
    assert done.headers["location"] == "/journeys/hello/edit"
    assert "Hello: you" in owner.get("/journeys/hello/edit").text
    assert "You have a draft of this name" in post(owner, "/journeys/new", "/journeys/new", **fields).text
    taken = post(owner, "/journeys/new", "/journeys/new", **fields | {"slug": "carts"})
    assert "There is a journey of this name" in taken.text
    assert post(owner, "/journeys/new", "/journeys/new", name="", slug="A b", event="").status_code == 422
    assert post(owner, "/account", "/journeys/hello/discard").headers["location"] == "/journeys"
    assert owner.get("/journeys/hello/edit").status_code == 404


def test_a_new_journey_may_start_by_anything(busy: ShopUnderTest, owner: TestClient) -> None:
    for kind, value, said in (
        ("segment", "gold", "come into the segment “gold”"),
        ("date", "birthday", "the day of the year that `birthday` says"),
        ("product", "price_drop", "on “Price Dropped”"),
    ):
        fields = {"name": kind, "slug": kind, "starts": kind, kind: value}
        assert post(owner, "/journeys/new", "/journeys/new", **fields).status_code == 303
        assert said in owner.get(f"/journeys/{kind}/edit").text
    empty = post(owner, "/journeys/new", "/journeys/new", name="N", slug="n", starts="segment", event="Signed Up")
    assert empty.status_code == 422


def test_counts_of_a_version(busy: ShopUnderTest, owner: TestClient) -> None:
    found = owner.get("/journeys/carts/counts.json?version=1").json()
    assert found["here"] == {"rest-1": 1}
    assert ["reach", "first-touch", 1] in found["taken"]
    assert owner.get("/journeys/carts/counts.json?version=9").json() == {"here": {}, "taken": []}


def test_a_playbook_is_switched_on_or_opened(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    gallery = owner.get("/journeys/playbooks").text
    assert "1 person can be reached" in gallery
    assert "Switch on: Thank you" in gallery
    assert "Who enters goes one of these ways" in gallery
    assert "In the sandbox: " in gallery, "a sender for a rehearsal is no missing one"
    done = post(owner, "/journeys/playbooks", "/journeys/playbooks/thank-you/on")
    assert done.headers["location"] == "/journeys/thank-you"
    assert busy.one("SELECT state FROM journey WHERE slug = 'thank-you'") == "active"
    again = post(owner, "/journeys/playbooks", "/journeys/playbooks/thank-you/on")
    assert again.status_code == 409
    assert "there already" in again.text
    assert "Switch on: Thank you" not in owner.get("/journeys/playbooks").text
    opened = post(owner, "/journeys/playbooks", "/journeys/playbooks/abandoned-cart/draft")
    assert opened.headers["location"] == "/journeys/abandoned-cart/edit"
    assert "data-canvas" in owner.get("/journeys/abandoned-cart/edit").text
    assert post(owner, "/journeys/playbooks", "/journeys/playbooks/nowhere/on").status_code == 404
    analyst = somebody(site, "analyst")
    assert "Switch on" not in analyst.get("/journeys/playbooks").text


def test_a_run_is_seen_and_ended(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    person, run = busy.rows("SELECT person, id FROM run")[0]
    address = f"/people/{person}/runs/{run}"
    assert address in owner.get(f"/people/{person}").text
    page = owner.get(address).text
    for words in ("Waits 4 hours", "First touch", "Went “Texts”", "Why, and what it says", "End this run"):
        assert words in page, words
    assert owner.get("/people/at/carts/rest-1?version=1").json() == [{"name": "Ann", "address": address}]
    assert owner.get("/people/at/carts/rest-2").json() == []
    assert owner.get(f"/people/{person}/runs/1").status_code == 404
    done = post(owner, address, f"{address}/end")
    assert done.headers["location"] == address
    assert busy.rows("SELECT step, outcome FROM run_done") == [("rest-1", "cancelled")]
    assert busy.one("SELECT count(*) FROM run") == 0
    ended = owner.get(address).text
    assert "Cancelled" in ended
    assert "End this run" not in ended
    assert post(owner, "/account", f"{address}/end").status_code == 409
    assert busy.one("SELECT who FROM audit WHERE what = 'run ended by hand'") == "owner@example.com"
    before = busy.one("SELECT count(*) FROM outbox")
    busy.passes(timedelta(days=3), timedelta(hours=6))
    assert busy.one("SELECT count(*) FROM outbox") == before  # nothing more is planned


def test_a_masked_viewer_sees_the_way_without_whose_it_is(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    busy.knows("ann", firstName="Anastasia")
    busy.settle()
    analyst = somebody(site, "analyst")
    users.set_masking(site.db, True, Actor("test"), site.now)
    person, run = busy.rows("SELECT person, id FROM run")[0]
    page = analyst.get(f"/people/{person}/runs/{run}").text
    assert "Waits 4 hours" in page
    for secret in ("Anastasia", "ann@example.com", "5550101", "/messages/"):
        assert secret not in page, secret


def test_a_goal_and_a_cap_stand_on_the_page_and_in_the_api(site: Site, shop: ShopUnderTest) -> None:
    shop.publish(
        "journey: asks\nname: Asks\ntrigger: {event: Started}\n"
        "goal: {event: Order Completed, within: 7d, exit: true}\ncaps: {messages: 1, per: 1d}\n"
        "steps:\n  - {id: rest, type: wait, for: 1d}\n"
    )
    for who in ("ann", "bob", "cem"):
        shop.does(who, "Started")
    shop.settle()
    shop.does("ann", "Order Completed", order_id="o1")
    shop.settle()
    page = " ".join(site.owner().get("/journeys/asks").text.split())
    assert "“Order Completed” within 7 days of entering, which ends the run" in page
    assert re.search(r">1</strong> of <span[^>]*>3</span> who entered reached it.*\(33\.3 %\)", page)
    assert "One message of this journey to one person in 1 day at most" in page
    (told,) = called(site, "journeys:write").get("/api/v1/journeys").json()["journeys"]
    assert told["goal"] == {"event": "Order Completed", "within": "7d", "exit": True, "entered": 3, "reached": 1}


def test_a_journey_is_archived_and_published_again(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    busy.reachable("bob", "bob@example.com", "+12125550102")
    busy.reachable("cem", "cem@example.com", "+12125550103")
    page = " ".join(owner.get("/journeys/carts").text.split())
    assert "Archive Carts?" in page
    assert "1 person is in it now" in page
    assert "/journeys/carts/again" not in page
    assert post(owner, "/journeys/carts", "/journeys/carts/archive").status_code == 303
    early = post(owner, "/journeys/carts", "/journeys/carts/again")
    assert "still being ended for 1 person" in early.text
    assert busy.rows("SELECT state FROM journey") == [("archived",)]
    busy.settle()
    assert busy.rows("SELECT count(*) FROM run")[0][0] == 0
    busy.leaves_cart("bob", "c2")
    busy.passes(timedelta(hours=2), timedelta(minutes=30))
    assert busy.rows("SELECT count(*) FROM run")[0][0] == 0
    page = owner.get("/journeys/carts").text
    assert "Archive Carts?" not in page
    assert "Publish again" in page
    assert post(owner, "/journeys/carts", "/journeys/carts/again").status_code == 303
    assert busy.rows("SELECT j.state, v.number FROM journey j JOIN journey_version v ON v.id = j.version") == [
        ("active", 1)
    ]
    busy.leaves_cart("cem", "c3")
    busy.passes(timedelta(hours=2), timedelta(minutes=30))
    assert busy.rows("SELECT count(*) FROM run")[0][0] == 1


def test_the_question_before_archiving_counts_every_version(busy: ShopUnderTest, owner: TestClient) -> None:
    busy.publish(SOURCE.replace("name: Carts", "name: Carts again"))
    busy.reachable("bob", "bob@example.com", "+12125550102")
    busy.leaves_cart("bob", "c2")
    busy.passes(timedelta(hours=2), timedelta(minutes=30))
    assert busy.rows("SELECT count(DISTINCT version) FROM run") == [(2,)]
    for page in ("/journeys/carts", "/journeys/carts?version=1"):
        assert "2 people are in it now" in " ".join(owner.get(page).text.split())


def test_a_viewer_archives_nothing(site: Site, busy: ShopUnderTest, owner: TestClient) -> None:
    analyst = somebody(site, "analyst")
    page = analyst.get("/journeys/carts").text
    assert "Archive" not in page
    fields = {"csrf": csrf(page)}
    assert analyst.post("/journeys/carts/archive", data=fields).status_code == 403
    assert busy.rows("SELECT state FROM journey") == [("active",)]


def test_a_message_of_the_way_tells_its_channels(busy: ShopUnderTest, owner: TestClient) -> None:
    page = owner.get("/journeys/carts").text
    first, last = (page.index(f'id="step-{name}"') for name in ("first-touch", "last-touch"))
    assert "text-sms" in page[first : first + 600]
    assert "text-email" in page[last : last + 600]
