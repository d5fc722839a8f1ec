"""``prediction``: a figure of the person against a threshold learned from everybody (``statistic``).

Who has no orders to make the figure from has none, and is on neither side; so is everybody as long as there is no
threshold. A threshold that is learned anew touches nobody: a truth is taken for good for a day.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Interval, and_, case, cast, func, literal, select

from antiphon.audiences.compiler.base import KINDS, Compiled, Kind, Scope, earliest, if_later
from antiphon.audiences.compiler.orders import TOUCH, Orders, ever, of_all
from antiphon.audiences.models import PredictionCondition
from antiphon.people.tables import statistic

REFRESH = timedelta(days=1)
YEAR = timedelta(days=365)

#: Predictions by name: what is measured, and the threshold that it has reached.
NAMED = {"high_value": ("revenue_365d", "high_value_revenue"), "lapsing": ("days_since_order", "lapse_days")}


def _spelled(condition: PredictionCondition) -> tuple[str, str]:
    if condition.prediction is not None:
        return NAMED[condition.prediction]
    assert condition.measure is not None
    assert condition.statistic is not None
    return condition.measure, condition.statistic


def _compile(condition: PredictionCondition, scope: Scope) -> Compiled:
    measure, name = _spelled(condition)
    ours = statistic.alias()
    threshold = select(ours.c.value).where(ours.c.brand == 1, ours.c.name == name).scalar_subquery()
    if measure == "days_since_order":
        return _silence(condition, name, threshold, scope)
    orders = Orders(scope, YEAR)

    def question(count: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
        reached = _on_side(condition, cast(value if measure == "revenue_365d" else count, Float), threshold)
        return func.coalesce(and_(count > 0, reached), False)

    count = orders.count()
    again = case((count > 0, scope.as_of + literal(REFRESH)))
    found = orders.sum() if measure == "revenue_365d" else count
    evidence = func.jsonb_build_object(measure, found, name, threshold)
    return Compiled(orders.answer(question, of_none=False), earliest(orders.until(question), again), evidence)


def _on_side(
    condition: PredictionCondition, value: ColumnElement[Any], threshold: ColumnElement[Any]
) -> ColumnElement[bool]:
    return value >= threshold if condition.side == "at_least" else value < threshold


def _silence(condition: PredictionCondition, name: str, threshold: ColumnElement[Any], scope: Scope) -> Compiled:
    last, long = of_all(scope, "last_at"), func.make_interval(0, 0, 0, 0, 0, 0, threshold * 86400, type_=Interval)
    truth = ever(scope, lambda totals: func.coalesce(_on_side(condition, scope.as_of, totals.c.last_at + long), False))
    again = case((last.is_not(None), scope.as_of + literal(REFRESH)))
    evidence = func.jsonb_build_object("last_order", last, name, threshold)
    return Compiled(truth, earliest(if_later(last + long, scope), again), evidence)


def _touched(_: PredictionCondition) -> set[str]:
    return {TOUCH}


_WORDS = {
    "high_value": "has spent as much in a year as the best tenth of buyers",
    "lapsing": "has not ordered for longer than four in five wait for their next order",
}
_MEASURES = {
    "revenue_365d": "what they spent in 365 days",
    "orders_365d": "the number of orders in 365 days",
    "days_since_order": "the days since the last order",
}


def _words(condition: PredictionCondition) -> str:
    if condition.prediction is not None:
        return _WORDS[condition.prediction]
    measure, name = _spelled(condition)
    return f"{_MEASURES[measure]} is {condition.side.replace('_', ' ')} {name.replace('_', ' ')}"


KINDS["prediction"] = Kind(_compile, _touched, _words, lambda _: REFRESH)
