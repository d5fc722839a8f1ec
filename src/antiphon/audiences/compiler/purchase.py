"""``purchase``: how many orders, what they came to, how old the first or the last is, what was bought."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, literal

from antiphon.audiences.compiler.base import FOREVER, KINDS, YES, Compiled, Kind, Scope, earliest, if_later
from antiphon.audiences.compiler.event import between
from antiphon.audiences.compiler.orders import TOUCH, Orders, ever, of_all
from antiphon.audiences.compiler.products import CATEGORY_REFRESH, handled, named
from antiphon.audiences.models import PurchaseCondition
from antiphon.audiences.words import bounds, window
from antiphon.kit.durations import duration_words


def _compile(condition: PurchaseCondition, scope: Scope) -> Compiled:
    if condition.bought:
        return handled("bought", condition.product, condition.category, condition.within, scope)
    if condition.age_of is not None:
        return _age(condition, scope)
    if condition.within is None and condition.since is None:
        return _ever(condition, scope)
    return _window(condition, scope)


def _age(condition: PurchaseCondition, scope: Scope) -> Compiled:
    column = f"{condition.age_of}_at"
    at = of_all(scope, column)
    spans = [literal(span) for span in (condition.older_than, condition.newer_than) if span is not None]

    def holds(totals: FromClause) -> ColumnElement[bool]:
        found = totals.c[column]
        old = YES if condition.older_than is None else found <= scope.as_of - literal(condition.older_than)
        return and_(old, YES if condition.newer_than is None else found > scope.as_of - literal(condition.newer_than))

    until = earliest(*(if_later(at + span, scope) for span in spans))
    return Compiled(ever(scope, holds), until, func.jsonb_build_object(f"{condition.age_of}_order", at))


def _ever(condition: PurchaseCondition, scope: Scope) -> Compiled:
    count, value = func.coalesce(of_all(scope, "n"), 0), func.coalesce(of_all(scope, "value"), 0)
    truth = _between(condition, count, value)
    if condition.least:  # who has none is out anyway
        truth = ever(scope, lambda totals: _between(condition, totals.c.n, totals.c.value))
    return Compiled(truth, FOREVER, func.jsonb_build_object("orders", count, "sum", value))


def _window(condition: PurchaseCondition, scope: Scope) -> Compiled:
    orders = Orders(scope, condition.within)
    if condition.measure == "order":  # at least one of them
        orders = Orders(scope, condition.within, condition.at_least, condition.at_most)

    def question(count: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
        return _between(condition, count, value)

    evidence = func.jsonb_build_object(
        "orders", orders.count(), "sum", orders.sum(), "newest", orders.figure(lambda seen: func.max(seen.c.at))
    )
    most = condition.at_most
    of_none = condition.measure != "order" and not condition.least and (most is None or most >= 0)
    return Compiled(orders.answer(question, of_none=of_none), orders.until(question), evidence)


def _between(condition: PurchaseCondition, count: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    if condition.measure == "order":
        return count >= 1
    return and_(YES, between(count if condition.measure == "count" else value, condition.least, condition.at_most))


def _touched(condition: PurchaseCondition) -> set[str]:
    return {"person_product"} if condition.bought else {TOUCH}


def _refresh(condition: PurchaseCondition) -> timedelta | None:
    return CATEGORY_REFRESH if condition.category else None


def _words(condition: PurchaseCondition) -> str:
    when = window(condition.within, condition.since)
    if condition.bought:
        return f"has bought {named(condition.product, condition.category)}{when}"
    if condition.age_of is not None:
        ages = [
            f"{words} {duration_words(age)} ago"
            for words, age in (("at least", condition.older_than), ("less than", condition.newer_than))
            if age is not None
        ]
        return f"placed the {condition.age_of} order {' and '.join(ages)}"
    if condition.at_least is None and condition.at_most is None:
        return f"has ordered{when}"
    if condition.measure == "count" and condition.at_most == 0:
        return f"has not ordered{when}"
    asked = bounds(condition.at_least, condition.at_most)
    if condition.measure == "count":
        return f"has ordered {asked} {'time' if asked.endswith(' 1') or asked == '1' else 'times'}{when}"
    return f"has {'an order of' if condition.measure == 'order' else 'orders for'} {asked}{when}"


KINDS["purchase"] = Kind(_compile, _touched, _words, _refresh)
