"""Which offers a definition or a message speaks of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_NAME = r"offer(?:\.|\[\\?[\"'])([a-z][a-z0-9_]*)"
_ANY = re.compile(rf"(?<![\w.]){_NAME}")
_BLOCK = re.compile(r'"offer": ?"([a-z][a-z0-9_]*)"')
_TAG = re.compile(r"\{%-?\s*(?:if|elsif|unless|case|when)\b(.*?)%\}", re.DOTALL)


def named_in(definition: Mapping[str, Any]) -> set[str]:
    """The offers that a journey's definition names: in its steps, in its texts and in coupon blocks."""
    found = set(_ANY.findall(orjson.dumps(definition).decode()))
    return found | set(_fields(definition))


def _fields(value: Any) -> set[str]:
    """What stands under ``offer`` as a plain name, at any depth."""
    if isinstance(value, Mapping):
        own = {value["offer"]} if isinstance(value.get("offer"), str) else set()
        return own.union(*map(_fields, value.values()))
    if isinstance(value, list):
        return set().union(*map(_fields, value))
    return set()


@dataclass(frozen=True, slots=True)
class Named:
    """The offers that a content names, and those of them without whose code it cannot be said."""

    all: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()


NO_OFFERS = Named()


def named_of(source: str) -> Named:
    """What a content of one channel (as JSON) names.

    Not needed is what it asks for: with ``{% if offer.x %}`` anywhere in it its writer has thought of those who have no
    code. So does a coupon block.
    """
    plain = frozenset(_ANY.findall(source))
    asked = {name for tag in _TAG.findall(source) for name in _ANY.findall(tag)}
    return Named(plain | frozenset(_BLOCK.findall(source)), plain - asked)
