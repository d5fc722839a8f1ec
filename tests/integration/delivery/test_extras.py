"""What contents ask for beyond the person: conditions of blocks, products of the catalogue; for the very people they are for."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher

from antiphon.audiences.evaluate import truths
from antiphon.content.models import EmailContent, MessageContent
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.store.db import Database

STATUSES = ("never", "pending", "subscribed", "unsubscribed")
SUBSCRIBED = {"kind": "consent", "channel": "sms"}


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON)
    return shop


def email(*blocks: dict[str, Any]) -> MessageContent:
    return MessageContent(email=EmailContent.model_validate({"subject": "Hi", "blocks": list(blocks)}))


def words(html: str, **more: Any) -> dict[str, Any]:
    return {"kind": "text", "html": html, **more}


def phone(shop: Shop, person: int, number: str, status: str) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO person_address (bucket, person, channel, address, abucket, since, marketing) "
                "VALUES (:bucket, :person, 'sms', :address, :abucket, :now, :status)"
            ),
            {
                "bucket": bucket_of(person), "person": person, "address": number, "abucket": abucket_of(number), "now": NOON,
                "status": status,
            },
        )  # fmt: skip


def product(shop: Shop, name: str, **fields: Any) -> None:
    values = {
        "id": name, "title": name.title(), "url": f"https://shop.example/{name}", "price": 20, "stock": None, "deleted_at": None
    } | fields  # fmt: skip
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO product (id, title, url, price, currency, stock, created_at, updated_at, deleted_at) "
                "VALUES (:id, :title, :url, :price, 'EUR', :stock, :now, :now, :deleted_at)"
            ),
            values | {"now": NOON},
        )


def sent(shop: Shop, content: MessageContent, people: dict[str, int], **fields: Any) -> dict[str, str]:
    """The words that each of some people got; nothing where they got nothing."""
    for name, person in people.items():
        shop.subscribe(f"{name}@example.com")
        shop.plan(f"{name}@example.com", person=person, **fields)
    dispatcher(shop.db, content=lambda version, step: content).run_once(NOON)
    found = {row["address"].partition("@")[0]: row["body"] for row in shop.sandbox()}
    return {name: found.get(name, "") for name in people}


def test_a_condition_in_liquid_and_the_same_one_picked_show_to_the_same_people(shop: Shop) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO keyword (brand, word, wording, created_at) VALUES (1, 'join', 'w', :now)"), {"now": NOON}
        )
    people = {}
    for place, status in enumerate(STATUSES):
        people[status] = shop.person()
        if status != "never":
            phone(shop, people[status], f"+1212555010{place}", status)
    people["stranger"] = shop.person()
    # an address that has not agreed to anything is none that texts go to
    phone(shop, people["stranger"], "+12125550109", "never")
    found = sent(
        shop,
        email(
            words("LIQUID", liquid="{% if subscriber.smsSubscriptionStatus != 'subscribed' %}"),
            words("PICKED", when={"kind": "not", "of": SUBSCRIBED}),
            words("WITHOUT", when=SUBSCRIBED | {"state": "never"}),
            words("EITHER", when={"kind": "any", "of": [SUBSCRIBED, SUBSCRIBED | {"state": "pending"}]}),
        ),
        people,
    )
    for name, body in found.items():
        assert ("LIQUID" in body) is ("PICKED" in body) is (name != "subscribed"), name
        assert ("Text JOIN to" in body) is ("WITHOUT" in body) is (name in {"never", "stranger"}), name
        assert ("EITHER" in body) is (name in {"pending", "subscribed"}), name


def test_conditions_of_a_batch_are_each_asked_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, list[str]]] = []

    def counted(connection: Any, people: Any, conditions: Any, as_of: Any) -> Any:
        asked.append((len(people), list(conditions)))
        return truths(connection, people, conditions, as_of)

    monkeypatch.setattr("antiphon.delivery.extras.truths", counted)
    content = email(words("A", when=SUBSCRIBED), words("B", when=SUBSCRIBED), words("always"))
    found = sent(shop, content, {f"p{n}": shop.person() for n in range(5)})
    assert [count for count, _ in asked] == [5]
    assert all("always" in body and "A\n" not in body for body in found.values())


def test_products_of_the_occasion_are_those_that_there_still_are(shop: Shop) -> None:
    ann = shop.person()
    shelf: dict[str, dict[str, Any]] = {"lamp": {}, "gone": {"deleted_at": NOON}, "sold": {"stock": 0}}
    for name, fields in shelf.items():
        product(shop, name, **fields)
    lines = [
        {"product_id": "lamp", "name": "Old name", "price": 25, "quantity": 2, "variant": "brass"},
        {"product_id": "gone", "name": "Gone", "price": 1},
        {"product_id": 4711, "name": "Only here", "price": "9.50"},
        "nonsense",
    ]
    shop.event(ann, "Cart Abandoned", NOON - timedelta(minutes=30), 9, products=lines, currency="USD")
    shop.event(ann, "Order Completed", NOON - timedelta(minutes=30), 10, products=lines, currency="USD")
    block = {"kind": "products", "layout": "list", "show": ["title", "price", "quantity"]}
    named = block | {"source": "named", "ids": ["sold", "lamp", "gone", "nowhere"], "title": "NAMED"}
    (cart,) = sent(shop, email(block | {"source": "cart"}, named), {"ann": ann}, occasion_event=9).values()
    kept = cart.partition("NAMED")
    assert "Lamp" in kept[0]
    assert "€20.00" in kept[0]
    assert "Only here" in kept[0]
    assert "$9.50" in kept[0]
    assert "Gone" not in cart
    assert ("Lamp" in kept[2], "Sold" in kept[2]) == (True, False), "what is sold out is not offered"
    shop.plan("ann@example.com", person=ann, occasion_event=10)
    dispatcher(shop.db, content=lambda version, step: email(block | {"source": "order"})).run_once(
        NOON + timedelta(days=2)
    )
    assert "$25.00" in shop.sandbox()[-1]["body"], "an order says what was paid"


def test_whom_there_is_nothing_to_show_is_left_out_alone(shop: Shop) -> None:
    ann, bob, cat = shop.person(), shop.person(), shop.person()
    product(shop, "lamp")
    with shop.db.begin("test") as connection:
        for person, product_id in ((ann, "lamp"), (bob, "deleted")):
            connection.execute(
                text(
                    "INSERT INTO person_product (bucket, person, product, relation, n, first_at, last_at) "
                    "VALUES (:bucket, :person, :product, 'viewed', 1, :now, :now)"
                ),
                {"bucket": bucket_of(person), "person": person, "product": product_id, "now": NOON},
            )
    block = {"kind": "products", "source": "viewed", "empty": "skip"}
    found = sent(shop, email(block, words("always")), {"ann": ann, "bob": bob, "cat": cat})
    assert {name: bool(body) for name, body in found.items()} == {"ann": True, "bob": False, "cat": False}
    assert "Lamp" in found["ann"]
    with shop.db.read() as connection:
        rows = connection.execute(text("SELECT address, state, rule FROM outbox ORDER BY address")).all()
    assert [(row.state, row.rule) for row in rows[1:]] == [("dropped", "content.empty")] * 2


def test_best_sellers_and_recommendations_come_along(shop: Shop) -> None:
    ann = shop.person()
    for name in ("lamp", "vase", "bowl"):
        product(shop, name)
    with shop.db.begin("test") as connection:
        best = "INSERT INTO best_seller (category, products, at) VALUES ('', ARRAY['gone', 'lamp', 'vase'], :now)"
        connection.execute(text(best), {"now": NOON})
        own = "INSERT INTO recommendation (bucket, person, kind, products, at) VALUES (:b, :p, :kind, :products, :now)"
        for kind, products in (("next", ["bowl"]), ("again", ["vase"])):
            values = {"b": bucket_of(ann), "p": ann, "kind": kind, "products": products, "now": NOON}
            connection.execute(text(own), values)
    blocks = [
        {"kind": "products", "source": source, "layout": "list", "title": f"{source.upper()}:", "limit": 2}
        for source in ("best_sellers", "recommendations", "buy_again")
    ]
    (body,) = sent(shop, email(*blocks), {"ann": ann}).values()
    best_ones, _, rest = body.partition("RECOMMENDATIONS:")
    recommended, _, again = rest.partition("BUY_AGAIN:")
    assert [name in best_ones for name in ("Lamp", "Vase", "Bowl")] == [True, True, False]
    assert [name in recommended for name in ("Lamp", "Vase", "Bowl")] == [True, False, True]
    assert [name in again.partition("Acme")[0] for name in ("Lamp", "Vase", "Bowl")] == [False, True, False]


def test_without_a_postal_address_nothing_promotional_leaves(shop: Shop) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE brand SET postal_address = ' '"))
    shop.subscribe("a@example.com")
    promotion = shop.plan("a@example.com", person=shop.person())
    receipt = shop.plan("b@example.com", person=shop.person(), purpose="transactional")
    dispatcher(shop.db).run_once(NOON)
    assert (shop.row(promotion)["state"], shop.row(promotion)["rule"]) == ("held", "brand.postal_address")
    assert shop.row(receipt)["state"] == "accepted"


@pytest.mark.parametrize("hiding", ["{% assign unsubscribe_url = '' %}", "{% assign brand = nil %}"])
def test_an_email_that_hides_the_way_out_is_never_sent(shop: Shop, hiding: str) -> None:
    assert sent(shop, email(words(hiding)), {"ann": shop.person()}) == {"ann": ""}
    assert list(shop.states().values()) == ["failed"]
