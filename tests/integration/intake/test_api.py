"""Segment's HTTP API: what is answered with 200 is durable, what is wrong is named."""

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.conftest import NOON
from tests.integration.intake.helpers import one, resolve_all, rows

from antiphon.intake.api import router
from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source, list_sources, revoke_source
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database


@dataclass
class Shop:
    """A source with a working key, and the application that it posts to."""

    client: TestClient
    key: str
    woken: list[int] = field(default_factory=list)

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx2.Response:
        token = base64.b64encode(f"{key or self.key}:".encode()).decode()
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        found: httpx2.Response = self.client.post(
            path, content=content, headers={"Authorization": f"Basic {token}", **headers}
        )
        return found


@dataclass
class _Context:
    database: Database
    woken: list[int]

    def wake(self) -> None:
        self.woken.append(1)


@pytest.fixture
def shop(db: Database) -> Iterator[Shop]:
    app = FastAPI()
    app.include_router(router)
    woken: list[int] = []
    app.state.context = _Context(db, woken)
    with TestClient(app) as client:
        yield Shop(client, create_source(db, "shop", NOON), woken)


def test_track(db: Database, shop: Shop) -> None:
    answer = shop.post("/v1/track", {"userId": "7", "event": "Product Viewed", "properties": {"sku": "x"}})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert shop.woken == [1]
    resolve_all(db)
    event = one(db, "SELECT name, props, source FROM event")
    assert event == ("Product Viewed", {"sku": "x"}, "shop")


@pytest.mark.parametrize(
    ("path", "body", "event"),
    [
        ("identify", {"userId": "7", "traits": {"email": "a@x.com"}}, None),
        ("page", {"anonymousId": "d", "name": "Home"}, "Page Viewed"),
        ("screen", {"anonymousId": "d", "name": "Home"}, "Screen Viewed"),
        ("alias", {"userId": "7", "previousId": "d"}, None),
        ("group", {"userId": "7", "groupId": "g", "traits": {"name": "Acme"}}, None),
    ],
)
def test_every_type(db: Database, shop: Shop, path: str, body: Any, event: str | None) -> None:
    assert shop.post(f"/v1/{path}", body).status_code == 200
    assert shop.post("/v1/batch", {"batch": [{**body, "type": path, "messageId": "b"}]}).json() == {"success": True}
    assert resolve_all(db).rejected == 0
    assert [r.name for r in rows(db, "SELECT name FROM event")] == ([event] * 2 if event else [])
    assert len(rows(db, "SELECT 1 FROM person")) == 1


def test_a_batch_merges_its_context_and_keeps_the_valid_rest(db: Database, shop: Shop) -> None:
    body = {
        "context": {"timezone": "America/Chicago", "ip": "1"},
        "batch": [
            {"type": "track", "userId": "7", "event": "A", "messageId": "a", "context": {"ip": "2"}},
            {"type": "track", "userId": "7", "messageId": "b"},
            {"type": "dance", "userId": "7", "messageId": "c"},
            {"type": "track", "event": "A", "messageId": "d"},
            "nonsense",
            {"type": "track", "userId": "7", "event": "A", "timestamp": "soon"},
            {"type": "track", "userId": "7", "event": "A", "properties": {"x": "y" * 33_000}},
            {"type": "track", "userId": "7", "event": "A", "messageId": "m" * 300},
            {"type": "identify", "userId": "8"},
        ],
    }
    answer = shop.post("/v1/batch", body)
    assert answer.status_code == 200
    told = answer.json()
    assert told["accepted"] == 2
    assert [(p["index"], p["messageId"]) for p in told["errors"]][:5] == [
        (1, "b"),
        (2, "c"),
        (3, "d"),
        (4, None),
        (5, None),
    ]
    reasons = [p["error"] for p in told["errors"]]
    assert reasons[0].startswith("event is not a name")
    assert reasons[1].startswith("type is 'dance'")
    assert reasons[2].startswith("no usable identifier")
    assert reasons[3] == "not a JSON object"
    assert "ISO 8601" in reasons[4]
    assert reasons[5] == "larger than 32 KB"
    assert reasons[6].startswith("messageId")
    kept = rows(db, "SELECT body->'context' AS context FROM arrival ORDER BY id")
    assert kept[0].context == {"timezone": "America/Chicago", "ip": "2"}


