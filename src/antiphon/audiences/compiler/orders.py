"""Orders of a person inside a window: what they come to, and when the answer to a question about them changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, func, literal, not_, select

from antiphon.audiences.compiler.base import FOREVER, Scope
from antiphon.audiences.compiler.event import between, inside
from antiphon.audiences.filters import number_of
from antiphon.kit.durations import Duration
from antiphon.people.tables import event, event_total

ORDER = "Order Completed"
TOUCH = f"event:{ORDER}"

#: Number of orders and what they came to → a truth, which is never null.
Question = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]


def worth(props: ColumnElement[Any]) -> ColumnElement[Any]:
    """What an order came to, as ``event_total`` counts it: its revenue, else its total; 0 where neither is a number."""
    value = func.coalesce(number_of(props, "revenue"), number_of(props, "total"), 0)
    return case((func.abs(value) < 1_000_000_000, value), else_=0)


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders within a window, or since the occasion, that came to something between two bounds."""

    scope: Scope
    within: Duration | None
    at_least: float | None = None
    at_most: float | None = None

    def _of(self, seen: FromClause) -> ColumnElement[bool]:
        return and_(self.scope.of(seen), self._which(seen))

    def _which(self, seen: FromClause) -> ColumnElement[bool]:
        found = inside(seen, ORDER, self.within, self.scope)
        if self.at_least is None and self.at_most is None:
            return found
        return and_(found, between(worth(seen.c.props), self.at_least, self.at_most))

    def figure(self, of: Callable[[FromClause], ColumnElement[Any]]) -> ColumnElement[Any]:
        """An aggregate over them."""
        seen = event.alias()
        return select(of(seen)).where(self._of(seen)).correlate_except(seen).scalar_subquery()

    def count(self) -> ColumnElement[Any]:
        return self.figure(lambda _: func.count())

    def sum(self) -> ColumnElement[Any]:
        return self.figure(lambda seen: func.coalesce(func.sum(worth(seen.c.props)), 0))

    def answer(self, question: Question, *, of_none: bool) -> ColumnElement[bool]:
        """The answer to a question about them, in one look; ``of_none`` is the answer where there are none."""
        if self.scope.buckets is None:
            return self._each(question)
        seen = event.alias()
        holds = _of_group(question, seen)
        if of_none:
            return not_(self.scope.grouped(seen, self._which(seen), not_(holds)))
        return self.scope.grouped(seen, self._which(seen), holds)

    def _each(self, question: Question) -> ColumnElement[bool]:
        return self.figure(lambda seen: _of_group(question, seen))

    def until(self, question: Question) -> ColumnElement[Any]:
        """The first instant at which an order leaves the window that makes the answer another one; else infinity."""
        if self.within is None:
            return FOREVER
        seen = event.alias()
        # what is left when the orders of one instant have left: those that are newer
        frame: dict[str, Any] = {
            "partition_by": seen.c.bucket,  # of one person alone; a cluster asks for it
            "order_by": seen.c.at.desc(),
            "groups": (None, -1),
        }
        left = (
            select(
                seen.c.at,
                func.count().over(**frame).label("n"),
                func.coalesce(func.sum(worth(seen.c.props)).over(**frame), 0).label("sum"),
            )
            .where(self._of(seen))
            .correlate_except(seen)
            .subquery()
        )
        leaves = func.min(left.c.at) + literal(self.within)
        first = select(leaves).where(question(left.c.n, left.c.sum) != self._each(question)).scalar_subquery()
        return func.coalesce(first, FOREVER)


def _of_group(question: Question, seen: FromClause) -> ColumnElement[bool]:
    answer = question(func.count(), func.coalesce(func.sum(worth(seen.c.props)), 0))
    # a question without a bound counts nothing, and a look that counts nothing is no single row
    return and_(func.count() >= 0, answer)


def ever(scope: Scope, holds: Callable[[FromClause], ColumnElement[bool]], name: str = ORDER) -> ColumnElement[bool]:
    """Whether there is a lifetime total of an event and something holds for it: a join, where everybody is asked."""
    totals = event_total.alias()
    return exists().where(and_(scope.among(totals), totals.c.name == name, holds(totals)))


def of_all(scope: Scope, column: str) -> ColumnElement[Any]:
    """A column of the person's lifetime total of orders; null where there is none."""
    totals = event_total.alias()
    return select(totals.c[column]).where(scope.of(totals), totals.c.name == ORDER).scalar_subquery()
