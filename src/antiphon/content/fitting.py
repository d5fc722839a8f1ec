"""How many segments a text can need for one person: by how long their own values in it are, and in what letters.

One sign outside of GSM-7 in a name makes two segments of one, and nobody's name is known when a text is written: its bound is
that of the worst name. For a person it is looked up in a table of the text, by the longest of the values that it shows of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from liquid.builtin.expressions import Path

from antiphon.content.bound import PERSON, Limits, Size, upper_bound
from antiphon.content.context import with_spellings
from antiphon.content.liquid.environment import all_nodes
from antiphon.content.templates import PLAIN, TemplateError, parse

#: What longer values come to is the bound for anyone: they are cut there (``content.render``).
_LONGEST = Limits().value
#: What templates find beside traits (``content.context``): states of consent.
_STATES = {
    f"{channel}{name}": Size(len("unsubscribed"), len("unsubscribed"))
    for channel in ("sms", "email")
    for name in ("SubscriptionStatus", "_subscription_status")
}


@dataclass(frozen=True)
class Fit:
    """A promotional text's segments. ``names``: the traits that it shows; none where nothing of it is a person's alone."""

    text: str
    names: frozenset[str]

    @cached_property
    def most(self) -> int:
        """For anyone."""
        return upper_bound(self.text)

    @cached_property
    def _by_size(self) -> Mapping[bool, list[int]]:
        return {gsm: [self._of(Size(n, n, gsm)) for n in range(_LONGEST + 1)] for gsm in (True, False)}

    def _of(self, size: Size) -> int:
        return min(self.most, upper_bound(self.text, sizes=dict.fromkeys(self.names, size) | _STATES))

    def segments(self, traits: Mapping[str, Any]) -> int:
        """The most for somebody with these traits, as they are stored."""
        if not self.names:
            return self.most
        longest, gsm = 0, True
        for name in self.names:
            size = _size(traits[name] if name in traits else with_spellings(traits).get(name))
            if size is None:
                return self.most
            longest, gsm = max(longest, size.septets, size.units), gsm and size.gsm
        return self.most if longest > _LONGEST else self._by_size[gsm][longest]


@lru_cache(maxsize=65_536)
def _measured(text: str) -> Size | None:
    """None of what goes out otherwise than it is written."""
    if text.isascii() and text.isalpha():
        return Size(len(text), len(text))
    return None if "://" in text else Size.of(text)


def _size(value: Any) -> Size | None:
    if value is None:
        return Size()
    if isinstance(value, str):
        return _measured(value)
    return Size.of(str(value)) if type(value) in (int, float, bool) else None


@lru_cache(maxsize=512)
def fit(text: str) -> Fit:
    """The table of a text. Where the person as a whole is handed on, nothing can be told of their values."""
    try:
        template = parse(PLAIN, text, "text")
    except TemplateError:
        return Fit(text, frozenset())
    expressions = [each for node in all_nodes(template.bound) for each in node.expressions()]
    shown = [path.path for path in _paths(expressions) if path.path[0] in PERSON]
    plain = all(len(path) == 2 and isinstance(path[1], str) for path in shown)
    return Fit(text, frozenset(str(path[1]) for path in shown) - _STATES.keys() if plain else frozenset())


def _paths(expressions: Iterable[Any]) -> Iterable[Path]:
    waiting = list(expressions)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Path):
            yield one
        waiting += one.children()