def test_a_batch_does_not_multiply_its_context(db: Database, shop: Shop) -> None:
    items = [{"type": "track", "userId": "7", "event": "A", "messageId": str(n)} for n in range(1_000)]
    answer = shop.post("/v1/batch", {"context": {"x": "y" * 30_000}, "batch": items})
    assert answer.status_code == 413
    assert "too large to stand in each of its 1000 items" in answer.json()["error"]
    assert shop.post("/v1/batch", {"context": {"x": "y" * 1_000}, "batch": items}).json() == {"success": True}
    deep = b'{"context": {"x": ' + b"[" * 300 + b"]" * 300 + b'}, "batch": [{"type": "track"}]}'
    assert shop.post("/v1/batch", deep).status_code == 400


def test_a_nul_in_a_message_id_is_told(db: Database, shop: Shop) -> None:
    items = [{"type": "track", "userId": "7", "event": "A", "messageId": given} for given in ("a\0b", "c")]
    told = shop.post("/v1/batch", {"batch": items}).json()
    assert (told["accepted"], told["errors"][0]["index"]) == (1, 0)
    text = {"from": "+12125550101", "to": "+12125550100", "body": "hello\0", "messageId": "a\0b"}
    assert shop.post("/v1/inbound/sms", text).status_code == 200
    assert resolve_all(db).rejected == 0


def test_a_consent_at_the_edge_of_the_calendar_is_told(db: Database, shop: Shop) -> None:
    good = {"channel": "email", "address": "a@example.com", "state": "subscribed"}
    bad = {**good, "expiresAt": "9999-12-31T23:59:59-12:00"}
    told = shop.post("/v1/consent", {"batch": [bad, good]}).json()
    assert told["accepted"] == 1
    assert told["errors"][0]["error"].startswith("expiresAt is")


def test_a_wholly_invalid_batch_is_refused(db: Database, shop: Shop) -> None:
    answer = shop.post("/v1/batch", {"batch": [{"type": "track"}, {}]})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 2
    assert rows(db, "SELECT 1 FROM arrival") == []
    assert shop.woken == []
    assert shop.post("/v1/batch", {"batch": []}).status_code == 200


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"userId": "7",, }', "column 16"),
        (b"[1]", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b"", "not JSON"),
    ],
)
def test_malformed_json_names_the_place(shop: Shop, body: bytes, word: str) -> None:
    answer = shop.post("/v1/track", body)
    assert answer.status_code == 400
    assert word in answer.text


def test_a_batch_must_be_a_list(shop: Shop) -> None:
    assert "batch is not a list" in shop.post("/v1/batch", {"batch": {}}).json()["error"]


@pytest.mark.parametrize(("path", "size"), [("/v1/track", 40_000), ("/v1/batch", 520_000)])
@pytest.mark.parametrize("packed", [False, True])
def test_oversized(shop: Shop, path: str, size: int, packed: bool) -> None:
    raw = orjson.dumps({"userId": "7", "event": "A", "x": "y" * size})
    headers = {"Content-Encoding": "gzip"} if packed else {}
    answer = shop.post(path, gzip.compress(raw) if packed else raw, **headers)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


def test_gzip(db: Database, shop: Shop) -> None:
    raw = gzip.compress(orjson.dumps({"userId": "7", "event": "A"}))
    assert shop.post("/v1/track", raw, **{"Content-Encoding": "gzip"}).status_code == 200
    assert shop.post("/v1/track", b"nonsense", **{"Content-Encoding": "gzip"}).status_code == 400


def test_keys(db: Database, shop: Shop) -> None:
    item = {"userId": "7", "event": "A"}
    refused = shop.post("/v1/track", item, key="ak_wrong")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    bare = shop.client.post("/v1/track", content=orjson.dumps(item))
    assert (bare.status_code, bare.json()["error"]) == (401, "A write key is missing.")
    inside = shop.client.post("/v1/track", content=orjson.dumps({**item, "writeKey": shop.key}))
    assert inside.status_code == 200
    assert "writeKey" not in one(db, "SELECT body FROM arrival").body


def test_sources(db: Database) -> None:
    key = create_source(db, "pos", NOON)
    assert one(db, "SELECT key_sha256 FROM source").key_sha256 != key
    with pytest.raises(AntiphonError, match="already"):
        create_source(db, "pos", NOON)
    revoke_source(db, "pos", NOON)
    (listed,) = list_sources(db)
    assert (listed.name, listed.scope, listed.revoked_at) == ("pos", Scope.SERVER, NOON)
    with pytest.raises(AntiphonError, match="no working write key"):
        revoke_source(db, "pos", NOON)


