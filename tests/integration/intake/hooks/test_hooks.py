"""Webhooks of third parties: a review by somebody known by email only reaches the person; what is wrong is told."""

import gzip
import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.conftest import NOON
from tests.integration.intake.helpers import come_in, identify, one, resolve_all, rows

from antiphon.intake.hooks.managing import hooks, parse, remove, save
from antiphon.intake.hooks.paths import value_at
from antiphon.kit.config import Config
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

REVIEWS = """
name: reviews
identify:
  email: review.reviewer.email
  external_ids: {reviewhouse: review.reviewer.id}
event: Product Reviewed
time: review.created_at
id: review.uuid
properties: {stars: review.rating, text: review.body, product_id: "review.products[0].id"}
traits: {firstName: review.reviewer.first_name}
"""
BODY = {
    "review": {
        "uuid": "r-1",
        "rating": 5,
        "body": "Lovely",
        "created_at": 1767225600,
        "reviewer": {"id": 77, "email": "Ann@Example.com", "first_name": "Ann"},
        "products": [{"id": "p1"}],
    }
}


@pytest.fixture
def client(db: Database) -> Iterator[TestClient]:
    with TestClient(create_app(WebContext(db, Signer(b"x" * 32), Config()))) as found:
        yield found


def test_a_review_reaches_the_person(db: Database, client: TestClient) -> None:
    come_in(db, identify(0, user="c1", email="ann@example.com", phone="+12125550101"))
    _, token = save(db, REVIEWS, None, NOON, COMMAND_LINE)
    for _ in range(2):  # redelivered
        answer = client.post(f"/v1/hooks/reviews?token={token}", json=BODY)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "accepted": 1, "passed_over": 0})
    changed = {"review": BODY["review"] | {"body": "Lovely, still"}}  # the same review, edited
    client.post("/v1/hooks/reviews", json=changed, auth=(str(token), ""))
    resolve_all(db)
    found = one(db, "SELECT person, name, at, props, backfill, via, source FROM event")
    assert (found.name, found.at, found.backfill, found.source) == (
        "Product Reviewed", datetime(2026, 1, 1, tzinfo=UTC), False, "hook reviews",
    )  # fmt: skip
    assert found.props == {"stars": 5, "text": "Lovely", "product_id": "p1"}
    assert len(rows(db, "SELECT 1 FROM person")) == 1
    kinds = {row.kind for row in rows(db, "SELECT kind FROM identifier WHERE person = :p", p=found.person)}
    assert kinds == {"customer_id", "email", "phone", "reviewhouse"}


