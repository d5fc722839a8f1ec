"""What must be read so that a content can be rendered: conditions of its blocks, products of the catalogue."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from antiphon.audiences.models import Condition
from antiphon.content.blocks import ProductsBlock, walk
from antiphon.content.blocks.base import SHOWN, condition_key
from antiphon.content.blocks.products import LISTS, NAMED, named_key
from antiphon.content.models import EmailContent, MessageContent

#: How many products a template gets that loops over them by itself.
BY_ITSELF = 12
_NAMES = re.compile(r"(?<![\w.])(products|recently_viewed|recommendations|buy_again|best_sellers)\b")


@dataclass(frozen=True, slots=True)
class Needs:
    """``lists``: names of values → how many products at most; ``named``: keys → ids."""

    conditions: Mapping[str, Condition] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.conditions or self.lists or self.named)


#: What templates see of nothing; they change no value.
_NOTHING: dict[str, Any] = {**{name: [] for name in LISTS.values()}, SHOWN: {}, NAMED: {}}


@dataclass(frozen=True, slots=True)
class Extras:
    """What was read, for one message: the conditions that hold, by key, and the products of lists.

    A product is a mapping: ``id``, ``title``, ``url``, ``image``, ``price``, ``compare_at``, ``currency``, ``vendor``,
    ``variant``, ``quantity``, ``stock`` (None where nobody counts the pieces), ``sold_out``.
    """

    shown: frozenset[str] = frozenset()
    lists: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    named: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """As templates see them."""
        if not (self.shown or self.lists or self.named):
            return _NOTHING
        return {**_NOTHING, **self.lists, SHOWN: dict.fromkeys(self.shown, True), NAMED: dict(self.named)}


NOTHING = Extras()


def _of_email(content: EmailContent) -> Needs:
    conditions: dict[str, Condition] = {}
    named: dict[str, tuple[str, ...]] = {}
    every = tuple(walk(content.blocks or ()))
    source = " ".join((content.subject, content.preheader, content.mjml, *(block.liquid for block in every)))
    lists = dict.fromkeys(_NAMES.findall(source), BY_ITSELF)
    for block in every:
        if block.when is not None:
            conditions[condition_key(block.when)] = block.when
        if isinstance(block, ProductsBlock):
            if block.source == "named":
                named[named_key(block.ids)] = block.ids
            else:
                name = LISTS[block.source]
                lists[name] = max(lists.get(name, 0), block.limit)
        elif not block.children():
            lists |= dict.fromkeys(set(_NAMES.findall(repr(block))) - set(lists), BY_ITSELF)
    return Needs(conditions, lists, named)


def needs_of(content: MessageContent, channel: str) -> Needs:
    """What the content of a channel needs."""
    if channel == "email":
        return _of_email(content.email) if content.email is not None else Needs()
    return Needs(lists=dict.fromkeys(_NAMES.findall(content.sms.text), BY_ITSELF)) if content.sms else Needs()
