"""Conditions as SQLAlchemy Core: one condition becomes (truth, valid until, evidence) for the person of a scope.

``valid until`` is the instant at which the truth may change by the mere passing of time, ``infinity`` when only a touch
(an event, a trait, a consent) can change it; of a composition it is the earliest. Every look-up is by the person's
bucket and has a lower bound in time, because one without it reads every partition (142,000/s fell to 41,000/s).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, literal_column, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.audiences.filters import compile_filter, compile_filters
from antiphon.audiences.models import (
    AllCondition,
    AnyCondition,
    Condition,
    ConsentCondition,
    EventCondition,
    NotCondition,
    PropertyFilter,
    TraitCondition,
)
from antiphon.people.tables import event, event_total, person, person_address
from antiphon.store.schema import Instant

FOREVER: ColumnElement[Any] = literal_column("'infinity'::timestamptz", Instant)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a condition asks about, and when: columns of the statement that it becomes part of.

    ``since`` is the occasion of the run, where there is one.
    """

    bucket: ColumnElement[int]
    person: ColumnElement[int]
    as_of: ColumnElement[Any]
    since: ColumnElement[Any] | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    truth: ColumnElement[bool]
    valid_until: ColumnElement[Any]
    evidence: ColumnElement[Any]


def compile_condition(condition: Condition, scope: Scope) -> Compiled:
    """The one compiler; dispatches by the kind of the condition."""
    return _COMPILERS[condition.kind](condition, scope)


def _trait(condition: TraitCondition, scope: Scope) -> Compiled:
    test = PropertyFilter(prop=condition.trait, op=condition.op, value=condition.value)
    mine = and_(person.c.bucket == scope.bucket, person.c.id == scope.person)
    found = select(person.c.traits).where(mine).scalar_subquery()
    truth = compile_filter(test, func.coalesce(found, literal({}, JSONB)))
    value = func.jsonb_extract_path(found, *condition.trait.split("."))
    return Compiled(truth, FOREVER, func.jsonb_build_object("trait", condition.trait, "value", value))


def _consent(condition: ConsentCondition, scope: Scope) -> Compiled:
    mine = and_(
        person_address.c.bucket == scope.bucket,
        person_address.c.person == scope.person,
        person_address.c.channel == condition.channel,
    )
    column = person_address.c[condition.purpose]
    holds = and_(mine, column == condition.state)
    if condition.double_opt_in:
        holds = and_(holds, person_address.c.cart_double)
    if condition.state == "never":  # of nobody's address we know anything else either
        truth: ColumnElement[bool] = not_(exists().where(and_(mine, column != "never")))
    else:
        truth = exists().where(holds)
    evidence = func.jsonb_build_object(
        "channel", condition.channel, "purpose", condition.purpose, "state",
        select(func.max(column)).where(mine).scalar_subquery(),
    )  # fmt: skip
    return Compiled(truth, FOREVER, evidence)


def _event(condition: EventCondition, scope: Scope) -> Compiled:
    if condition.within is None and condition.since is None:
        return _event_ever(condition, scope)
    lower = scope.as_of - literal(condition.within) if condition.within is not None else scope.since
    if lower is None:
        raise ValueError("`since: occasion` only makes sense inside a journey")
    matching = and_(
        event.c.bucket == scope.bucket,
        event.c.person == scope.person,
        event.c.at >= lower,
        event.c.at <= scope.as_of,
        event.c.received_at <= scope.as_of,  # only what had arrived by then, so that a rehearsal sees the same
        event.c.name == condition.event,
        compile_filters(condition.where, event.c.props),
    )
    count = select(func.count()).where(matching).scalar_subquery()
    evidence = (
        select(func.jsonb_build_object("event", condition.event, "n", func.count(), "newest", func.max(event.c.at)))
        .where(matching)
        .scalar_subquery()
    )
    if condition.least == 1 and condition.at_most is None:
        truth: ColumnElement[bool] = exists().where(matching)
    else:
        truth = count >= condition.least
        if condition.at_most is not None:
            truth = and_(truth, count <= condition.at_most)
    return Compiled(truth, _leaves_window(condition, matching), evidence)


def _leaves_window(condition: EventCondition, matching: ColumnElement[bool]) -> ColumnElement[Any]:
    """When an event that the truth rests on leaves the window: the earliest over both bounds."""
    if condition.within is None:
        return FOREVER
    newest_first = select(event.c.at).where(matching).order_by(event.c.at.desc())
    ranks = {condition.least} if condition.least else set()
    if condition.at_most is not None:
        ranks.add(condition.at_most + 1)
    ends = [
        func.coalesce(newest_first.offset(rank - 1).limit(1).scalar_subquery() + literal(condition.within), FOREVER)
        for rank in sorted(ranks)
    ]
    return func.least(*ends, type_=Instant) if ends else FOREVER


def _event_ever(condition: EventCondition, scope: Scope) -> Compiled:
    mine = and_(
        event_total.c.bucket == scope.bucket,
        event_total.c.person == scope.person,
        event_total.c.name == condition.event,
    )
    count = func.coalesce(select(event_total.c.n).where(mine).scalar_subquery(), 0)
    truth: ColumnElement[bool] = count >= condition.least
    if condition.at_most is not None:
        truth = and_(truth, count <= condition.at_most)
    return Compiled(truth, FOREVER, func.jsonb_build_object("event", condition.event, "n", count))


def _many(condition: AllCondition | AnyCondition, scope: Scope) -> Compiled:
    parts = [compile_condition(part, scope) for part in condition.of]
    join = and_ if condition.kind == "all" else or_
    return Compiled(
        join(*(part.truth for part in parts)),
        func.least(*(part.valid_until for part in parts), type_=Instant),
        func.jsonb_build_object(condition.kind, func.jsonb_build_array(*(part.evidence for part in parts))),
    )


def _not(condition: NotCondition, scope: Scope) -> Compiled:
    inner = compile_condition(condition.of, scope)
    return Compiled(not_(inner.truth), inner.valid_until, func.jsonb_build_object("not", inner.evidence))


_COMPILERS: dict[str, Callable[[Any, Scope], Compiled]] = {
    "trait": _trait,
    "consent": _consent,
    "event": _event,
    "all": _many,
    "any": _many,
    "not": _not,
}

#: What touches a kind, besides time: names of events, or the tables whose change can turn it.
TOUCHED_BY: dict[str, Callable[[Any], set[str]]] = {
    "trait": lambda _: {"person.traits"},
    "consent": lambda _: {"person_address"},
    "event": lambda condition: {f"event:{condition.event}"},
    "all": lambda condition: set().union(*(touched_by(part) for part in condition.of)),
    "any": lambda condition: set().union(*(touched_by(part) for part in condition.of)),
    "not": lambda condition: touched_by(condition.of),
}


def touched_by(condition: Condition) -> set[str]:
    """What must change for the truth of a condition to change before its ``valid until``."""
    return TOUCHED_BY[condition.kind](condition)
