"""When a change of price or stock is worth telling: occasions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from antiphon.catalogue.models import Product
from antiphon.catalogue.settings import CatalogueSettings

#: By kind, the name of the event that people are told by.
EVENTS = {"price": "Price Dropped", "low": "Low Stock", "back": "Back in Stock"}

#: Spans of an occasion that are kept, the newest: beyond, a product changed its price more often than daily for a year.
_MOST_LOOKS = 400


@dataclass(frozen=True, slots=True)
class PricePoint:
    """A price from an instant on."""

    at: datetime
    price: Decimal | None
    currency: str


#: A span of time (None: without bound) and the price that whoever looked in it saw.
Look = tuple[datetime | None, datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something worth telling to those who were interested before ``at``."""

    kind: str
    product: str
    at: datetime
    price: Decimal | None
    old_price: Decimal | None
    currency: str
    stock: int | None
    looks: tuple[Look, ...] = ()


def dropped(price: Decimal, before: Decimal, settings: CatalogueSettings) -> bool:
    """Whether ``price`` is enough below ``before``."""
    less = before - price
    return less >= settings.drop_amount and less > 0 and less * 100 >= before * settings.drop_percent


def price_drop(product: Product, past: Sequence[PricePoint], settings: CatalogueSettings) -> Occasion | None:
    """The occasion of a product's new price. ``past``: what it cost before, oldest first.

    It must be below the lowest price of ``lowest_over`` before: whoever raises a price to lower it again drops nothing. A price
    of 0 is an error far more often than a gift. ``looks`` are the spans in which somebody saw a price that this is a drop from:
    who looked during a sale that was as cheap hears nothing.
    """
    at, price = product.priced_at, product.price
    known = [each for each in past if at is not None and each.at < at]
    if at is None or not price or not known:
        return None
    spans = list(zip(known, [*(each.at for each in known[1:]), at], strict=True))
    since = at - settings.lowest_over
    recent = [each.price for each, until in spans if until > since and each.price and each.currency == product.currency]
    if not recent or not dropped(price, lowest := min(recent), settings):
        return None
    looks: list[Look] = []
    for place, (each, until) in enumerate(spans):
        if each.price and each.currency == product.currency and dropped(price, each.price, settings):
            looks.append((each.at if place else None, until, each.price))
    if not looks:
        return None
    kept = tuple(looks[-_MOST_LOOKS:])
    return Occasion("price", product.id, at, price, lowest, product.currency, product.stock, kept)


def stock_occasion(before: Product, product: Product, settings: CatalogueSettings) -> Occasion | None:
    """Back in stock (from 0 to more, or to what is not counted), or low (from above the threshold, but not to 0)."""
    was, stock, at = before.stock, product.stock, product.stocked_at
    if at is None or was is None or stock == 0:
        return None
    if was == 0:
        kind = "back"
    elif stock is not None and was > settings.low_stock >= stock:
        kind = "low"
    else:
        return None
    return Occasion(kind, product.id, at, product.price, None, product.currency, stock)
