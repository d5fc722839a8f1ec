"""Which method suits a shop of this size, and why."""

from dataclasses import dataclass

from antiphon.catalogue.recommend.models import Method, Settings


@dataclass(frozen=True, slots=True)
class Choice:
    method: Method
    why: str


def choose(buyers: int, products: int, settings: Settings) -> Choice:
    """By the number of people who bought something, and of products that enough people had to do with."""
    if buyers < settings.least_buyers:
        return Choice(
            "popular",
            f"Best sellers, in a person's own categories first: {buyers:,} people have bought, "
            f"and below {settings.least_buyers:,} there is too little to learn from.",
        )
    if products <= settings.ease_products:
        return Choice(
            "ease",
            f"EASE: {buyers:,} people have bought, and its matrix fits {products:,} products "
            f"(up to {settings.ease_products:,}).",
        )
    return Choice(
        "item-item",
        f"Item-item: {products:,} products are more than the {settings.ease_products:,} that EASE's matrix may have.",
    )
