"""What the catalogue's pages show."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from antiphon.catalogue import queries as catalogue
from antiphon.catalogue.models import Product, Variant
from antiphon.catalogue.read import like, product_of, products, variants
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.web.catalogue import queries
from antiphon.web.paging import PAGE

#: Occasions that a product's page lists.
OCCASIONS = 50
_WIDTH, _HEIGHT = 96, 24


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of products, with the points of each price's line, and the address of the next page."""

    rows: Sequence[tuple[Product, str]]
    after: str


def shelf(connection: Connection, words: str, stock: str, after: str, low: int, now: datetime) -> Shelf:
    """Up to 50 products by title."""
    title, id_ = _cursor(after)
    given = {"like": like(words), "stock": stock, "title": title, "id": id_, "low": low, "limit": PAGE + 1}
    found = [product_of(row) for row in connection.execute(queries.PRODUCTS, given)]
    shown = found[:PAGE]
    prices = history(connection, catalogue.PRICES_SINCE, [each.id for each in shown])
    lines = [
        (each, line([(row.at, row.price) for row in prices if row.product == each.id and not row.variant], now))
        for each in shown
    ]
    last = urlsafe_b64encode(orjson.dumps([shown[-1].title, shown[-1].id])).decode() if len(found) > PAGE else ""
    return Shelf(lines, last)


def _cursor(text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    try:
        title, id_ = orjson.loads(urlsafe_b64decode(text.encode()))
        return str(title), str(id_)
    except (ValueError, TypeError, Base64Error) as error:
        raise AntiphonError("This page address was cut off.", "Go back to the start of the list.") from error


def history(connection: Connection, statement: Any, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Every change of some products, oldest first."""
    if not ids:
        return []
    return connection.execute(statement, {"ids": list(ids), "pbuckets": [abucket_of(each) for each in ids]}).all()


def line(
    points: Sequence[tuple[datetime, Decimal | int | None]], now: datetime, width: int = _WIDTH, height: int = _HEIGHT
) -> str:
    """The points of a line in steps, from the first change to now, zero at the bottom; empty where nothing ever changed."""
    told = [(at, float(value)) for at, value in points if value is not None]
    if len(told) < 2:
        return ""
    begun, span = told[0][0], max((now - told[0][0]).total_seconds(), 1)
    top = max(value for _, value in told) or 1
    found: list[tuple[float, float]] = []
    for at, value in told:
        x, y = (at - begun).total_seconds() / span * width, height - 1 - (height - 2) * value / top
        if found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    found.append((float(width), found[-1][1]))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in found)


@dataclass(frozen=True, slots=True)
class Shown:
    """A product with everything that its page says."""

    product: Product
    variants: Sequence[Variant]
    prices: Sequence[Row[Any]]  # of the product, newest first
    stocks: Sequence[Row[Any]]
    price_line: str
    stock_line: str
    occasions: Sequence[Row[Any]]
    interested: dict[str, int]


def shown(connection: Connection, id_: str, now: datetime) -> Shown | None:
    found = products(connection, [id_], deleted=True).get(id_)
    if found is None:
        return None
    prices = [row for row in history(connection, catalogue.PRICES_SINCE, [id_]) if not row.variant]
    stocks = [row for row in history(connection, catalogue.STOCKS_SINCE, [id_]) if not row.variant]
    occasions = connection.execute(catalogue.OCCASIONS_OF, {"product": id_, "limit": OCCASIONS}).all()
    interested = {row.relation: row.n for row in connection.execute(queries.INTERESTED, {"product": id_})}
    return Shown(
        found,
        variants(connection, [id_]).get(id_, ()),
        prices[::-1][:OCCASIONS],
        stocks[::-1][:OCCASIONS],
        line([(row.at, row.price) for row in prices], now, 600, 96),
        line([(row.at, row.stock) for row in stocks], now, 600, 96),
        occasions,
        interested,
    )
