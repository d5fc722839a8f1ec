"""Filters of ours, and the standard ones that could fill the memory before a limit of the output is asked."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache, wraps
from typing import Any

from liquid import Environment
from liquid.exceptions import FilterError

#: Characters that one filter may make, and elements that it may compare with each other.
MOST_TEXT, MOST_COMPARED = 1_000_000, 2_000

_SIGNS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_ASKED_OFTEN = 4_096
#: The width of a directive of ``strftime``, behind its flags.
_WIDTH = re.compile(r"%%|%([-_^#]*)0*[1-9][0-9]*")

Filter = Callable[..., Any]


def money(value: Any, currency: Any = "USD") -> str:
    """``{{ 12.5 | money: "USD" }}`` is $12.50; no currency is dollars, an unknown one stands behind the amount."""
    currency = str(currency or "") or "USD"
    # prices are asked for again and again; 0 is not kept because 0.0 and -0.0 are one key
    if type(value) in {int, float} and value and len(currency) < 8:
        return _kept_money(value, currency)
    return _money(value, currency)


def _money(value: Any, currency: str) -> str:
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    sign = _SIGNS.get(currency)
    return f"{sign}{amount:,}" if sign else f"{amount:,} {currency}"


_kept_money = lru_cache(maxsize=_ASKED_OFTEN, typed=True)(_money)


def register(environment: Environment) -> None:
    """Our filters, bounds on those that multiply their input, what decodes is without NUL."""
    environment.add_filter("money", money)
    for name, bound in _BOUNDS.items():
        environment.add_filter(name, _bounded(environment.filters[name], bound))
    environment.add_filter("date", _without_widths(environment.filters["date"]))
    for name in _DECODERS:
        environment.add_filter(name, _without_nul(environment.filters[name]))


def _bounded(original: Filter, bound: Callable[..., int]) -> Filter:
    """``original``, refused where its result would be larger than any message."""

    @wraps(original)
    def checked(value: Any, *arguments: Any, **named: Any) -> Any:
        if bound(value, *arguments) > MOST_TEXT:
            raise FilterError("the result of a filter is too long", token=None)
        return original(value, *arguments, **named)

    return checked


def _narrow(directive: re.Match[str]) -> str:
    return "%%" if directive[0] == "%%" else f"%{directive[1]}"


def _without_widths(original: Filter) -> Filter:
    """``date`` with directives as wide as they are: ``%99d`` is nobody's date, and makes much of few signs."""

    @wraps(original)
    def dated(value: Any, format_: Any, *more: Any, **named: Any) -> Any:
        return original(value, _WIDTH.sub(_narrow, format_) if isinstance(format_, str) else format_, *more, **named)

    return dated


def _without_nul(original: Filter) -> Filter:
    @wraps(original)
    def decoded(value: Any) -> Any:
        found = original(value)
        return found.replace("\0", "") if isinstance(found, str) else found

    return decoded


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0


def _weight(*values: Any) -> int:
    """Characters of values as they would be written, about; looked at until they are too many."""
    waiting, found = list(values), 0
    while waiting and found <= MOST_TEXT:
        one = waiting.pop()
        found += 1
        if isinstance(one, str):
            found += len(one)
        elif isinstance(one, int):
            found += one.bit_length() // 3
        elif isinstance(one, Mapping):
            waiting += (*one.keys(), *one.values())
        elif isinstance(one, (list, tuple, range)):
            waiting += one
    return found


def _joined(value: Any, separator: Any = " ", *_: Any) -> int:
    """Characters of what ``append``, ``prepend`` and ``join`` put together."""
    if isinstance(value, (list, tuple)):
        return _weight(value) + len(value) * _length(separator)
    return (_weight(value) if isinstance(value, range) else _length(value)) + _length(separator)


def _replaced(value: Any, old: Any = "", new: Any = "", *_: Any) -> int:
    if not _length(new):
        return 0
    text = value if isinstance(value, str) else str(value)
    return len(text) + text.count(old if isinstance(old, str) else str(old)) * _length(new)


def _compared(value: Any, *_: Any) -> int:
    """``uniq`` compares each element with each: more than :data:`MOST_COMPARED` count as too long."""
    return MOST_TEXT + 1 if isinstance(value, (list, tuple, range)) and len(value) > MOST_COMPARED else 0


def _put_together(value: Any, more: Any = (), *_: Any) -> int:
    """Of lists: doubled again and again they hold the same text a thousand times."""
    return _weight(value, more)


_DECODERS = ("url_decode", "base64_decode", "base64_url_safe_decode")
_BOUNDS: Mapping[str, Callable[..., int]] = {
    "concat": _put_together,
    "append": _joined,
    "prepend": _joined,
    "join": _joined,
    "replace": _replaced,
    "uniq": _compared,
}
