"""Stock and occasions as people see them."""

from antiphon.catalogue.models import Product
from antiphon.web.words import Look

OCCASIONS: dict[str, Look] = {
    "price": Look("Price dropped", "arrow-down", "good"),
    "low": Look("Low stock", "hourglass", "wait"),
    "back": Look("Back in stock", "package", "good"),
}
OCCASION_STATES: dict[str, Look] = {
    "open": Look("Being told", "hourglass", "plain"),
    "told": Look("Told", "circle-check", "good"),
    "passed": Look("No longer true, not told on", "minus", "quiet"),
}
STOCKS = (("out", "Sold out"), ("low", "Low"), ("uncounted", "Not counted"))


def stock_look(product: Product, low: int) -> Look:
    """How much there is, in a word and a tone."""
    if product.stock is None:
        return Look("not counted", "minus", "quiet")
    if product.stock == 0:
        return Look("sold out", "circle-x", "bad")
    return Look(
        f"{product.stock:,}",
        "hourglass" if product.stock <= low else "check",
        "wait" if product.stock <= low else "plain",
    )
