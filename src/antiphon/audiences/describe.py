"""Conditions as sentences."""

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
from antiphon.kit.durations import duration_words

_OPS = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "in": "is one of",
    "contains": "contains",
    "exists": "is known",
}
_CHANNELS = {"email": "email", "sms": "texts"}


def describe_filter(test: PropertyFilter) -> str:
    if test.op == "exists":
        return f"{test.prop} is {'known' if test.value is not False else 'unknown'}"
    value = ", ".join(map(str, test.value)) if isinstance(test.value, list) else str(test.value)
    return f"{test.prop} {_OPS[test.op]} {value}"


def describe(condition: Condition) -> str:
    """One condition in words, without a full stop: "is subscribed to texts and has ordered within 90 days"."""
    match condition:
        case TraitCondition():
            return describe_filter(PropertyFilter(prop=condition.trait, op=condition.op, value=condition.value))
        case ConsentCondition():
            return _consent(condition)
        case EventCondition():
            return _event(condition)
        case AllCondition():
            return " and ".join(map(describe, condition.of))
        case AnyCondition():
            return "either " + " or ".join(map(describe, condition.of))
        case NotCondition():
            return f"not ({describe(condition.of)})"


def _consent(condition: ConsentCondition) -> str:
    about = {"marketing": "", "transactional": " about orders", "cart": " about carts"}[condition.purpose]
    double = ", confirmed twice" if condition.double_opt_in else ""
    state = {
        "subscribed": "is subscribed to",
        "unsubscribed": "has unsubscribed from",
        "pending": "has not yet confirmed",
        "never": "never subscribed to",
    }[condition.state]
    return f"{state} {_CHANNELS[condition.channel]}{about}{double}"


def _event(condition: EventCondition) -> str:
    when = ""
    if condition.within is not None:
        when = f" within {duration_words(condition.within)}"
    elif condition.since:
        when = " since then"
    where = f" where {' and '.join(map(describe_filter, condition.where))}" if condition.where else ""
    if condition.at_most == 0:
        return f"no “{condition.event}”{where}{when}"
    if condition.at_most is not None:
        return f"“{condition.event}”{where} {condition.least} to {condition.at_most} times{when}"
    times = f" at least {condition.least} times" if condition.least > 1 else ""
    return f"“{condition.event}”{where}{times}{when}"
