"""Levels and patterns as SQL, the same as ``people.engagement`` says in Python.

``row`` is ``engagement`` or an alias of it, which may stand on the far side of an outer join. Instants are taken from
instants here, which is no more than STABLE: for SELECT and the SELECT of an INSERT, never for the SET of an UPDATE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Interval, Text, and_, case, func, literal, or_, select

from antiphon.people.engagement import LIMITS, RESPONSIVE, Channel, Limits
from antiphon.people.tables import engagement
from antiphon.store.schema import Instant

_FOREVER: ColumnElement[Any] = literal("infinity", Text).cast(Instant)


def sign_at(row: FromClause) -> ColumnElement[Any]:
    """The newest sign of a human; null: none."""
    return func.greatest(row.c.last_at, row.c.opened_at)


def level(row: FromClause, as_of: ColumnElement[Any], limits: Limits = LIMITS) -> ColumnElement[str]:
    """The level of a row on its channel, 'none' where there is no row."""
    sign, first, delivered = sign_at(row), row.c.first_delivered_at, func.coalesce(row.c.delivered, 0)
    return case(
        (and_(delivered == 0, sign.is_(None)), "none"),
        (or_(delivered < limits.deliveries, first.is_(None), first > as_of - _long(limits.settling)), "new"),
        (or_(sign.is_(None), sign <= as_of - _by_channel(row, limits.silence)), "unengaged"),
        (sign > as_of - _by_channel(row, limits.lively), "engaged"),
        else_="cooling",
    )


def valid_until(row: FromClause, as_of: ColumnElement[Any], limits: Limits = LIMITS) -> ColumnElement[Any]:
    """When that level changes if nobody does anything; 'infinity': never."""
    sign, now = sign_at(row), level(row, as_of, limits)
    settled = and_(row.c.delivered >= limits.deliveries, row.c.first_delivered_at.is_not(None))
    return case(
        (and_(now == "new", settled), row.c.first_delivered_at + _long(limits.settling)),
        (now == "engaged", sign + _by_channel(row, limits.lively)),
        (now == "cooling", sign + _by_channel(row, limits.silence)),
        else_=_FOREVER,
    )


def pattern(row: FromClause, as_of: ColumnElement[Any], limits: Limits = LIMITS) -> ColumnElement[str]:
    """Which channels are answered on: an aggregate over the rows of one person, 'new' over none."""
    now = level(row, as_of, limits)
    answers = now.in_(RESPONSIVE)
    by_email = func.coalesce(func.bool_or(and_(row.c.channel == "email", answers)), False)
    by_sms = func.coalesce(func.bool_or(and_(row.c.channel == "sms", answers)), False)
    return case(
        (and_(by_email, by_sms), "both"),
        (by_email, "email_only"),
        (by_sms, "sms_only"),
        (func.bool_or(now == "new"), "new"),
        (func.bool_or(now == "unengaged"), "neither"),
        else_="new",
    )


def pattern_valid_until(row: FromClause, as_of: ColumnElement[Any], limits: Limits = LIMITS) -> ColumnElement[Any]:
    """Until when a pattern surely stands: an aggregate, the first of the levels that it is made of to change."""
    return func.coalesce(func.min(valid_until(row, as_of, limits)), _FOREVER)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer and until when it stands, as scalar subqueries."""

    value: ColumnElement[str]
    valid_until: ColumnElement[Any]


def level_of(
    channel: Channel,
    bucket: ColumnElement[Any],
    person: ColumnElement[Any],
    as_of: ColumnElement[Any],
    limits: Limits = LIMITS,
) -> Told:
    """The level of a person of an outer query, by primary key."""
    row = engagement.alias()
    mine = and_(row.c.bucket == bucket, row.c.person == person, row.c.channel == channel)
    now = select(level(row, as_of, limits)).where(mine).correlate_except(row).scalar_subquery()
    until = select(valid_until(row, as_of, limits)).where(mine).correlate_except(row).scalar_subquery()
    return Told(func.coalesce(now, literal("none", Text)), func.coalesce(until, _FOREVER))


def pattern_of(
    bucket: ColumnElement[Any], person: ColumnElement[Any], as_of: ColumnElement[Any], limits: Limits = LIMITS
) -> Told:
    """The pattern of a person of an outer query, by primary key."""
    row = engagement.alias()
    mine = and_(row.c.bucket == bucket, row.c.person == person)
    now = select(pattern(row, as_of, limits)).where(mine).correlate_except(row).scalar_subquery()
    until = select(pattern_valid_until(row, as_of, limits)).where(mine).correlate_except(row).scalar_subquery()
    return Told(now, until)


def _long(span: timedelta) -> ColumnElement[Any]:
    return literal(span, Interval)


def _by_channel(row: FromClause, spans: Mapping[Channel, timedelta]) -> ColumnElement[Any]:
    return case((row.c.channel == "sms", _long(spans["sms"])), else_=_long(spans["email"]))
