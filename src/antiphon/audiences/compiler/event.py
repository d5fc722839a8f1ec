"""``event``: how often something happened, in a window, since the occasion, or ever.

Every look-up has a lower bound in time, because one without it reads every partition (142,000/s fell to 41,000/s); "ever"
is counted in ``event_total``.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, literal, not_, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, YES, Compiled, Kind, Scope, earliest
from antiphon.audiences.filters import compile_filters
from antiphon.audiences.models import EventCondition
from antiphon.audiences.words import describe_filter, window
from antiphon.kit.durations import Duration
from antiphon.people.humans import of_people
from antiphon.people.tables import event, event_total


def _compile(condition: EventCondition, scope: Scope) -> Compiled:
    if condition.within is None and condition.since is None:
        return _ever(condition, scope)
    seen = event.alias()
    which = and_(inside(seen, condition.event, condition.within, scope), compile_filters(condition.where, seen.c.props))
    matching = and_(scope.of(seen), which)
    count = select(func.count()).select_from(seen).where(matching).scalar_subquery()
    evidence = (
        select(func.jsonb_build_object("event", condition.event, "n", func.count(), "newest", func.max(seen.c.at)))
        .where(matching)
        .scalar_subquery()
    )
    if condition.least == 1 and condition.at_most is None:
        truth: ColumnElement[bool] = exists().where(and_(scope.among(seen), which))
    elif scope.buckets is not None:
        holds = between(func.count(), condition.least, condition.at_most)
        truth = scope.grouped(seen, which, holds) if condition.least else not_(scope.grouped(seen, which, not_(holds)))
    else:
        truth = between(count, condition.least, condition.at_most)
    return Compiled(truth, _leaves_window(condition, seen, matching), evidence)


def inside(seen: FromClause, name: str, within: Duration | None, scope: Scope) -> ColumnElement[bool]:
    """Events of a name inside a window, or since the occasion: only what had arrived by then."""
    if within is not None:
        lower = seen.c.at > scope.as_of - literal(within)
    elif scope.since is not None:
        lower = seen.c.at >= scope.since
    else:
        raise ValueError("`since: occasion` only makes sense inside a journey")
    arrived = and_(seen.c.at <= scope.as_of, seen.c.received_at <= scope.as_of)  # a rehearsal sees the same
    return and_(lower, arrived, seen.c.name == name, of_people([name], seen.c.props))


def between(value: ColumnElement[Any], least: float | None, most: float | None) -> ColumnElement[bool]:
    """Whether a figure lies between bounds; a bound of nothing, and of 0 below, asks nothing."""
    truth = YES
    if least:
        truth = and_(truth, value >= least)
    return truth if most is None else and_(truth, value <= most)


def _leaves_window(condition: EventCondition, seen: FromClause, matching: ColumnElement[bool]) -> ColumnElement[Any]:
    """When an event that the truth rests on leaves the window: the earliest over both bounds."""
    if condition.within is None:
        return FOREVER
    newest_first = select(seen.c.at).where(matching).order_by(seen.c.at.desc())
    ranks = {condition.least} if condition.least else set()
    if condition.at_most is not None:
        ranks.add(condition.at_most + 1)
    return earliest(
        *(
            newest_first.offset(rank - 1).limit(1).scalar_subquery() + literal(condition.within)
            for rank in sorted(ranks)
        )
    )


def _ever(condition: EventCondition, scope: Scope) -> Compiled:
    totals = event_total.alias()
    mine = and_(scope.of(totals), totals.c.name == condition.event)
    count = func.coalesce(select(totals.c.n).where(mine).scalar_subquery(), 0)
    truth: ColumnElement[bool] = between(count, None, condition.at_most)
    if condition.least:  # who has none is out anyway; asked of everybody, this is a join
        named = and_(scope.among(totals), totals.c.name == condition.event)
        truth = exists().where(and_(named, between(totals.c.n, condition.least, condition.at_most)))
    return Compiled(truth, FOREVER, func.jsonb_build_object("event", condition.event, "n", count))


def _words(condition: EventCondition) -> str:
    when = window(condition.within, condition.since)
    where = f" where {' and '.join(map(describe_filter, condition.where))}" if condition.where else ""
    if condition.at_most == 0:
        return f"no “{condition.event}”{where}{when}"
    if condition.at_most is not None:
        return f"“{condition.event}”{where} {condition.least} to {condition.at_most} times{when}"
    times = f" at least {condition.least} times" if condition.least > 1 else ""
    return f"“{condition.event}”{where}{times}{when}"


KINDS["event"] = Kind(_compile, lambda condition: {f"event:{condition.event}"}, _words)
