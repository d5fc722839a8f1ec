"""What compiled templates call: short ways for the usual types, python-liquid's own functions for all others."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import markupsafe
from liquid import Markup, RenderContext, Token, is_undefined
from liquid.builtin.expressions.logical import _contains, _eq, _le, _lt, is_truthy
from liquid.limits import to_int
from liquid.stringify import to_liquid_string

from antiphon.content.liquid.environment import Limited
from antiphon.content.liquid.errors import AbortError

#: Most characters that compiled code writes into one buffer; beyond, python-liquid decides whether a limit is reached.
#: A character has at most 4 bytes in UTF-8, and a capture shares the limit with the buffer around it.
LONGEST = Limited.output_stream_limit // 8 - 1_000
#: The same for ``sys.getsizeof`` of a template's own variables.
LARGEST = Limited.local_namespace_limit // 2
MOST_TURNS = Limited.loop_iteration_limit

#: Types whose every value counts as true.
SOLID = frozenset({str, int, float, list, dict, tuple, Decimal, Markup})
#: A path that leads nowhere: python-liquid makes these errors an undefined value.
NOWHERE = (KeyError, TypeError, IndexError)

_NUMBERS = frozenset({int, float})
_COMPARED = frozenset({int, float, str})
#: In text between links: the beginning of a link, also one that the next piece could complete.
_OPENS_LINK = re.compile(r"<a\b|<$", re.IGNORECASE).search


def _escape(text: str) -> str:
    return str(markupsafe.escape(text))


#: The function in C behind ``escape``, without an object around each value: three times as fast a mail.
_escaped: Callable[[str], str] = getattr(markupsafe, "_escape_inner", _escape)


def plain(value: Any) -> str:
    """``value`` as a text shows it."""
    return _written(str(value) if type(value) is int else to_liquid_string(value, autoescape=False))


def html(value: Any) -> str:
    """``value`` as HTML shows it; what is marked as safe stays as it is."""
    kind = type(value)
    if kind is str:
        return _written(_escaped(value))
    return str(value) if kind is int else _written(to_liquid_string(value, autoescape=True))


def _written(text: str) -> str:
    """``text``, which python-liquid's stream refuses where it cannot be UTF-8."""
    if not text.isascii():
        text.encode()
    return text


def calm(value: Any) -> str:
    """:func:`html` between links; markup that opens a link is left to the search of the whole."""
    if type(value) is str:
        if not value.isascii():
            value.encode()
        return _escaped(value)
    found = html(value)
    if type(found) is Markup and _OPENS_LINK(found):
        raise AbortError
    return found


def within(value: Any) -> str:
    """:func:`html` inside the quotes of a link: it leaves the output, so that what its end would be asked is asked here."""
    found = html(value)
    if '"' in found or "\r" in found:
        raise AbortError
    return found


def truthy(value: Any) -> bool:
    return value is True or (value is not False and value is not None and is_truthy(value))


def equal(left: Any, right: Any) -> bool:
    if type(left) is type(right) and type(left) in _COMPARED:
        return bool(left == right)
    return _eq(left, right)


def less(token: Token, left: Any, right: Any) -> bool:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return bool(left < right)
    return _lt(token, left, right)


def less_or_equal(left: Any, right: Any) -> bool:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return bool(left <= right)
    return _le(left, right)


def contains(token: Token, left: Any, right: Any) -> bool:
    if type(left) is str and type(right) is str:
        return right in left
    return _contains(token, left, right)


def items(value: Any) -> Sequence[Any]:
    """What a ``for`` goes through."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, str):
        return [value] if value else []
    return value if isinstance(value, Sequence) else ()


def part(found: Sequence[Any], limit: int | None, offset: int) -> Sequence[Any]:
    """What a ``for`` with ``limit`` and ``offset`` goes through; a stop of 0 counts as none, as in python-liquid."""
    length = len(found)
    stop = None if limit is None else limit + offset
    start, end = min(max(offset, 0), length), min(stop or length, length)
    if end < 0:
        raise AbortError
    return found[start:end] if isinstance(found, (list, range)) else list(islice(found, start, end))


def fits(names: Mapping[str, Any]) -> None:
    if sum(map(sys.getsizeof, names.values())) > LARGEST:
        raise AbortError


def cycle(context: RenderContext, group: Any, named: bool, arguments: list[Any]) -> Any:
    """The next of ``arguments``; as ``CycleNode`` does it."""
    name = ("__UNDEFINED" if is_undefined(group) else str(group)) if named else ""
    index = context.cycle(name or str(arguments), len(arguments))
    return arguments[index] if index < len(arguments) else ""


def finished(parts: Sequence[str]) -> str:
    """The pieces as one text; line ends that python-liquid's stream would change are left to it."""
    text = "".join(parts)
    if "\r" in text:
        raise AbortError
    return text


#: Under these names generated code finds them.
NAMES: Mapping[str, Any] = {
    "Abort": AbortError,
    "Markup": Markup,
    "NOWHERE": NOWHERE,
    "SOLID": SOLID,
    "MOST_TURNS": MOST_TURNS,
    "LONGEST": LONGEST,
    "plain": plain,
    "html": html,
    "calm": calm,
    "within": within,
    "truthy": truthy,
    "equal": equal,
    "less": less,
    "less_or_equal": less_or_equal,
    "contains": contains,
    "items": items,
    "part": part,
    "to_int": to_int,
    "fits": fits,
    "cycle": cycle,
    "finished": finished,
    "str": str,
    "list": list,
    "len": len,
    "type": type,
    "enumerate": enumerate,
    "__builtins__": {},
}
