"""What a word about a product changes in what is known of it. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from antiphon.catalogue.models import Product, Variant
from antiphon.catalogue.words import MAX_STOCK, ProductWord, VariantWord, WordError, instant_of

_PLAIN = ("url", "image", "vendor")
_LISTS = ("category", "tags")
_DETAILS = frozenset({"title", *_PLAIN, *_LISTS, "variants"})


@dataclass(frozen=True, slots=True)
class Known:
    """A product with its variants, in the shop's order."""

    product: Product
    variants: tuple[Variant, ...] = ()


def merged(known: Known | None, word: ProductWord, now: datetime, currency: str = "") -> Known:
    """What is known after ``word``; equal to ``known`` where it says nothing new.

    Details, price and stock are ordered apart: a stock that was counted later than the price was set stays. ``currency`` is
    that of words that name none and speak of a product without one. Raises :class:`WordError`.
    """
    at = instant_of(word, now)
    if word.deleted:
        return _deleted(known, at)
    if known is None and not word.title:
        raise WordError("it is not in the catalogue yet, so it needs a title")
    if known is None or (word.title and known.product.deleted_at is not None and at > known.product.deleted_at):
        begun = known.product.created_at if known else at
        known = Known(Product(word.id, word.title or "", updated_at=at, created_at=begun))
    word = _together(known, word, at)
    product = known.product
    if product.deleted_at is not None:
        return known  # said before it was deleted, or about no more than its price or stock
    variants = known.variants
    if at >= product.updated_at and not _DETAILS.isdisjoint(word.model_fields_set):
        product = replace(product, updated_at=at, **_details(word))
        if word.variants is not None:
            variants = _variants(word)
    return Known(_counted(_priced(product, word, at, currency), word, at), variants)


def _together(known: Known, word: ProductWord, at: datetime) -> ProductWord:
    """Words of one instant say each a part: a feed may have the variants of a product in rows far apart."""
    if word.variants is None or not known.variants or at != known.product.updated_at:
        return word
    told = {each.id for each in word.variants}
    before = [VariantWord(**asdict(each)) for each in known.variants if each.id not in told]
    return word.model_copy(update={"variants": [*before, *word.variants]})


def _deleted(known: Known | None, at: datetime) -> Known:
    if known is None:
        raise WordError("it is not in the catalogue")
    if known.product.deleted_at is not None or at < known.product.updated_at:
        return known
    return replace(known, product=replace(known.product, deleted_at=at, updated_at=at))


def _details(word: ProductWord) -> dict[str, Any]:
    said = word.model_fields_set
    found: dict[str, Any] = {name: getattr(word, name) for name in _PLAIN if name in said}
    found |= {name: tuple(dict.fromkeys(filter(None, getattr(word, name)))) for name in _LISTS if name in said}
    return found | ({"title": word.title} if word.title else {})


def _variants(word: ProductWord) -> tuple[Variant, ...]:
    found = {
        one.id: Variant(one.id, one.title, one.sku, one.price, one.compare_at, one.stock) for one in word.variants or ()
    }
    if len(found) < len(word.variants or ()):
        raise WordError("variants: two of them have one id")
    return tuple(found.values())


def _priced(product: Product, word: ProductWord, at: datetime, currency: str) -> Product:
    said = word.model_fields_set
    own = "price" in said
    if not (own or "compare_at" in said or any(each.price is not None for each in word.variants or ())):
        _same_currency(product, word.currency)
        return product
    price, compare_at = (word.price, word.compare_at) if own else _lowest(word)
    if own and "compare_at" not in said:
        compare_at = product.compare_at
    elif not own and "compare_at" in said:
        compare_at = word.compare_at
    if not own and price is None:
        price = product.price
    given = _same_currency(product, word.currency) or product.currency or currency
    if price is not None and not given:
        raise WordError("price: it names no currency; say one, such as EUR")
    if product.priced_at is not None and at < product.priced_at:
        return product
    return replace(product, price=price, compare_at=compare_at, currency=given, priced_at=at)


def _same_currency(product: Product, said: str) -> str:
    """A product has one currency: what it cost in another says nothing of whether it became cheaper."""
    if said and product.currency and said != product.currency:
        raise WordError(
            f"price: it is in {said}, but the product's prices are in {product.currency}; delete the product first if the "
            "shop changed its currency, or give each currency's product an id of its own"
        )
    return said


def _lowest(word: ProductWord) -> tuple[Decimal | None, Decimal | None]:
    priced = [(each.price, each.compare_at) for each in word.variants or () if each.price is not None]
    return min(priced, key=lambda pair: pair[0]) if priced else (None, None)


def _counted(product: Product, word: ProductWord, at: datetime) -> Product:
    own = "stock" in word.model_fields_set
    told = [each for each in word.variants or () if "stock" in each.model_fields_set]
    if not (own or told) or (product.stocked_at is not None and at < product.stocked_at):
        return product
    return replace(product, stock=word.stock if own else _sum(word), stocked_at=at)


def _sum(word: ProductWord) -> int | None:
    """One variant that is not counted is always for sale, and so is the product."""
    counts = [each.stock for each in word.variants or ()]
    return None if None in counts else min(sum(each for each in counts if each is not None), MAX_STOCK)


def changed_variants(before: Sequence[Variant], after: Sequence[Variant], name: str) -> list[Variant]:
    """Those of ``after`` whose price or stock (``name``) is another than before."""
    known = {each.id: getattr(each, name) for each in before}
    return [each for each in after if each.id not in known or known[each.id] != getattr(each, name)]
