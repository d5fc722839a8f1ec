"""What a template can speak of: the person, the occasion, the brand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from antiphon.content.kit import Kit

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CART_LINKS = ("cart_url", "checkout_url", "url")

#: What a consent must be to outrank another address's of the same channel.
_RANK = {"never": 0, "unsubscribed": 1, "pending": 2, "subscribed": 3}


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person of a message: traits as identified, the state of marketing consent per channel, and their codes by offer."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    email_status: str = "never"
    sms_status: str = "never"
    offers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the message is about: the event's name, time and properties."""

    name: str = ""
    at: datetime | None = None
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brand:
    id: int
    name: str
    from_name: str
    from_email: str
    from_phone: str
    postal_address: str
    base_url: str
    #: In what Antiphon itself speaks for the brand: a code of ``content.languages``, or ``auto``.
    language: str = "en"
    kit: Kit = field(default_factory=Kit)
    #: What people text to ``from_phone`` to join, upper case; empty where the brand has no keyword.
    keyword: str = ""
    #: The shop itself; empty where nobody said where it is.
    shop_url: str = ""
    #: The page of a sign-up unit that asks for an email address alone; empty where there is none.
    email_page: str = ""


def best_status(states: list[str]) -> str:
    """The consent of a person with several addresses on a channel: the furthest of them."""
    return max(states, key=lambda state: _RANK.get(state, 0), default="never")


@lru_cache(maxsize=4_096)  # the same names come with every person
def snake_case(name: str) -> str:
    """``firstName`` → ``first_name``."""
    return _CAMEL.sub("_", name).lower()


@lru_cache(maxsize=4_096)
def _respelled(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Other spellings of names that are free, each with the name: looked for once a set of names, not once a person."""
    spelled = {snake_case(name): name for name in names}
    return tuple((other, name) for other, name in spelled.items() if other not in names)


def with_spellings(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` under their own names, and under ``snake_case`` where that is free."""
    found = dict(values)
    for other, name in _respelled(tuple(values)):
        found[other] = values[name]
    return found


def _cart_url(props: Mapping[str, Any]) -> str:
    """The way back to the cart: the occasion's own link, else the first product's page."""
    products = props.get("products")
    first = products[0] if isinstance(products, list) and products and isinstance(products[0], dict) else {}
    links = [props.get(name) for name in _CART_LINKS] + [first.get("url")]
    return next((link for link in links if isinstance(link, str) and link), "")


def template_values(
    recipient: Recipient,
    occasion: Occasion,
    brand: Brand,
    unsubscribe_url: str | None,
    preferences_url: str | None = None,
) -> dict[str, Any]:
    """The values that Liquid sees.

    ``person`` (also ``subscriber``): traits, ``smsSubscriptionStatus``, ``emailSubscriptionStatus``. ``event`` (also
    ``occasion``): the properties of the event that the message is about, with ``name`` and ``at``. ``cart_url``,
    ``brand``, ``offer`` (by name: ``code``, ``title``, ``expires_at``, ``days_left``),
    ``unsubscribe_url`` and ``preferences_url`` (nothing on a transactional message).
    """
    person = with_spellings(recipient.traits) | {
        "smsSubscriptionStatus": recipient.sms_status,
        "emailSubscriptionStatus": recipient.email_status,
        "sms_subscription_status": recipient.sms_status,
        "email_subscription_status": recipient.email_status,
    }
    event = with_spellings(occasion.props) | {"name": occasion.name, "at": occasion.at}
    return {
        "person": person,
        "subscriber": person,
        "event": event,
        "occasion": event,
        "cart_url": _cart_url(occasion.props),
        "brand": {
            "name": brand.name,
            "postal_address": brand.postal_address,
            "email": brand.from_email,
            "phone": brand.from_phone,
            "url": brand.base_url,
            "sms_keyword": brand.keyword if brand.from_phone else "",
            "shop_url": brand.shop_url,
            "email_page_url": f"{brand.base_url}/s/{brand.email_page}" if brand.email_page else "",
        },
        "offer": recipient.offers,
        "unsubscribe_url": unsubscribe_url,
        "preferences_url": preferences_url,
    }
