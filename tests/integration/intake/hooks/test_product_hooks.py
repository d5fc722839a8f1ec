"""Webhooks of shops about their products, in Shopify's shape."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.conftest import NOON

from antiphon.catalogue.read import products, variants
from antiphon.intake.hooks.managing import hooks, parse, save
from antiphon.kit.config import Config
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

#: As docs/catalogue.md has it.
UPDATED = """
name: shopify-products
kind: product
currency: EUR
url_base: https://shop.example/products/
product:
  id: id
  title: title
  url: handle
  image: image.src
  vendor: vendor
  category: product_type
  tags: tags
  status: status
  updated_at: updated_at
variants: {each: variants, id: id, title: title, sku: sku, price: price, compare_at: compare_at_price, stock: inventory_quantity}
"""
DELETED = "{name: shopify-deleted, kind: product, deleted: true, product: {id: id}}"


def body(**values: Any) -> dict[str, Any]:
    lamp = {
        "id": 788032119674292922,
        "title": "Lamp",
        "handle": "lamp",
        "vendor": "Acme",
        "product_type": "Light",
        "tags": "new, sale",
        "status": "active",
        "image": {"src": "https://cdn.example/l.jpg"},
        "updated_at": "2026-03-02T10:00:00-05:00",
        "variants": [
            {
                "id": 1,
                "title": "Red",
                "sku": "L-1",
                "price": "40.00",
                "compare_at_price": None,
                "inventory_quantity": 3,
            },
            {
                "id": 2,
                "title": "Blue",
                "sku": "L-2",
                "price": "38.00",
                "compare_at_price": "45.00",
                "inventory_quantity": -1,
            },
        ],
    }
    return lamp | values


@pytest.fixture
def client(db: Database) -> Iterator[TestClient]:
    with TestClient(create_app(WebContext(db, Signer(b"x" * 32), Config()))) as found:
        yield found


def sent(client: TestClient, address: str, document: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(address, json=document)
    return answer.status_code, answer.json()


def test_products_of_shopify_come_in(db: Database, client: TestClient) -> None:
    token = save(db, UPDATED, None, NOON, COMMAND_LINE)[1]
    address = f"/v1/hooks/shopify-products?token={token}"
    for _ in range(2):  # redelivered
        assert sent(client, address, body()) == (200, {"success": True, "accepted": 1, "passed_over": 0})
    id_ = str(body()["id"])
    with db.read() as connection:
        lamp, kinds = products(connection, [id_])[id_], variants(connection, [id_])[id_]
    assert (lamp.title, lamp.url, lamp.tags) == ("Lamp", "https://shop.example/products/lamp", ("new", "sale"))
    assert (str(lamp.price), str(lamp.compare_at), lamp.currency, lamp.stock) == ("38.00", "45.00", "EUR", 3)
    assert [(each.id, each.sku, each.stock) for each in kinds] == [("1", "L-1", 3), ("2", "L-2", 0)]
    # an older delivery that comes late
    sent(client, address, body(title="Old lamp", updated_at="2026-03-01T10:00:00-05:00"))
    with db.read() as connection:
        assert products(connection, [id_])[id_].title == "Lamp"
    sent(client, address, body(status="archived", updated_at="2026-03-03T10:00:00-05:00"))
    with db.read() as connection:
        assert not products(connection, [id_])


def test_deletions_and_what_was_never_known(db: Database, client: TestClient) -> None:
    token = save(db, UPDATED, None, NOON, COMMAND_LINE)[1]
    gone = save(db, DELETED, None, NOON, COMMAND_LINE)[1]
    sent(client, f"/v1/hooks/shopify-products?token={token}", body())
    assert sent(client, f"/v1/hooks/shopify-deleted?token={gone}", {"id": body()["id"]})[1]["accepted"] == 1
    with db.read() as connection:
        assert not products(connection, [str(body()["id"])])
    assert sent(client, f"/v1/hooks/shopify-deleted?token={gone}", {"id": 5})[1] == {
        "success": True, "accepted": 0, "passed_over": 1,
    }  # fmt: skip


def test_what_cannot_be_read_is_told(db: Database, client: TestClient) -> None:
    token = save(db, UPDATED, None, NOON, COMMAND_LINE)[1]
    address = f"/v1/hooks/shopify-products?token={token}"
    for wrong, why in (
        (body(id=None), "there is no product id at id"),
        (body(variants="none"), "there is no list of variants at variants"),
        (body(updated_at="soon"), "'soon' at updated_at is no time"),
        (body(title=None, id=9), "it needs a title"),
    ):
        status, answer = sent(client, address, wrong)
        assert (status, why in answer["error"]) == (400, True), answer
    assert "needs a title" in (hooks(db)[0].refused or "")


def test_definitions_say_what_is_wrong() -> None:
    with pytest.raises(AntiphonError, match=r"product\.id cannot be used: it is missing"):
        parse("{name: x, kind: product, product: {title: t}}")
    with pytest.raises(AntiphonError, match="identify"):
        parse("{name: x, event: y}")
    with pytest.raises(AntiphonError, match="cannot be used"):
        parse("{name: x, kind: coffee}")
