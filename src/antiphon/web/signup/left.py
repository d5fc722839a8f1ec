"""What is left to do before a unit is good for visitors, though nothing keeps it from being published."""

import re

from antiphon.people.identifiers import phone
from antiphon.signup.units import Shop
from antiphon.web.guard import Posted

#: Addresses that RFC 2606 keeps for examples: no page of a shop lies there.
_EXAMPLE = re.compile(r"https?://(?:[\w-]+\.)*(?:example(?:\.com|\.net|\.org)?)(?=[/:?#)\s]|$)", re.IGNORECASE)
_ASKED = {"email": "email", "phone": "texts"}


def left_to_do(fields: Posted, shop: Shop) -> list[str]:
    """Sentences about the form as it is filled in."""
    found = [
        f"The consent to {words} links to an example’s address, not to a page of yours: put your own in."
        for step, words in _ASKED.items()
        if fields[f"{step}_on"] and _EXAMPLE.search(fields[f"{step}_consent"])
    ]
    if fields["phone_on"] and fields["phone_keyword"].strip() and not phone(shop.phone):
        what = (
            f"Visitors are asked to text {shop.phone}, which is nobody’s number"
            if shop.phone
            else "There is no number to text to"
        )
        found.append(f"{what}: set the brand’s own in Settings, or leave the keyword empty.")
    return found
