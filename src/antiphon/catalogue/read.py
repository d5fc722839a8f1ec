"""Reading the catalogue: what messages, pages and recommendations need of it."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue import queries
from antiphon.catalogue.models import Product, Variant

_NAMES = tuple(field.name for field in fields(Product))


def product_of(row: Row[Any]) -> Product:
    """A row of ``queries.COLUMNS``."""
    values = {name: getattr(row, name) for name in _NAMES}
    return Product(**values | {"category": tuple(row.category), "tags": tuple(row.tags)})


def products(connection: Connection, ids: Iterable[str], *, deleted: bool = False) -> dict[str, Product]:
    """Products by id; what is not in the catalogue, or was deleted, is missing unless ``deleted`` asks for it."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = connection.execute(queries.PRODUCTS, {"ids": wanted, "deleted": deleted})
    return {row.id: product_of(row) for row in rows}


def variants(connection: Connection, ids: Iterable[str]) -> dict[str, list[Variant]]:
    """The variants of products, in the shop's order."""
    found: dict[str, list[Variant]] = {}
    for row in connection.execute(queries.VARIANTS, {"ids": list(ids)}):
        one = Variant(row.id, row.title, row.sku, row.price, row.compare_at, row.stock)
        found.setdefault(row.product, []).append(one)
    return found


def not_for_sale(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of ``ids`` that are sold out or deleted. What the catalogue never heard of counts as for sale.

    A shop that sends no products at all still has events that name them.
    """
    if not ids:
        return set()
    return set(connection.execute(queries.NOT_FOR_SALE, {"ids": list(ids)}).scalars())


def like(words: str) -> str:
    """What somebody looks for as a pattern; the marks of patterns in it mean themselves. Empty for nothing."""
    plain = words.strip().replace("\0", "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{plain}%" if plain else ""


def listed(connection: Connection, words: str, after: str, limit: int) -> list[Product]:
    """Products by id, those behind ``after`` whose title or id has ``words`` in it."""
    given = {"like": like(words), "after": after.replace("\0", ""), "limit": limit}
    return [product_of(row) for row in connection.execute(queries.LISTED, given)]
