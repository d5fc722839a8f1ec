"""Products as programs read them. Pure."""

from collections.abc import Sequence
from typing import Any

from antiphon.catalogue.models import Product, Variant


def product_document(product: Product, variants: Sequence[Variant] = ()) -> dict[str, Any]:
    """Prices are texts, because their digits are the shop's."""
    return {
        "id": product.id,
        "title": product.title,
        "url": product.url,
        "image": product.image,
        "price": _text(product.price),
        "compare_at": _text(product.compare_at),
        "currency": product.currency,
        "stock": product.stock,
        "category": list(product.category),
        "vendor": product.vendor,
        "tags": list(product.tags),
        "variants": [
            {
                "id": each.id,
                "title": each.title,
                "sku": each.sku,
                "price": _text(each.price),
                "compare_at": _text(each.compare_at),
                "stock": each.stock,
            }
            for each in variants
        ],
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "priced_at": product.priced_at,
        "stocked_at": product.stocked_at,
        "deleted_at": product.deleted_at,
    }


def _text(price: object) -> str | None:
    return None if price is None else str(price)
