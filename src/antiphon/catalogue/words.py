"""What somebody says of products: by API, in a feed or by a webhook. What is left out stays as it is. Pure."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from antiphon.kit.faults import fault, own_words

#: Prices have at most so many digits after the point, and are below this.
DECIMALS = 4
MAX_PRICE = Decimal(10) ** 12
MAX_STOCK = 2_000_000_000
MAX_VARIANTS = 2_000
_MAX_ADDRESS = 2_000
#: The database knows years that Python does not.
_FIRST_YEAR = 1970


def _price(given: Any) -> Any:
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        raise ValueError("is no price")  # noqa: TRY004  # pydantic's validators raise it
    try:
        found = Decimal(str(given).strip())
    except InvalidOperation:
        raise ValueError(f"{str(given)[:40]!r} is no price") from None
    if not found.is_finite() or not 0 <= found < MAX_PRICE:
        raise ValueError(f"{str(given)[:40]!r} is no price: it must be at least 0 and below 10¹²")
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS:
        raise ValueError(f"{str(given)[:40]!r} has more than {DECIMALS} digits after the point")
    return found.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else found


def _clean(given: str) -> str:
    return " ".join(given.replace("\0", "").split())


def _address(given: str) -> str:
    found = given.replace("\0", "").strip()
    if found and not found.lower().startswith(("http://", "https://")):
        raise ValueError(f"{found[:60]!r} is no address of the web: it must begin with https:// or http://")
    return found


def _known(given: str) -> str:
    found = given.strip()
    if not found or "\0" in found or "\x1f" in found:
        raise ValueError("is no id of a product")
    return found


def _named(given: Any) -> Any:
    """Shops number their products: 4711 and "4711" are one id."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _of_our_days(given: datetime) -> datetime:
    if given.year < _FIRST_YEAR:
        raise ValueError(f"{given:%Y-%m-%d} is before there were shops like this")
    return given


Price = Annotated[Decimal | None, BeforeValidator(_price)]
Id = Annotated[str, BeforeValidator(_named), Field(min_length=1, max_length=200), AfterValidator(_known)]
Words = Annotated[str, Field(max_length=500), AfterValidator(_clean)]
Address = Annotated[str, Field(max_length=_MAX_ADDRESS), AfterValidator(_address)]
Currency = Annotated[str, BeforeValidator(lambda given: given.upper() if isinstance(given, str) else given)]
Listed = Annotated[list[Words], Field(max_length=100)]
Stock = Annotated[int, Field(ge=-MAX_STOCK, le=MAX_STOCK), AfterValidator(lambda given: max(given, 0))]

_STRICT = ConfigDict(frozen=True, extra="forbid")


class VariantWord(BaseModel):
    """A variant as a shop says it; its price is in the product's currency."""

    model_config = _STRICT

    id: Id
    title: Words = ""
    sku: Words = ""
    price: Price = None
    compare_at: Price = None
    stock: Stock | None = None


class ProductWord(BaseModel):
    """A product as a shop says it. A field that is left out stays; ``null`` says that there is no price, or no count.

    ``variants`` are all of them; without a price or stock of its own the product takes the lowest price and the sum of
    theirs. ``updated_at`` orders what is said: an older word never overwrites a newer one. A stock below 0 (sold more than
    there was) is 0.
    """

    model_config = _STRICT

    id: Id
    title: Words | None = None
    url: Address = ""
    image: Address = ""
    price: Price = None
    compare_at: Price = None
    currency: Annotated[Currency, Field(pattern=r"^([A-Z]{3})?$")] = ""
    stock: Stock | None = None
    category: Listed = Field(default_factory=list)
    vendor: Words = ""
    tags: Listed = Field(default_factory=list)
    variants: Annotated[list[VariantWord], Field(max_length=MAX_VARIANTS)] | None = None
    updated_at: Annotated[AwareDatetime, AfterValidator(_of_our_days)] | None = None
    deleted: bool = False


class WordError(Exception):
    """What somebody said of a product cannot be used; the words say why."""


def read_word(given: Any) -> ProductWord:
    """One product as it was said. Raises :class:`WordError` that names the field."""
    if not isinstance(given, dict):
        raise WordError("it is no product: fields and values, one of them the id")
    try:
        return ProductWord.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WordError(f"{place}: {own_words(first) or 'it ' + fault(first)}") from None


def instant_of(word: ProductWord, now: datetime) -> datetime:
    """Since when it is so: as it says, or now; never in the future."""
    return min(word.updated_at, now) if word.updated_at else now