def test_what_is_refused_is_told_here_and_there(db: Database, client: TestClient) -> None:
    _, token = save(db, REVIEWS, None, NOON, COMMAND_LINE)
    where = f"/v1/hooks/reviews?token={token}"
    for body, words in (
        (b"{oops", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[]", "nothing at review.reviewer.email"),
        (b"null", "nothing at"),
        (orjson.dumps({"review": {"reviewer": {"email": "nonsense"}}}), "is no email"),
        (orjson.dumps({"review": BODY["review"] | {"created_at": "soon"}}), "is no time"),
        (orjson.dumps({"review": {"reviewer": {"email": ["a@example.com"]}}}), "is no email"),
    ):
        answer = client.post(where, content=body)
        assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text
    (listed,) = hooks(db)
    assert "is no email" in (listed.refused or "")
    assert client.post("/v1/hooks/reviews?token=x", json=BODY).status_code == 401
    assert client.post("/v1/hooks/reviews", json=BODY).status_code == 401
    assert client.post("/v1/hooks/nobody?token=x", json=BODY).status_code == 404
    bomb = gzip.compress(b" " * 50_000_000)
    assert client.post(where, content=bomb, headers={"content-encoding": "gzip"}).status_code == 413
    assert client.get(where).status_code == 405
    assert rows(db, "SELECT 1 FROM arrival") == []
    remove(db, "reviews", NOON, COMMAND_LINE)
    assert client.post(where, json=BODY).status_code == 404


SIGNED = REVIEWS + "signature: {header: X-Signature, encoding: %s, prefix: 'sha256=', timestamp: %s}\n"


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_signatures(db: Database, client: TestClient, encoding: str) -> None:
    with pytest.raises(AntiphonError, match="no secret"):
        save(db, SIGNED % (encoding, "X-Time"), None, NOON, COMMAND_LINE)
    save(db, SIGNED % (encoding, "X-Time"), "hush", NOON, COMMAND_LINE)

    def send(stamp: float, secret: str = "hush", body: Any = BODY) -> int:
        raw, when = orjson.dumps(body), str(int(stamp))
        made = hmac.new(secret.encode(), when.encode() + b"." + raw, "sha256")
        value = "sha256=" + (made.hexdigest() if encoding == "hex" else b64encode(made.digest()).decode())
        return client.post("/v1/hooks/reviews", content=raw, headers={"X-Signature": value, "X-Time": when}).status_code

    now = datetime.now(UTC).timestamp()
    assert [send(now), send(now - 3600), send(now, "wrong")] == [200, 401, 401]
    assert client.post("/v1/hooks/reviews", json=BODY).status_code == 401
    assert len(rows(db, "SELECT 1 FROM arrival")) == 1


LISTED = """
name: points
each: data.entries
identify: {phone: who, customer_id: '["customer.id"]'}
event: {path: kind, names: {earned: Points Earned, spent: Points Spent}}
properties: {points: amount}
"""


def test_lists_and_events_by_name(db: Database, client: TestClient) -> None:
    _, token = save(db, LISTED, None, NOON, COMMAND_LINE)
    entries = [
        {"kind": "earned", "who": "(212) 555-0101", "amount": 5},
        {"kind": "spent", "customer.id": 7, "amount": 2},
        {"kind": "expired", "who": "(212) 555-0101"},
        {"kind": "earned"},
        {"amount": 1},
        "nonsense",
    ]
    answer = client.post(f"/v1/hooks/points?token={token}", json={"data": {"entries": entries}})
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["passed_over"]) == (200, 2, 1)
    assert [each["index"] for each in told["errors"]] == [3, 4, 5]
    resolve_all(db)
    assert {row.name for row in rows(db, "SELECT name FROM event")} == {"Points Earned", "Points Spent"}
    assert client.post(f"/v1/hooks/points?token={token}", json={"data": 1}).status_code == 400
    many = {"data": {"entries": [entries[0]] * 1001}}
    assert client.post(f"/v1/hooks/points?token={token}", json=many).status_code == 400


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("", "cannot be used"),
        ("name: [", "not YAML"),
        (REVIEWS.replace("reviews", "Re Views"), "name cannot be used"),
        (REVIEWS.replace("event: Product Reviewed", ""), "event cannot be used"),
        (REVIEWS + "consent: {email: x}\n", "consent cannot be used"),
        (REVIEWS.replace("review.uuid", "'review..[uuid'"), "id cannot be used"),
        ("name: x\nidentify: {}\nevent: X\n", "identify cannot be used"),
        ("a" * 70_000, "longer than 64 KB"),
    ],
)
def test_a_definition_is_held_against_what_there_is(definition: str, words: str) -> None:
    with pytest.raises(AntiphonError, match=words):
        parse(definition)


def test_paths() -> None:
    document = {"a": {"b": [{"c": 1}, {"c": 2}], "x.y": 3, "ü": 4}, "": 5}
    found = [
        value_at(document, path)
        for path in ("a.b[1].c", "a.b[-1].c", "$.a['x.y']", 'a["x.y"]', "a.ü", "a.b[9]", "a.b.c", "z.z")
    ]
    assert found == [2, 2, 3, 3, 4, None, None, None]
