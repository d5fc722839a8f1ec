"""Which products to show to whom."""

from antiphon.catalogue.recommend.serving import best_sellers, for_people

__all__ = ["best_sellers", "for_people"]
