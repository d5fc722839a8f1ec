"""Words that sentences about conditions share."""

from collections.abc import Sequence
from typing import Any

from antiphon.audiences.models.base import PropertyFilter
from antiphon.kit.durations import Duration, duration_words

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
CHANNELS = {"email": "email", "sms": "texts"}


def describe_filter(test: PropertyFilter) -> str:
    if test.op == "exists":
        return f"{test.prop} is {'known' if test.value is not False else 'unknown'}"
    value = ", ".join(map(str, test.value)) if isinstance(test.value, list) else str(test.value)
    return f"{test.prop} {_OPS[test.op]} {value}"


def window(within: Duration | None, since: str | None) -> str:
    """`` within 90 days``, `` since then``, or nothing."""
    if within is not None:
        return f" within {duration_words(within)}"
    return " since then" if since else ""


def one_of(values: Sequence[Any]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    listed = [str(value) for value in values]
    return " or ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))


def figure(value: float) -> str:
    """A number as people write it: no ``.0``, no exponent."""
    return f"{value:,.2f}".removesuffix(".00") if value != int(value) else f"{int(value):,}"


def bounds(least: float | None, most: float | None) -> str:
    """``at least 3``, ``at most 5``, ``3 to 5``."""
    if least is not None and most is not None:
        return figure(least) if least == most else f"{figure(least)} to {figure(most)}"
    if least is not None:
        return f"at least {figure(least)}"
    assert most is not None
    return f"at most {figure(most)}"
