"""What contents ask for beyond the person and the occasion: conditions that hold, products of the catalogue.

All of it is read for a whole batch: one statement for each condition, and a few for products, whatever the number of people.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from antiphon.audiences.evaluate import truths
from antiphon.audiences.models import Condition
from antiphon.catalogue.models import Product
from antiphon.catalogue.read import products
from antiphon.catalogue.recommend.serving import best_sellers, for_people
from antiphon.content.context import Occasion
from antiphon.content.models import MessageContent
from antiphon.content.needs import Extras, Needs, needs_of
from antiphon.content.templates import TemplateError
from antiphon.delivery import queries
from antiphon.delivery.models import Message
from antiphon.delivery.people import People, Person
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

#: A line of an order says what was paid; of anything else the catalogue says what it costs now.
_PAID = ("Order ", "Refund", "Shipment", "Fulfil")


def read_extras(
    database: Database,
    messages: Sequence[Message],
    people: People,
    content_of: Callable[[int, str], MessageContent],
    now: datetime,
) -> dict[int, Extras | TemplateError]:
    """By message what its content asks for; messages are missing whose content asks for nothing.

    An error stands for a condition that the database cannot answer: that message cannot be said, and no other is held up.
    """
    asked = _asked(messages, content_of)
    if not asked:
        return {}
    persons = {m.id: people.persons[m.id] for m in messages if m.id in asked}
    holds, broken = _conditions(database, asked, persons, now)
    shelf = _Shelf(asked, persons, {message: people.occasions[message] for message in asked})
    with database.read() as connection:
        shelf.fill(connection, now)
    found: dict[int, Extras | TemplateError] = {}
    for message, needs in asked.items():
        if wrong := sorted(broken.keys() & needs.conditions.keys()):
            found[message] = TemplateError(
                f"A block's condition cannot be asked: {broken[wrong[0]]}.", "Mend the email."
            )
        else:
            shown = frozenset(key for key in needs.conditions if persons[message] in holds[key])
            found[message] = Extras(shown, *shelf.of(message, needs))
    return found


def _asked(messages: Sequence[Message], content_of: Callable[[int, str], MessageContent]) -> dict[int, Needs]:
    kept: dict[tuple[int, str, str], Needs] = {}
    for m in messages:
        key = m.version, m.step, m.channel
        if m.service or key in kept:
            continue
        try:
            kept[key] = needs_of(content_of(m.version, m.step), m.channel)
        except (AntiphonError, KeyError):  # rendering will say so
            kept[key] = Needs()
    nothing = Needs()
    return {m.id: needs for m in messages if (needs := kept.get((m.version, m.step, m.channel), nothing))}


def _conditions(
    database: Database, asked: Mapping[int, Needs], persons: Mapping[int, Person], now: datetime
) -> tuple[dict[str, set[Person]], dict[str, str]]:
    """Of each condition the people for whom it holds; and what is wrong with those that cannot be asked."""
    conditions: dict[str, Condition] = {}
    whom: dict[str, set[Person]] = defaultdict(set)
    for message, needs in asked.items():
        for key, condition in needs.conditions.items():
            conditions[key] = condition
            whom[key].add(persons[message])
    holds: dict[str, set[Person]] = defaultdict(set)
    broken = {}
    for key, condition in conditions.items():
        try:
            # a transaction of its own: a statement that fails ends it
            with database.read() as connection:
                found = truths(connection, sorted(whom[key]), {key: condition}, now)
        except (DBAPIError, AntiphonError, ValueError) as error:
            broken[key] = str(getattr(error, "orig", None) or error).splitlines()[0]
        else:
            holds[key] = {person for person, held in found.items() if held}
    return holds, broken


@dataclass(slots=True)
class _Line:
    """A product as an occasion names it."""

    id: str
    said: Mapping[str, Any]


class _Shelf:
    """The products that a batch of messages asks for."""

    def __init__(
        self, asked: Mapping[int, Needs], persons: Mapping[int, Person], occasions: Mapping[int, Occasion]
    ) -> None:
        self._asked, self._persons, self._occasions = asked, persons, occasions
        self._ids: dict[str, Mapping[Person, Sequence[str]]] = {}
        self._best: Sequence[str] = ()
        self._known: dict[str, Product] = {}

    def fill(self, connection: Connection, now: datetime) -> None:
        for name, read in _SOURCES.items():
            most = max((needs.lists.get(name, 0) for needs in self._asked.values()), default=0)
            if most:
                whom = {self._persons[message] for message, needs in self._asked.items() if name in needs.lists}
                self._ids[name] = read(connection, sorted(whom), most, now)
        if any("best_sellers" in needs.lists for needs in self._asked.values()):
            self._best = best_sellers(connection)
        self._known = products(connection, self._every_id(), deleted=True)

    def _every_id(self) -> Iterable[str]:
        for message, needs in self._asked.items():
            for named in needs.named.values():
                yield from named
            if "products" in needs.lists:
                yield from (line.id for line in _lines(self._occasions[message]) if line.id)
        yield from self._best
        for each in self._ids.values():
            for ids in each.values():
                yield from ids

    def of(self, message: int, needs: Needs) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
        """The lists of one message, and its named products."""
        lists = {}
        for name, most in needs.lists.items():
            if name == "products":
                lists[name] = self._of_occasion(self._occasions[message])[:most]
            elif name == "best_sellers":
                lists[name] = self._offered(self._best)[:most]
            else:
                lists[name] = self._offered(self._ids[name].get(self._persons[message], ()))[:most]
        return lists, {key: self._offered(ids) for key, ids in needs.named.items()}

    def _offered(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Products of the catalogue that can be bought."""
        known = (self._known.get(one) for one in ids)
        return [shown(product) for product in known if product is not None and product.for_sale]

    def _of_occasion(self, occasion: Occasion) -> list[dict[str, Any]]:
        """The lines of the occasion, with what the catalogue knows; what was deleted from it is left out."""
        paid = occasion.name.startswith(_PAID)
        found = []
        for line in _lines(occasion):
            product = self._known.get(line.id)
            if product is None or product.deleted_at is None:
                found.append(_merged(line, product, occasion.props, paid=paid))
        return found


