"""Klaviyo's own client, pointed here: profiles, events, subscriptions, and what it is told when something is wrong."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import uvicorn
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException
from tests.conftest import NOON
from tests.integration.intake.helpers import one, resolve_all, rows

from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source
from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

pytestmark = [
    pytest.mark.acceptance,
    # the client's own doing: pydantic's old names, and sockets that it leaves to the collector
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning"),
]


@dataclass(frozen=True, slots=True)
class Pointed:
    db: Database
    address: str
    client: Any

    def post(self, path: str, document: Any, key: str | None = None, **more: str) -> Any:
        headers = {"authorization": f"Klaviyo-API-Key {key or self.client.api_key}", "revision": "2024-10-15"} | more
        return httpx2.post(f"{self.address}/api/{path}", json=document, headers=headers)


@pytest.fixture
def pointed(db: Database) -> Iterator[Pointed]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        app = create_app(WebContext(db, Signer(b"x" * 32), Config(port=port)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        address = f"http://127.0.0.1:{port}"
        key = create_source(db, "klaviyo plug-in", NOON)
        yield Pointed(db, address, KlaviyoAPI(key, max_retries=0, max_delay=1, test_host=address))
        server.should_exit = True
        thread.join(15)


def profile(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": attributes}}


def event(metric: str, **attributes: Any) -> dict[str, Any]:
    about = {"data": {"type": "profile", "attributes": attributes.pop("profile")}}
    named = {"data": {"type": "metric", "attributes": {"name": metric}}}
    return {"data": {"type": "event", "attributes": {"metric": named, "profile": about, **attributes}}}


def job(kind: str, *profiles: dict[str, Any], **more: Any) -> dict[str, Any]:
    listed = [{"type": "profile", "attributes": one} for one in profiles]
    kind = f"profile-subscription-bulk-{kind}-job"
    return {"data": {"type": kind, "attributes": {"profiles": {"data": listed}, **more}}}


def test_profiles(pointed: Pointed) -> None:
    client, db = pointed.client, pointed.db
    about = {"email": "Ann@Example.com", "first_name": "Ann", "properties": {"shoe size": 38}}
    made = client.Profiles.create_profile(profile(**about, location={"city": "Oslo", "timezone": "Europe/Oslo"}))
    number = made.data.id
    assert made.data.attributes.first_name == "Ann"
    resolve_all(db)
    with pytest.raises(ApiException) as refused:
        client.Profiles.create_profile(profile(email="ann@example.com", phone_number="+12125550101"))
    assert refused.value.status == 409
    assert number in str(refused.value.body)
    change = profile(last_name="Lee", properties={"tier": "gold"})
    change["data"] |= {"id": number, "meta": {"patch_properties": {"unset": "shoe size"}}}
    client.Profiles.update_profile(number, change)
    imported = client.Profiles.create_or_update_profile(profile(external_id="c1", email="ann@example.com"))
    assert imported.data.id == number
    resolve_all(db)
    person = one(db, "SELECT id, traits FROM person")
    known = {name: person.traits.get(name) for name in ("firstName", "lastName", "tier", "shoe size", "city")}
    assert known == {"firstName": "Ann", "lastName": "Lee", "tier": "gold", "shoe size": None, "city": "Oslo"}
    kinds = {row.kind for row in rows(db, "SELECT kind FROM identifier")}
    assert kinds == {"email", "phone", "customer_id", "klaviyo"}


def patched(client: Any, number: str, **properties: Any) -> Any:
    change = profile()
    change["data"] |= {"id": number, "meta": {"patch_properties": properties}}
    return client.Profiles.update_profile(number, change)


def test_lists_are_changed_without_knowing_them(pointed: Pointed) -> None:
    client, db = pointed.client, pointed.db
    about = {"email": "ann@example.com", "properties": {"skus": ["1"], "size": "M", "old": True, "one": "x"}}
    number = client.Profiles.create_profile(profile(**about)).data.id
    patched(client, number, append={"skus": ["2", "3"], "one": "y", "new": "z"}, unappend={"skus": "1"}, unset=["old"])
    patched(client, number, append={"skus": "2"})  # once more, as whoever got no answer does
    resolve_all(db)
    known = one(db, "SELECT traits FROM person").traits
    assert {name: known.get(name) for name in ("skus", "one", "new", "old", "size")} == {
        "skus": ["2", "3"],
        "one": ["x", "y"],
        "new": ["z"],
        "old": None,
        "size": "M",
    }
    change = profile(email="ann@example.com")
    change["data"]["meta"] = {"patch_properties": {"append": {"skus": "4"}, "unset": "one"}}
    client.Profiles.create_or_update_profile(change)
    threads = [
        threading.Thread(target=patched, args=(client, number), kwargs={"append": {"skus": n}}) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    resolve_all(db)
    known = one(db, "SELECT traits FROM person").traits
    assert sorted(known["skus"], key=str) == sorted(["2", "3", "4", *range(8)], key=str)
    assert "one" not in known


@pytest.mark.parametrize(
    ("properties", "pointer"),
    [
        ({"append": {"skus": {"nested": 1}}}, "append/skus"),
        ({"unappend": {"skus": [["1"]]}}, "unappend/skus"),
        ({"append": "skus"}, ""),
        ({"unset": [1]}, "unset"),
    ],
)
def test_a_change_of_a_list_that_cannot_be_made_is_refused(
    pointed: Pointed, properties: dict[str, Any], pointer: str
) -> None:
    change = profile(email="ann@example.com")
    change["data"]["meta"] = {"patch_properties": properties}
    answer = pointed.post("profile-import", change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"].endswith(pointer)
    assert rows(pointed.db, "SELECT 1 FROM arrival") == []


def test_events_reach_the_person_by_email(pointed: Pointed) -> None:
    client, db = pointed.client, pointed.db
    at = datetime.now(UTC) - timedelta(hours=3)
    order = event(
        "Placed Order",
        profile={"email": "ann@example.com", "first_name": "Ann"},
        properties={"OrderId": "o1", "Items": [{"ProductID": "p1", "ProductName": "Lamp", "ItemPrice": 40}]},
        value=40.0,
        value_currency="EUR",
        time=at.isoformat(),
        unique_id="o1",
    )
    client.Events.create_event(order)
    client.Events.create_event(order)
    client.Events.create_event(event("Left Review", profile={"email": "ann@example.com"}, properties={"stars": 5}))
    history = event("Placed Order", profile={"email": "bob@example.com"}, properties={})
    history["data"]["attributes"]["backfill"] = True
    assert pointed.post("events/", history).status_code == 202
    resolve_all(db)
    found = {(row.name, row.backfill): row.props for row in rows(db, "SELECT name, backfill, props FROM event")}
    assert found.keys() == {("Order Completed", False), ("Left Review", False), ("Order Completed", True)}
    props = found["Order Completed", False]
    assert props["order_id"] == "o1"
    assert (props["revenue"], props["currency"]) == (40, "EUR")
    assert props["products"] == [{"product_id": "p1", "name": "Lamp", "price": 40}]
    placed = one(db, "SELECT at FROM event WHERE name = 'Order Completed' AND NOT backfill").at
    assert abs(placed - at) < timedelta(seconds=1)


def test_subscriptions(pointed: Pointed) -> None:
    client, db = pointed.client, pointed.db
    both = {"email": {"marketing": {"consent": "SUBSCRIBED"}}, "sms": {"marketing": {"consent": "SUBSCRIBED"}}}
    people = [
        {"email": "ann@example.com", "phone_number": "+12125550101", "subscriptions": both},
        {"email": "bob@example.com", "subscriptions": {"email": both["email"]}},
    ]
    client.Profiles.bulk_subscribe_profiles(job("create", *people, custom_source="Checkout"))
    resolve_all(db)
    states = {(row.address, row.purpose): row.state for row in rows(db, "SELECT address, purpose, state FROM consent")}
    assert states == {
        ("ann@example.com", "marketing"): "subscribed",
        ("+12125550101", "marketing"): "subscribed",
        ("bob@example.com", "marketing"): "subscribed",
    }
    out = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
    client.Profiles.bulk_unsubscribe_profiles(
        job(
            "delete",
            {"email": "ann@example.com", "subscriptions": out},
            {"phone_number": "+12125550101", "subscriptions": {"sms": out["email"]}},
        )
    )
    assert {row.address for row in rows(db, "SELECT address FROM suppression")} == {"ann@example.com", "+12125550101"}
    old = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2020-01-01T00:00:00Z"}}}
    past = job("create", {"email": "ann@example.com", "subscriptions": old}, historical_import=True)
    assert pointed.post("profile-subscription-bulk-create-jobs", past).status_code == 202
    resolve_all(db)
    found = one(db, "SELECT state FROM consent WHERE address = 'ann@example.com' AND purpose = 'marketing'")
    assert found.state == "unsubscribed"


def test_what_is_wrong_is_told_with_its_place(pointed: Pointed) -> None:
    wrong: list[tuple[str, Any, str]] = [
        ("profiles", profile(first_name="Ann"), "/data/attributes"),
        ("profiles", profile(email="nonsense"), "/data/attributes/email"),
        ("profiles", {"data": {"type": "person"}}, "/data/type"),
        ("profiles", [], "/data/type"),
        ("profiles", profile(email="a@example.com", properties="x"), "/properties"),
        ("events", event("", profile={"email": "a@example.com"}), "/data/attributes/metric/data/attributes/name"),
        ("events", event("X", profile={}), "/data/attributes/profile"),
        ("events", event("X", profile={"email": "a@example.com"}, time="soon"), "/data/attributes"),
        ("profile-subscription-bulk-create-jobs", job("create"), "/data/attributes/profiles/data"),
        ("profile-subscription-bulk-create-jobs", job("create", {"email": "a@example.com", "subscriptions": {
            "email": {"marketing": {"consent": "SUBSCRIBED"}}}}, historical_import=True),
         "/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consented_at"),
    ]  # fmt: skip
    for path, document, pointer in wrong:
        answer = pointed.post(path, document)
        assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, pointer), answer.text
    assert pointed.post("profiles", profile(email="a@example.com"), "ak_nonsense").status_code == 401
    assert httpx2.post(f"{pointed.address}/api/profiles", json={}).status_code == 401
    public = create_source(pointed.db, "page", NOON, Scope.EVENTS)
    assert pointed.post("profiles", profile(email="a@example.com"), public).status_code == 403
    half = job("delete", {"email": "ann@example.com"}, {"email": "nonsense"})
    assert pointed.post("profile-subscription-bulk-delete-jobs", half).status_code == 400
    assert one(pointed.db, "SELECT address FROM suppression").address == "ann@example.com"
    big = profile(email="a@example.com", properties={"x": "y" * 6_000_000})
    assert pointed.post("profiles", big).status_code == 413
    many = profile(email="a@example.com", properties={str(n): n for n in range(401)})
    assert pointed.post("profiles", many).status_code == 400
