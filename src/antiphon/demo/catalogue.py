"""What the demo shop sells: sixty things for the home, with prices in dollars."""

from dataclasses import dataclass
from typing import Any

SHOP_NAME = "Lantern & Loom"
SHOP_DOMAIN = "lanternandloom.example"
SHOP_URL = f"https://{SHOP_DOMAIN}"
POSTAL_ADDRESS = "Lantern & Loom, 48 Wharf Street, Brooklyn, NY 11201"


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    sku: str
    name: str
    category: str
    price: float

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" & ", "-").replace(" ", "-")

    @property
    def url(self) -> str:
        return f"{SHOP_URL}/products/{self.slug}"

    def line(self, quantity: int | None = None) -> dict[str, Any]:
        """The product in the words of Segment's e-commerce specification."""
        found: dict[str, Any] = {
            "product_id": self.id,
            "sku": self.sku,
            "name": self.name,
            "category": self.category,
            "price": self.price,
            "currency": "USD",
            "url": self.url,
        }
        if quantity is not None:
            found["quantity"] = quantity
        return found


_GOODS: dict[str, tuple[tuple[str, float], ...]] = {
    "Lighting": (
        ("Paper Lantern", 24.0), ("Brass Desk Lamp", 118.0), ("Rattan Pendant", 96.0), ("Ceramic Table Lamp", 84.0),
        ("Arc Floor Lamp", 189.0), ("Linen Drum Shade", 42.0), ("Candle Lantern", 36.0), ("Reading Light", 58.0),
    ),
    "Textiles": (
        ("Wool Throw", 88.0), ("Linen Duvet Cover", 164.0), ("Waffle Blanket", 72.0), ("Velvet Cushion", 38.0),
        ("Kilim Cushion", 46.0), ("Cotton Sheet Set", 112.0), ("Merino Shawl", 94.0), ("Tea Towel Trio", 22.0),
    ),
    "Rugs": (
        ("Jute Runner", 68.0), ("Berber Rug", 248.0), ("Flatweave Rug", 176.0), ("Sheepskin", 79.0),
        ("Braided Door Mat", 34.0), ("Vintage Kilim", 312.0),
    ),
    "Kitchen": (
        ("Stoneware Mug", 18.0), ("Stoneware Dinner Set", 148.0), ("Walnut Board", 54.0), ("Copper Kettle", 92.0),
        ("Olive Wood Spoons", 26.0), ("Enamel Roaster", 64.0), ("Pepper Mill", 48.0), ("Linen Apron", 44.0),
        ("French Press", 39.0), ("Salt Cellar", 28.0),
    ),
    "Bath": (
        ("Turkish Towel", 32.0), ("Bath Towel Set", 76.0), ("Waffle Robe", 89.0), ("Teak Bath Tray", 58.0),
        ("Olive Soap & Dish", 24.0), ("Bath Mat", 42.0),
    ),
    "Living": (
        ("Oak Side Table", 198.0), ("Seagrass Basket", 48.0), ("Wall Clock", 74.0), ("Round Mirror", 138.0),
        ("Ceramic Vase", 52.0), ("Log Holder", 86.0), ("Ladder Shelf", 224.0), ("Pouf", 128.0),
    ),
    "Garden": (
        ("Zinc Watering Can", 46.0), ("Terracotta Planter", 34.0), ("Hammock", 124.0), ("Solar String Lights", 38.0),
        ("Cedar Planter Box", 92.0), ("Garden Trug", 58.0),
    ),
    "Scent": (
        ("Beeswax Candle", 19.0), ("Cedar & Fig Candle", 34.0), ("Room Spray", 28.0), ("Reed Diffuser", 42.0),
        ("Incense Set", 22.0), ("Essential Oil Trio", 48.0), ("Candle Trio", 64.0), ("Travel Candle", 16.0),
    ),
}  # fmt: skip


def _products() -> tuple[Product, ...]:
    goods = [(category, *good) for category, shelf in _GOODS.items() for good in shelf]
    return tuple(
        Product(f"P{number:03d}", f"LL-{category[:3].upper()}-{number:03d}", name, category, price)
        for number, (category, name, price) in enumerate(goods, 1)
    )


PRODUCTS: tuple[Product, ...] = _products()
