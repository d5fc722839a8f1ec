"""Export, erasure, opt-outs by hand, retention and the API, as their pages and addresses do them."""

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, called, csrf, post

from antiphon.engine.commands import run_commands
from antiphon.intake.sources import create_source
from antiphon.privacy.retention import KINDS, read_settings, retain, save_settings, would_go
from antiphon.store.audit import Actor
from antiphon.store.db import Database
from antiphon.web.api.keys import create_key, list_keys, revoke_key
from antiphon.web.api.scopes import SCOPES

ANN = "ann@example.com"


@pytest.fixture
def ann(shop: ShopUnderTest) -> int:
    shop.playbook("abandoned-cart")
    shop.knows("ann", firstName="Ann", email=ANN)
    shop.reachable("ann", ANN, "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=2), timedelta(minutes=30))
    return int(shop.one("SELECT person FROM identifier WHERE value = 'ann'"))


def exported(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        found: dict[str, Any] = json.loads(packed.read("person.json"))
        return found


def test_everything_that_is_held_is_exported(owner: TestClient, shop: ShopUnderTest, ann: int) -> None:
    for n in range(1_200):  # more than a portion
        shop.does("ann", "Product Viewed", product_id=f"p{n}")
    shop.settle()
    answer = post(owner, f"/people/{ann}", f"/people/{ann}/export")
    assert answer.headers["content-type"] == "application/zip"
    found = exported(answer.content)
    events = [event["props"].get("product_id") for event in found["events"] if event["name"] == "Product Viewed"]
    assert len(events) == len(set(events)) == 1_200
    assert found["person"][0]["traits"]["firstName"] == "Ann"
    assert {row["address"] for row in found["ledger"]} == {ANN, "+12125550101"}
    assert found["messages"]
    assert found["message_log"]
    assert found["decisions"]
    assert shop.one("SELECT about FROM audit WHERE what = 'person exported'") == f"person {ann}"


def test_nobody_is_exported_when_there_is_nobody(owner: TestClient) -> None:
    token = csrf(owner.get("/account").text)
    assert owner.post("/people/4711/export", data={"csrf": token}).status_code == 404
    assert owner.get("/people/4711/erase").status_code == 404


def test_an_erasure_is_previewed_and_typed(owner: TestClient, shop: ShopUnderTest, ann: int) -> None:
    page = owner.get(f"/people/{ann}/erase")
    assert "waiting message" in page.text or "No message waits" in page.text
    refused = post(owner, f"/people/{ann}/erase", f"/people/{ann}/erase", confirmation="yes")
    assert refused.status_code == 422
    assert shop.one("SELECT count(*) FROM person") == 1
    done = post(owner, f"/people/{ann}/erase", f"/people/{ann}/erase", confirmation=" Erase ")
    assert "The person was erased" in done.text
    assert owner.get(f"/people/{ann}").status_code == 404
    row = shop.rows("SELECT kind, who, origin FROM audit WHERE what = 'person erased'")[0]
    assert tuple(row) == ("user", "owner@example.com", "testclient")


def test_pages_bear_what_an_erasure_leaves(owner: TestClient, shop: ShopUnderTest, ann: int) -> None:
    message = shop.rows("SELECT abucket, id FROM outbox LIMIT 1")[0]
    post(owner, f"/people/{ann}/erase", f"/people/{ann}/erase", confirmation="erase")
    for address in ("/", "/messages", f"/messages/{message.abucket}.{message.id}", "/sandbox", "/people"):
        assert owner.get(address).status_code == 200, address
    assert "erased:" not in owner.get("/messages").text


def test_an_opt_out_by_hand_holds_at_once(owner: TestClient, shop: ShopUnderTest, ann: int) -> None:
    where = f"/people/{ann}"
    assert post(owner, where, f"{where}/opt-out", channel="sms", address="+19995550100").status_code == 400
    assert post(owner, where, f"{where}/opt-out", channel="sms", address="+12125550101").status_code == 303
    assert shop.one("SELECT count(*) FROM suppression WHERE address = '+12125550101'") == 1
    assert shop.one("SELECT what FROM audit WHERE area = 'consents'") == "sms opt-out taken by hand"


def test_an_address_of_somebody_erased_shows_as_barred(owner: TestClient, shop: ShopUnderTest, ann: int) -> None:
    post(owner, f"/people/{ann}/erase", f"/people/{ann}/erase", confirmation="erase")
    shop.arrive("identify", {"userId": "again", "traits": {"email": ANN}})
    shop.settle()
    again = shop.one("SELECT person FROM identifier WHERE value = 'again'")
    assert "Opted out (erased)" in owner.get(f"/people/{again}").text


# --- API


def test_a_key_reads_one_person(site: Site, ann: int) -> None:
    api = called(site, "people:read")
    by_id = api.get(f"/api/v1/people/{ann}").json()
    assert by_id["traits"]["firstName"] == "Ann"
    assert by_id == api.get("/api/v1/people", params={"kind": "email", "value": " Ann@Example.com "}).json()
    assert by_id == api.get("/api/v1/people", params={"kind": "phone", "value": "(212) 555-0101"}).json()
    assert api.get("/api/v1/people/4711").json()["error"] == "There is no such person"
    assert api.get("/api/v1/people", params={"kind": "email", "value": "nobody@example.com"}).status_code == 404


def test_a_key_does_only_what_its_scopes_say(site: Site, ann: int) -> None:
    calls = {
        "people:read": ("GET", f"/api/v1/people/{ann}", None),
        "people:write": ("POST", "/api/v1/people", {"customer_id": "new", "traits": {"size": 3}}),
        "identity:write": ("POST", "/api/v1/verdicts/1/undo", None),
        "consents:read": ("GET", f"/api/v1/consents?channel=email&address={ANN}", None),
        "consents:write": ("POST", "/api/v1/opt-outs", {"channel": "email", "address": ANN}),
        "journeys:write": ("POST", "/api/v1/journeys/abandoned-cart/pause", None),
        "catalogue:read": ("GET", "/api/v1/products", None),
        "catalogue:write": ("DELETE", "/api/v1/products/none", None),
        "segments:read": ("GET", "/api/v1/segments", None),
        "segments:write": ("POST", "/api/v1/segments/none/archive", None),
        "offers:read": ("GET", "/api/v1/offers", None),
        "offers:write": ("DELETE", "/api/v1/offers/none", None),
        "campaigns:read": ("GET", "/api/v1/campaigns", None),
        "campaigns:write": ("POST", "/api/v1/campaigns/none/pause", None),
        "privacy:export": ("POST", f"/api/v1/people/{ann}/export", None),
        "privacy:erase": ("GET", "/api/v1/requests/1", None),
    }
    assert set(calls) == set(SCOPES)
    for scope in SCOPES:
        api = called(site, scope, name=scope)
        for needed, (method, path, body) in calls.items():
            status = api.request(method, path, json=body).status_code
            assert (status == 403) == (needed != scope), (scope, method, path, status)
            assert status != 401


def test_no_key_no_answer(site: Site, ann: int) -> None:
    for header in ("", "Bearer nonsense", "Basic !!!", "Bearer ap_" + "x" * 43):
        answer = site.browser().get(f"/api/v1/people/{ann}", headers={"authorization": header})
        assert answer.status_code == 401
        assert "error" in answer.json()
    api = called(site, "people:read")
    assert api.get(f"/api/v1/people/{ann}").status_code == 200
    revoke_key(site.db, "warehouse", site.now)
    assert api.get(f"/api/v1/people/{ann}").status_code == 401
    create_key(site.db, "warehouse", ["people:read"], site.now)  # the name is free again
    assert [key.revoked_at is None for key in list_keys(site.db)] == [True, False]


def test_only_a_keys_hash_is_kept(site: Site) -> None:
    key = create_key(site.db, "warehouse", ["people:read"], site.now)
    with site.db.read() as connection:
        assert key not in str(connection.execute(text("SELECT * FROM api_key")).all())


def test_an_opt_out_by_the_api_holds_when_it_is_answered(site: Site, shop: ShopUnderTest, ann: int) -> None:
    api = called(site, "consents:write", "consents:read")
    shown = {"text": "stop calling", "by": "Robin"}
    body = {"channel": "email", "address": " Ann@Example.com", "evidence": shown}
    assert api.post("/api/v1/opt-outs", json=body).status_code == 200
    assert shop.one("SELECT reason FROM suppression WHERE address = :a", a=ANN) == "api"
    assert api.get(f"/api/v1/consents?channel=email&address={ANN}").json()["suppressed_by"] == "api"
    shop.now += timedelta(days=400)  # the API keeps the database's clock
    shop.settle()
    fact = shop.rows("SELECT detail, source FROM consent_fact WHERE method = 'api' LIMIT 1")[0]
    assert (fact.detail["evidence"], fact.source) == (shown, "API key warehouse")
    assert tuple(shop.rows("SELECT kind, who FROM audit WHERE area = 'consents'")[0]) == ("key", "warehouse")
    assert api.post("/api/v1/opt-outs", json={"channel": "sms", "address": "(212) 555-0101"}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({}, 422, "channel is missing."),
        ({"channel": "fax", "address": "1"}, 422, "There is no channel 'fax'."),
        ({"channel": "email", "address": "nonsense"}, 422, "'nonsense' is not an address of email."),
        ({"channel": "sms", "address": "+1212555010\u0000"}, 422, "is not an address of sms."),
        ({"channel": "email", "address": ANN, "evidence": "no"}, 422, "evidence must be a mapping of names to values."),
        ({"channel": "email", "address": ANN, "evidence": {"a": "x" * 20_000}}, 413, "larger than 16 KB"),
    ],
)
def test_an_opt_out_that_cannot_be_read_says_why(
    site: Site, wrong: dict[str, Any], status: int, says: str, shop: ShopUnderTest
) -> None:
    answer = called(site, "consents:write").post("/api/v1/opt-outs", json=wrong)
    assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.json()
    assert shop.one("SELECT count(*) FROM suppression") == 0


def test_a_write_key_opts_nobody_out_by_the_api(site: Site, shop: ShopUnderTest) -> None:
    key = create_source(site.db, "crm", site.now)
    body = {"channel": "email", "address": ANN}
    assert site.browser().post("/api/v1/opt-outs", json=body, auth=(key, "")).status_code == 401
    assert shop.one("SELECT count(*) FROM suppression") == 0


def test_erasing_by_the_api_is_a_request_that_is_carried_out(site: Site, shop: ShopUnderTest, ann: int) -> None:
    api = called(site, "privacy:erase", "privacy:export")
    assert exported(api.post(f"/api/v1/people/{ann}/export").content)["id"] == str(ann)
    asked = api.post(f"/api/v1/people/{ann}/erase")
    assert asked.status_code == 202
    state = f"/api/v1/requests/{asked.json()['request']}"
    assert api.get(state).json()["done_at"] is None
    run_commands(site.db, site.now)
    assert api.get(state).json()["result"]["erased"] is True
    assert api.post(f"/api/v1/people/{ann}/erase").status_code == 404


def test_telling_traits_by_the_api(site: Site, shop: ShopUnderTest, ann: int) -> None:
    api = called(site, "people:write", "people:read")
    assert api.post("/api/v1/people", json={"traits": {"size": 3}}).status_code == 422
    assert api.post("/api/v1/people", json={"email": ANN, "traits": {"size": 3}}).status_code == 202
    shop.now += timedelta(days=400)  # the API keeps the database's clock
    shop.settle()
    assert api.get(f"/api/v1/people/{ann}").json()["traits"]["size"] == 3


def test_keys_are_made_and_revoked_on_their_page(owner: TestClient, site: Site) -> None:
    page = "/settings/api-keys"
    assert post(owner, page, page, name="warehouse").status_code == 422
    made = post(owner, page, page, name="warehouse", **{"scope:people:read": "on"})
    key = re.search(r"ap_[\w-]{40,}", made.text)
    assert key
    assert key[0] not in owner.get(page).text
    assert post(owner, page, page, name="warehouse", **{"scope:people:read": "on"}).status_code == 422
    assert post(owner, page, f"{page}/{list_keys(site.db)[0].id}/revoke").status_code == 303
    assert post(owner, page, f"{page}/999/revoke").status_code == 404


# --- retention


def test_what_is_too_old_goes_and_nothing_else(db: Database, shop: ShopUnderTest, ann: int) -> None:
    shop.does("ann", "Product Viewed", shop.now - timedelta(days=2_000), backfill=True, product_id="old")
    shop.does("ann", "Product Viewed", shop.now - timedelta(days=1_094), backfill=True, product_id="young")
    shop.arrive("consent", {"channel": "email", "address": ANN, "state": "perhaps"})
    shop.settle()
    before = shop.one("SELECT count(*) FROM event")
    later = shop.now + timedelta(days=400)
    with db.read() as connection:
        counted = would_go(connection, read_settings(connection), shop.now)
    assert counted["events"] == 1
    assert retain(db, shop.now) == {"events": 1}
    assert shop.one("SELECT count(*) FROM event") == before - 1
    gone = retain(db, later)
    assert gone["rejected"] == 1
    assert gone["messages"] >= 1
    assert shop.one("SELECT count(*) FROM outbox WHERE subject IS NOT NULL AND state = 'accepted'") == 0
    assert shop.one("SELECT count(*) FROM message_log WHERE to_state = 'handing' AND detail IS NOT NULL") == 0
    assert shop.one("SELECT count(*) FROM sandbox_message") == 0
    assert shop.one("SELECT count(*) FROM consent_fact") > 0
    assert retain(db, later) == {}  # nothing is done twice


def test_whole_months_are_dropped(db: Database, shop: ShopUnderTest) -> None:
    old = shop.now - timedelta(days=1_500)
    shop.does("bob", "Product Viewed", old, backfill=True)
    shop.settle()
    name = f"event_{old.year:04d}_{old.month:02d}"
    assert shop.one("SELECT to_regclass(:n)::text", n=name) == name
    assert retain(db, shop.now)["events"] == 1
    assert shop.one("SELECT to_regclass(:n)::text", n=name) is None
    shop.does("bob", "Product Viewed", old, backfill=True)  # comes again: the default partition takes it
    shop.settle()
    assert retain(db, shop.now)["events"] == 1


def test_the_audit_log_expires_like_the_rest(db: Database, shop: ShopUnderTest) -> None:
    save_settings(db, {"audit": 365}, Actor("test"), shop.now)
    assert retain(db, shop.now + timedelta(days=366))["audit"] == 1
    assert shop.one("SELECT count(*) FROM audit") == 0


def test_retention_has_bounds_and_may_be_for_ever(owner: TestClient, site: Site) -> None:
    page = "/settings/retention"
    days = {name: str(kind.days) for name, kind in KINDS.items()}
    for wrong in ("89", "-1", "many", "9" * 12):
        refused = post(owner, page, page, **(days | {"events": wrong}))
        assert refused.status_code == 422
        assert "At least 90 days" in refused.text
    assert post(owner, page, page, **(days | {"events": ""})).status_code == 303
    with site.db.read() as connection:
        assert read_settings(connection)["events"] is None
        row = connection.execute(text("SELECT before, after FROM audit WHERE what = 'retention changed'")).one()
    assert (row.before, row.after) == ({"events": 1095}, {"events": None})
