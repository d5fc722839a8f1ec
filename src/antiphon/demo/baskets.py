"""Fills carts: products of a shopper's taste, of about the value that the shopper spends."""

from typing import Any

import numpy as np

from antiphon.demo.catalogue import PRODUCTS, SHOP_URL, Product

_PRICES = np.array([product.price for product in PRODUCTS])

#: Later products of a sorted-by-number catalogue sell worse, as anywhere: a gentle power law, shuffled once.
_POPULARITY = 1.0 / np.arange(3, 3 + len(PRODUCTS)) ** 0.6
_POPULARITY = _POPULARITY[np.random.default_rng(60).permutation(len(PRODUCTS))]

Lines = list[tuple[Product, int]]


def glance(rng: np.random.Generator) -> Product:
    """A product that somebody looks at."""
    bounds = np.cumsum(_POPULARITY)
    return PRODUCTS[int(np.searchsorted(bounds, rng.random() * bounds[-1], side="right"))]


def fill(target: float, rng: np.random.Generator) -> Lines:
    """Products and quantities worth about ``target`` dollars: on average, not each time."""
    counts: dict[int, int] = {}
    rest = target
    while sum(counts.values()) < 12:
        weights = np.where(1.15 * rest >= _PRICES, _POPULARITY * np.sqrt(_PRICES), 0.0)
        if not weights.any():
            break
        bounds = np.cumsum(weights)
        pick = int(np.searchsorted(bounds, rng.random() * bounds[-1], side="right"))
        counts[pick] = counts.get(pick, 0) + 1
        rest -= float(_PRICES[pick])
    return [(PRODUCTS[pick], count) for pick, count in counts.items()] or [(PRODUCTS[int(_PRICES.argmin())], 1)]


def worth(lines: Lines) -> float:
    return round(sum(product.price * quantity for product, quantity in lines), 2)


def cart(cart_id: str, lines: Lines) -> dict[str, Any]:
    """The properties of "Cart Viewed"."""
    products = [product.line(quantity) for product, quantity in lines]
    return {
        "cart_id": cart_id,
        "products": products,
        "value": worth(lines),
        "currency": "USD",
        "url": f"{SHOP_URL}/cart/{cart_id}",
    }


def order(cart_id: str, order_id: str, lines: Lines) -> dict[str, Any]:
    """The properties of "Checkout Started" and "Order Completed". Revenue is what Segment means by it: without
    shipping and tax."""
    revenue = worth(lines)
    shipping = 0.0 if revenue >= 75 else 6.9
    tax = round(0.07 * revenue, 2)
    return {
        "order_id": order_id,
        "cart_id": cart_id,
        "checkout_id": f"co-{cart_id}",
        "order_url": f"{SHOP_URL}/orders/{order_id}",
        "products": [product.line(quantity) for product, quantity in lines],
        "revenue": revenue,
        "value": revenue,
        "shipping": shipping,
        "tax": tax,
        "total": round(revenue + shipping + tax, 2),
        "currency": "USD",
    }