def test_a_revoked_keys_name_may_be_used_again(db: Database, shop: Shop) -> None:
    revoke_source(db, "shop", NOON)
    again = create_source(db, "shop", NOON, Scope.EVENTS)
    (listed,) = list_sources(db)
    assert (listed.name, listed.scope, listed.revoked_at) == ("shop", Scope.EVENTS, None)
    item = {"anonymousId": "d", "event": "A"}
    assert shop.post("/v1/track", item, key=again).status_code == 200
    assert shop.post("/v1/track", item, key=shop.key).status_code == 401


@pytest.fixture
def open_key(db: Database, shop: Shop) -> str:
    """A key that anybody who looks at a page can read."""
    return create_source(db, "pixel", NOON, Scope.EVENTS)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("track", {"anonymousId": "d", "event": "Product Viewed"}),
        ("page", {"anonymousId": "d"}),
        ("identify", {"userId": "7", "anonymousId": "d", "traits": {"email": "a@x.com"}}),
        ("alias", {"userId": "7", "previousId": "d"}),
    ],
)
def test_an_open_key_tells_of_its_visitor(shop: Shop, open_key: str, path: str, body: Any) -> None:
    assert shop.post(f"/v1/{path}", body, key=open_key).json() == {"success": True}
    assert shop.post("/v1/batch", {"batch": [{**body, "type": path}]}, key=open_key).json() == {"success": True}


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("consent", {"channel": "sms", "address": "+12125550100", "state": "subscribed"}, "Consents"),
        ("consent", {"channel": "sms", "address": "+12125550100", "state": "unsubscribed"}, "Consents"),
        ("inbound/sms", {"from": "+12125550100", "to": "+12125550101", "body": "START"}, "Texts"),
    ],
)
def test_an_open_key_gives_no_consent(db: Database, shop: Shop, open_key: str, path: str, body: Any, what: str) -> None:
    refused = shop.post(f"/v1/{path}", body, key=open_key)
    assert refused.status_code == 403
    assert refused.json()["error"].startswith(what)
    assert "the write key of pixel, whose scope is events" in refused.json()["error"]
    assert "antiphon key create" in refused.json()["hint"]
    assert rows(db, "SELECT 1 FROM arrival UNION ALL SELECT 1 FROM suppression") == []


def test_an_open_key_brings_in_no_history(db: Database, shop: Shop, open_key: str) -> None:
    item = {"type": "track", "userId": "7", "event": "A"}
    old = {**item, "messageId": "old", "context": {"backfill": True}}
    told = shop.post("/v1/batch", {"batch": [item, old]}, key=open_key).json()
    assert (told["accepted"], told["errors"][0]["index"], told["errors"][0]["messageId"]) == (1, 1, "old")
    assert "a key of scope server" in told["errors"][0]["error"]
    shared = shop.post("/v1/batch", {"context": {"backfill": True}, "batch": [item]}, key=open_key)
    single = shop.post("/v1/track", old, key=open_key)
    assert (shared.status_code, single.status_code) == (400, 400)
    assert len(rows(db, "SELECT 1 FROM arrival")) == 1
    assert shop.post("/v1/track", old).status_code == 200


@pytest.mark.parametrize("event", ["Email Clicked", "sms replied ", "Cart Abandoned", "SMS Subscribed"])
def test_an_open_key_does_not_say_what_only_antiphon_knows(db: Database, shop: Shop, open_key: str, event: str) -> None:
    item = {"type": "track", "userId": "7", "event": event}
    refused = shop.post("/v1/track", item, key=open_key)
    assert refused.status_code == 400
    assert "one that Antiphon makes itself" in refused.json()["errors"][0]["error"]
    assert rows(db, "SELECT 1 FROM arrival") == []
    assert shop.post("/v1/track", item).status_code == 200


def test_a_revoked_key_stops_working(db: Database, shop: Shop) -> None:
    shop.post("/v1/track", {"userId": "7", "event": "A"})
    revoke_source(db, "shop", NOON)
    shop.client.app.state.intake_keys._until = 0.0  # type: ignore[attr-defined]  # the seconds of the cache go by
    assert shop.post("/v1/track", {"userId": "7", "event": "A"}).status_code == 401


def test_a_clock_that_is_wrong_is_corrected(db: Database, shop: Shop) -> None:
    """The sender's clock is a day fast: an event that it calls two hours old was two hours old."""
    sent = datetime.now(UTC) + timedelta(days=1)
    item = {"userId": "7", "event": "A", "type": "track", "timestamp": (sent - timedelta(hours=2)).isoformat()}
    shop.post("/v1/batch", {"batch": [item], "sentAt": sent.isoformat()})
    (found,) = rows(db, "SELECT at, received_at FROM arrival")
    assert abs(found.received_at - found.at - timedelta(hours=2)) < timedelta(seconds=5)


