"""The names that templates may speak of, and what a misspelt one was meant to be."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from antiphon.content.context import Brand, Occasion, Recipient, snake_case, template_values
from antiphon.content.needs import NOTHING
from antiphon.content.templates import Template

_VALUES = template_values(Recipient(), Occasion(), Brand(0, "", "", "", "", "", ""), None)
#: What stands at the start of a name; ``now`` and ``today`` are Liquid's own.
ROOTS = frozenset(_VALUES) | frozenset(NOTHING.values()) | {"now", "today"}
#: Those that are there for authors: blocks have names of their own.
OFFERED = frozenset(root for root in ROOTS if not root.startswith("antiphon_"))
BRAND = frozenset(_VALUES["brand"])

#: A shop's people and events may carry anything; these are what Segment's vocabulary and ours call the usual things.
_TRAITS = frozenset(_VALUES["person"]) | {
    "first_name", "last_name", "name", "email", "phone", "country", "state", "city", "address", "postal_code",
    "timezone", "locale", "language", "birthday", "gender", "company", "title", "username", "website", "created_at",
}  # fmt: skip
_PROPERTIES = frozenset(_VALUES["event"]) | {
    "products", "product_id", "cart_id", "cart_url", "checkout_id", "checkout_url", "order_id", "order_url",
    "abandonment_id", "value", "total", "subtotal", "revenue", "currency", "coupon", "discount", "shipping", "tax",
    "price", "quantity", "category", "brand", "variant", "sku", "url", "image_url",
}  # fmt: skip
_USUAL = {"person": _TRAITS, "subscriber": _TRAITS, "event": _PROPERTIES, "occasion": _PROPERTIES}


def _near(name: str, names: Collection[str], cutoff: float) -> str:
    """The one of ``names`` that ``name`` was meant to be; empty when none is like it."""
    return next(iter(get_close_matches(name, sorted(names), 1, cutoff)), "")


def misspelt(template: Template) -> Iterator[tuple[str, str, bool]]:
    """Names in a template that look wrong: the name, what was meant ('' where nobody can tell), whether it may be right.

    A trait or a property may be the shop's own, so there only a near miss of a usual one is named.
    """
    paths = {
        tuple(part for part in variable.segments[:2] if isinstance(part, str))
        for variables in template.bound.analyze().globals.values()
        for variable in variables
    }
    for root, *rest in sorted(paths):
        if root not in ROOTS:
            yield root, _near(root, ROOTS, 0.6), False
        elif root == "brand" and rest and rest[0] not in BRAND:
            meant = _near(rest[0], BRAND, 0.6)
            yield f"brand.{rest[0]}", f"brand.{meant}" if meant else "", False
        elif rest and root in _USUAL and snake_case(rest[0]) not in _USUAL[root]:
            meant = _near(snake_case(rest[0]), _USUAL[root], 0.8)
            if meant:
                yield f"{root}.{rest[0]}", f"{root}.{meant}", True
