"""Products as they stand, and what somebody says of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Variant:
    """A size, a colour: what is in fact bought. Prices are in the product's currency."""

    id: str
    title: str = ""
    sku: str = ""
    price: Decimal | None = None
    compare_at: Decimal | None = None
    stock: int | None = None  # pieces; None: not counted


@dataclass(frozen=True, slots=True)
class Product:
    """A product as it stands. ``id`` is the shop's own, as events name it in ``product_id``.

    ``price`` and ``compare_at`` (what the shop strikes through) are in ``currency``, ISO 4217, with the digits that the shop
    gave. ``stock`` counts pieces; None: not counted, so always for sale. ``category`` goes from the widest to the narrowest.
    """

    id: str
    title: str
    updated_at: datetime
    created_at: datetime
    url: str = ""
    image: str = ""
    price: Decimal | None = None
    compare_at: Decimal | None = None
    currency: str = ""
    stock: int | None = None
    category: tuple[str, ...] = ()
    vendor: str = ""
    tags: tuple[str, ...] = ()
    priced_at: datetime | None = None
    stocked_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def changed_at(self) -> datetime:
        """Since when it is as it is: the newest word about anything of it."""
        return max(at for at in (self.updated_at, self.priced_at, self.stocked_at) if at is not None)

    @property
    def for_sale(self) -> bool:
        """Neither deleted nor sold out."""
        return self.deleted_at is None and self.stock != 0
