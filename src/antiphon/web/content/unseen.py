"""Why a block of an email says nothing: to anybody yet, or to the person through whose eyes it is seen."""

from antiphon.content.blocks import Block, InvitationBlock, ProductsBlock
from antiphon.content.blocks.products import LISTS, named_key
from antiphon.content.context import Brand
from antiphon.content.needs import Extras

_NO_PRODUCTS = {
    "cart": "What this is about has no products: choose another under About.",
    "order": "What this is about has no products: choose another under About.",
    "viewed": "This person has looked at nothing that is for sale.",
    "recommendations": "There are no recommendations for this person: they are learned from orders, once a day.",
    "buy_again": "There is nothing that this person would buy again by now.",
    "best_sellers": "There are no best sellers yet: they are counted from orders, once a day.",
    "named": "None of these products is in the catalogue and for sale.",
}


def uninvited(brand: Brand, keyword: str = "", url: str = "") -> str:
    """Why nobody can be invited to texts; empty where they can. ``keyword`` and ``url`` are a block's own."""
    asked = brand.kit.invitation
    if url or asked.url:
        return ""
    lacking = []
    if not brand.from_phone:
        lacking.append("a phone number under Settings")
    if not (keyword or asked.keyword or brand.keyword):
        lacking.append("a keyword under Consent")
    if not lacking:
        return ""
    return f"Nobody sees it yet: give the brand {' and '.join(lacking)}, or the brand kit a page with a form."


def unseen(block: Block, brand: Brand, extras: Extras) -> str:
    """Empty where it has something to say, as far as that hangs on what the brand and the catalogue have."""
    if isinstance(block, InvitationBlock):
        return uninvited(brand, block.keyword, block.url)
    if isinstance(block, ProductsBlock):
        named = block.source == "named"
        found = extras.named.get(named_key(block.ids)) if named else extras.lists.get(LISTS[block.source])
        return "" if found else _NO_PRODUCTS[block.source]
    return ""