def _viewed(
    connection: Connection, people: Collection[Person], most: int, now: datetime
) -> Mapping[Person, Sequence[str]]:
    where = {"buckets": [p[0] for p in people], "persons": [p[1] for p in people], "most": 3 * most, "now": now}
    return {(row.bucket, row.person): row.products for row in connection.execute(queries.VIEWED, where)}


def _next(connection: Connection, people: Sequence[Person], most: int, now: datetime) -> Mapping[Person, Sequence[str]]:
    # more than are shown: some may not be in the catalogue
    found = for_people(connection, people, 3 * most, now=now)
    return {person: found.get(person[1], []) for person in people}


def _again(
    connection: Connection, people: Sequence[Person], most: int, now: datetime
) -> Mapping[Person, Sequence[str]]:
    found = for_people(connection, people, 3 * most, now=now, kind="again")
    return {person: found.get(person[1], []) for person in people}


_SOURCES: Mapping[str, Callable[[Connection, Sequence[Person], int, datetime], Mapping[Person, Sequence[str]]]] = {
    "recently_viewed": _viewed,
    "recommendations": _next,
    "buy_again": _again,
}


def _lines(occasion: Occasion) -> list[_Line]:
    """The products that the occasion names; its own ``product_id`` where it has no list."""
    said = occasion.props.get("products")
    if not isinstance(said, list):
        said = [occasion.props] if occasion.props.get("product_id") else []
    return [_Line(_text(one, "product_id", "id", "sku"), one) for one in said if isinstance(one, Mapping)]


def _text(said: Mapping[str, Any], *names: str) -> str:
    """The first of some properties that says something."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 1e15 else None  # beyond it a double has no cents; NaN is not below it


def shown(product: Product) -> dict[str, Any]:
    """A product as templates see it."""
    return {
        "id": product.id,
        "title": product.title,
        "url": product.url,
        "image": product.image,
        "price": _number(product.price),
        "compare_at": _number(product.compare_at) or 0,
        "currency": product.currency or "USD",
        "vendor": product.vendor,
        "variant": "",
        "quantity": 1,
        "stock": product.stock,
        "sold_out": product.stock == 0,
    }


def _merged(line: _Line, product: Product | None, about: Mapping[str, Any], *, paid: bool) -> dict[str, Any]:
    """A line with what the catalogue adds: it wins where it speaks of the present, the line where of what was bought."""
    said = line.said
    own: dict[str, Any] = {
        "id": line.id,
        "title": _text(said, "name", "title", "product_name"),
        "url": _text(said, "url", "product_url"),
        "image": _text(said, "image_url", "image"),
        "price": _number(said.get("price")),
        "compare_at": _number(said.get("compare_at_price")) or 0,
        "currency": _text(said, "currency") or _text(about, "currency") or "USD",
        "vendor": _text(said, "brand", "vendor"),
        "variant": _text(said, "variant"),
        "quantity": _number(said.get("quantity")) or 1,
        "stock": None,
        "sold_out": False,
    }
    if product is not None:
        known = {name: value for name, value in shown(product).items() if value not in ("", None)}
        if (paid or known.get("price") is None) and own["price"] is not None:
            for name in ("price", "compare_at", "currency"):
                known.pop(name, None)
        own |= {name: value for name, value in known.items() if name not in ("variant", "quantity")}
    own["title"] = own["title"] or line.id
    quantity = own["quantity"]
    return own | {"quantity": int(quantity) if quantity == int(quantity) else quantity}
