"""``engagement``: what a person makes of our messages; levels and patterns are those of ``people.levels``."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope, earliest, if_later
from antiphon.audiences.compiler.event import between
from antiphon.audiences.models import EngagementCondition
from antiphon.audiences.words import CHANNELS, bounds, one_of
from antiphon.kit.durations import Duration, duration_words
from antiphon.people import levels
from antiphon.people.tables import engagement


def _compile(condition: EngagementCondition, scope: Scope) -> Compiled:
    if condition.level is not None or condition.pattern is not None:
        return _standing(condition, scope)
    if condition.responded_within is not None:
        return _recency("last_at", "responded_at", condition.responded_within, condition, scope)
    if condition.delivered_within is not None:
        return _recency("last_delivered_at", "delivered_at", condition.delivered_within, condition, scope)
    return _count(condition, scope)


def _standing(condition: EngagementCondition, scope: Scope) -> Compiled:
    if condition.channel is None:
        found = levels.pattern_of(scope.bucket, scope.person, scope.as_of)
        evidence = func.jsonb_build_object("pattern", found.value, "levels", _levels(scope))
    else:
        found = levels.level_of(condition.channel, scope.bucket, scope.person, scope.as_of)
        evidence = func.jsonb_build_object("channel", condition.channel, "level", found.value)
    return Compiled(found.value.in_([*condition.levels, *condition.patterns]), found.valid_until, evidence)


def _levels(scope: Scope) -> ColumnElement[Any]:
    mine = engagement.alias()
    each = func.jsonb_object_agg(mine.c.channel, levels.level(mine, scope.as_of))
    return select(each).where(scope.of(mine)).scalar_subquery()


def _recency(column: str, said: str, within: Duration, condition: EngagementCondition, scope: Scope) -> Compiled:
    mine, window = engagement.alias(), literal(within)
    of_channel = and_(scope.of(mine), mine.c.channel == condition.channel)
    newest = select(mine.c[column]).where(of_channel).scalar_subquery()
    truth = exists().where(and_(of_channel, mine.c[column] > scope.as_of - window))
    evidence = func.jsonb_build_object("channel", condition.channel, said, newest)
    return Compiled(truth, earliest(if_later(newest + window, scope)), evidence)


def _count(condition: EngagementCondition, scope: Scope) -> Compiled:
    assert condition.count is not None
    mine = engagement.alias()
    of_channel = and_(scope.of(mine), mine.c.channel == condition.channel)
    number = func.coalesce(select(mine.c[condition.count]).where(of_channel).scalar_subquery(), 0)
    truth: ColumnElement[bool] = between(number, None, condition.at_most)
    if condition.at_least:
        truth = exists().where(
            and_(of_channel, between(mine.c[condition.count], condition.at_least, condition.at_most))
        )
    evidence = func.jsonb_build_object("channel", condition.channel, condition.count, number)
    return Compiled(truth, FOREVER, evidence)


_LEVELS = {
    "engaged": "engaged with",
    "cooling": "cooling towards",
    "unengaged": "unengaged with",
    "new": "new to",
    "none": "not yet written to by",
}
_PATTERNS = {
    "both": "answers on both channels",
    "email_only": "answers on email alone",
    "sms_only": "answers on texts alone",
    "neither": "answers on neither channel",
    "new": "is too new to tell where they answer",
}
_COUNTED = {
    "responses": "answers to {}",
    "clicks": "clicks in {}",
    "replies": "replies to {}",
    "opens": "opens of {}",
    "visits": "visits from {}",
    "orders": "orders after {}",
    "delivered": "delivered {}",
}


def _words(condition: EngagementCondition) -> str:
    if condition.pattern is not None:
        return one_of([_PATTERNS[pattern] for pattern in condition.patterns])
    assert condition.channel is not None
    channel = CHANNELS[condition.channel]
    if condition.level is not None:
        return f"is {one_of([f'{_LEVELS[level]} {channel}' for level in condition.levels])}"
    if condition.responded_within is not None:
        return f"has responded to {channel} within {duration_words(condition.responded_within)}"
    if condition.delivered_within is not None:
        return f"was sent {channel} within {duration_words(condition.delivered_within)}"
    assert condition.count is not None
    return f"has {bounds(condition.at_least, condition.at_most)} {_COUNTED[condition.count].format(channel)}"


KINDS["engagement"] = Kind(_compile, lambda _: {"engagement"}, _words)