def test_the_future_is_clamped_and_history_kept_exactly(db: Database, shop: Shop) -> None:
    future = {"userId": "7", "event": "A", "timestamp": "2099-01-01T00:00:00Z"}
    past = {"userId": "7", "event": "B", "timestamp": "2024-05-05T10:00:00Z", "sentAt": "2025-01-01T00:00:00Z"}
    shop.post("/v1/track", future)
    shop.post("/v1/track", {**past, "context": {"backfill": True}})
    first, second = rows(db, "SELECT at, received_at, backfill FROM arrival ORDER BY id")
    assert first.at <= first.received_at
    assert (second.at, second.backfill) == (datetime(2024, 5, 5, 10, tzinfo=UTC), True)


def test_a_repeat_without_a_message_id_is_known_by_its_content(db: Database, shop: Shop) -> None:
    item = {"userId": "7", "event": "A", "timestamp": "2026-03-03T10:00:00Z"}
    shop.post("/v1/track", item)
    shop.post("/v1/track", dict(reversed(item.items())))
    shop.post("/v1/track", {"userId": "7", "event": "A"})
    shop.post("/v1/track", {"userId": "7", "event": "A"})
    assert resolve_all(db).events == 3


def test_nul_characters_are_taken_out(db: Database, shop: Shop) -> None:
    assert shop.post("/v1/track", {"userId": "7", "event": "A", "properties": {"x\0": ["y\0"]}}).status_code == 200
    assert one(db, "SELECT body->'properties' AS p FROM arrival").p == {"x": ["y"]}


def test_unknown_paths(shop: Shop) -> None:
    answer = shop.post("/v1/dance", {})
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no /v1/dance.")


def test_consents(db: Database, shop: Shop) -> None:
    given = {
        "channel": "email",
        "address": "A@x.com",
        "state": "subscribed",
        "method": "checkout",
        "purposes": ["marketing"],
    }
    assert shop.post("/v1/consent", given).json() == {"success": True}
    told = shop.post("/v1/consent", [given, {**given, "channel": "fax"}]).json()
    assert told["errors"][0]["index"] == 1
    resolve_all(db)
    assert one(db, "SELECT address, state FROM consent") == ("a@x.com", "subscribed")


def test_an_opt_out_by_api_holds_when_it_is_answered(db: Database, shop: Shop) -> None:
    shop.post("/v1/consent", {"channel": "sms", "address": "+12125550100", "state": "unsubscribed"})
    assert one(db, "SELECT address, reason, source FROM suppression") == ("+12125550100", "api", "shop")
    resolve_all(db)
    assert {r.state for r in rows(db, "SELECT state FROM consent")} == {"unsubscribed"}


def test_an_old_opt_out_is_weighed_against_what_came_after(db: Database, shop: Shop) -> None:
    given = {"channel": "email", "address": "a@x.com", "purposes": ["marketing"], "method": "web form"}
    shop.post(
        "/v1/consent",
        [
            {**given, "state": "unsubscribed", "effectiveAt": "2025-01-01T00:00:00Z"},
            {**given, "state": "subscribed", "effectiveAt": "2025-06-01T00:00:00Z", "doubleOptIn": True},
        ],
    )
    resolve_all(db)
    assert one(db, "SELECT state FROM consent").state == "subscribed"
    assert rows(db, "SELECT 1 FROM suppression WHERE lifted_at IS NULL OR at > lifted_at") == []


def test_inbound_texts(db: Database, shop: Shop) -> None:
    text = {"from": "+12125550100", "to": "+15550100", "body": "Stop!"}
    assert shop.post("/v1/inbound/sms", text).json() == {"success": True, "meaning": "stop"}
    assert one(db, "SELECT reason FROM suppression").reason == "stop"
    assert shop.post("/v1/inbound/sms", {"from": "+12125550100"}).status_code == 400
    assert shop.post("/v1/inbound/sms", {**text, "from": "nobody"}).status_code == 400


@pytest.mark.parametrize(("levels", "status"), [(60, 200), (80, 400), (250, 400)])
def test_a_deeply_nested_item_is_refused(shop: Shop, levels: int, status: int) -> None:
    deep: Any = {}
    for n in range(levels):
        deep = {"a": deep} if n % 2 else [deep]
    answer = shop.post("/v1/identify", {"userId": "7", "traits": {"deep": deep}})
    assert answer.status_code == status
    if status == 400:
        assert "nested more than 64 levels deep" in answer.json()["error"]


def test_many_brackets_side_by_side_are_not_deep(shop: Shop) -> None:
    assert shop.post("/v1/identify", {"userId": "7", "traits": {"list": [{}] * 500}}).status_code == 200
