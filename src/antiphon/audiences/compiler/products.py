"""``product``: what a person did with products, and how the products of the occasion stand in the catalogue.

The catalogue stands above audiences, so of its table only the columns are known here that conditions ask for.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope, earliest, if_later
from antiphon.audiences.filters import node, text_of
from antiphon.audiences.models import ProductCondition
from antiphon.audiences.words import figure, one_of, window
from antiphon.kit.durations import Duration
from antiphon.people.tables import event, person_product
from antiphon.store.schema import Instant

product = table(
    "product",
    column("id", Text),
    column("category", ARRAY(Text)),
    column("price", Numeric),
    column("stock", Integer),
    column("deleted_at", Instant),
)

#: No touch of a person tells that a product changed its category, its price or its stock.
CATEGORY_REFRESH = timedelta(days=1)
CATALOGUE_REFRESH = timedelta(hours=1)


def handled(
    relation: str,
    products: Sequence[str] | None,
    categories: Sequence[str] | None,
    within: Duration | None,
    scope: Scope,
) -> Compiled:
    """Whether somebody viewed (carted, bought, wished) one of some products, or of some categories, ever or in a window."""
    seen = person_product.alias()
    related = and_(scope.of(seen), seen.c.relation == relation)
    matching = and_(related, _is_one(seen.c.product, products, categories))
    newest = select(func.max(seen.c.last_at)).where(matching).scalar_subquery()
    inside = matching if within is None else and_(matching, seen.c.last_at > scope.as_of - literal(within))
    until = FOREVER if within is None else earliest(if_later(newest + literal(within), scope))
    if categories:  # who has nothing to do with any product has none of a category either, whatever becomes of it
        until = earliest(until, case((exists().where(related), scope.as_of + literal(CATEGORY_REFRESH))))
    which = (
        select(func.jsonb_build_object("product", seen.c.product, "n", seen.c.n, "at", seen.c.last_at))
        .where(inside)
        .order_by(seen.c.last_at.desc(), seen.c.product)
        .limit(1)
        .scalar_subquery()
    )
    return Compiled(exists().where(inside), until, func.jsonb_build_object("relation", relation, "newest", which))


def _is_one(
    of: ColumnElement[Any], products: Sequence[str] | None, categories: Sequence[str] | None
) -> ColumnElement[bool]:
    """Either way will do; without any, every product."""
    ways: list[ColumnElement[bool]] = []
    if products:
        ways.append(of == any_(literal(list(products), ARRAY(Text))))
    if categories:
        kind = product.alias()
        listed = literal(list(categories), ARRAY(Text))
        ways.append(exists().where(and_(kind.c.id == of, kind.c.category.op("&&")(listed))))
    return or_(*ways) if ways else literal(True)


def _compile(condition: ProductCondition, scope: Scope) -> Compiled:
    if condition.relation is not None:
        return handled(condition.relation, condition.product, condition.category, condition.within, scope)
    return _occasion(condition, scope)


def _occasion(condition: ProductCondition, scope: Scope) -> Compiled:
    """At least one product of the occasion fits: the event's own ``product_id``, and those of its ``products``."""
    if scope.since is None or scope.occasion is None:
        raise ValueError("`of: occasion` only makes sense inside a journey")
    seen, offered = event.alias(), product.alias()
    listed = node(seen.c.props, "products")
    lines = case((func.jsonb_typeof(listed) == "array", listed), else_=literal([], JSONB))
    every = lines.op("||")(seen.c.props)  # an object behind a list is one more of it
    line = func.jsonb_array_elements(every).table_valued(column("value", JSONB)).lateral()
    fits = [scope.of(seen), seen.c.at == scope.since, seen.c.id == scope.occasion, offered.c.deleted_at.is_(None)]
    if condition.in_stock is not None:  # a stock that nobody counts is one
        there = func.coalesce(offered.c.stock > 0, True)
        fits.append(there if condition.in_stock else ~there)
    if condition.price_below is not None:
        fits.append(offered.c.price < condition.price_below)
    of_lines = seen.join(line, true()).join(offered, offered.c.id == text_of(line.c.value, "product_id"))
    shown = func.jsonb_build_object("product", offered.c.id, "price", offered.c.price, "stock", offered.c.stock)
    which = select(func.jsonb_agg(shown.distinct())).select_from(of_lines).where(*fits).scalar_subquery()
    truth = exists(select(literal(1)).select_from(of_lines).where(*fits))
    until = scope.as_of + literal(CATALOGUE_REFRESH)
    return Compiled(truth, until, func.jsonb_build_object("of", "occasion", "products", which))


def _touched(condition: ProductCondition) -> set[str]:
    return {"person_product"} if condition.relation is not None else set()


def _refresh(condition: ProductCondition) -> timedelta | None:
    if condition.of is not None:
        return CATALOGUE_REFRESH
    return CATEGORY_REFRESH if condition.category else None


def named(products: Sequence[str] | None, categories: Sequence[str] | None) -> str:
    """``a or b, or anything of shoes``."""
    ways = [one_of(products)] if products else []
    if categories:
        ways.append(f"anything of {one_of(categories)}")
    return ", or ".join(ways) or "anything"


_RELATIONS = {"viewed": "has viewed", "carted": "put into a cart", "bought": "has bought", "wished": "wished for"}


def _words(condition: ProductCondition) -> str:
    if condition.relation is not None:
        things = named(condition.product, condition.category)
        return f"{_RELATIONS[condition.relation]} {things}{window(condition.within, None)}"
    ways = []
    if condition.in_stock is not None:
        ways.append("in stock" if condition.in_stock else "sold out")
    if condition.price_below is not None:
        ways.append(f"below {figure(condition.price_below)}")
    return f"a product of the occasion is {' and '.join(ways)}"


KINDS["product"] = Kind(_compile, _touched, _words, _refresh)
