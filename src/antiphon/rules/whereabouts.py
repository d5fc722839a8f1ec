"""Where people are by the addresses that they give: states and countries, of orders and of profiles. Pure.

Shops name the parts of an address in many ways; what is not understood says nothing. Orders and checkouts carry an object
(``shipping_address``, ``billingAddress``, …) or flat fields (``shipping_state``), profiles an ``address``, a ``location`` or
the fields by themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from antiphon.rules.area import place_named
from antiphon.rules.places.data import regions

#: Events whose addresses say where somebody lives, or has parcels and bills sent to.
ADDRESSED = frozenset(
    {
        *("Order Completed", "Order Updated", "Checkout Started", "Checkout Step Viewed"),
        *("Checkout Step Completed", "Payment Info Entered"),
    }
)

_SIDES = ("shipping", "billing", "delivery")
_WHOLE = frozenset({"address", "location", *_SIDES, *(f"{side}address" for side in _SIDES)})
_STATES = (
    *("statecode", "provincecode", "regioncode", "state", "province", "region"),
    *("stateorprovince", "stateprovince", "administrativearea"),
)
_COUNTRIES = ("countrycode", "country", "countryname", "countryiso")
_PLAIN = _WHOLE.union(_STATES, _COUNTRIES)
_NAMES = {
    "usa": "US",
    "united states": "US",
    "united states of america": "US",
    "can": "CA",
    "canada": "CA",
}
#: Parts of the United States that have a country code of their own.
_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
_ALPHA_2 = 2
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Spot:
    """An address, as far as laws and clocks go.

    ``country`` is ISO 3166-1, or "ZZ" for a country that is named and not understood; ``None`` where none is said.
    ``state`` is ISO 3166-2, of the United States and Canada only.
    """

    country: str | None
    state: str | None


def spots(told: Mapping[str, Any]) -> Iterator[Spot]:
    """Every address in the properties of an order or a checkout: shipping and billing, whole or in flat fields."""
    flat: dict[str, dict[str, Any]] = {}
    for name, folded in _telling(tuple(told)):
        value = told[name]
        if isinstance(value, dict):
            if folded in _WHOLE:
                yield from _whole(value)
            continue
        for side in _SIDES:
            if folded.startswith(side):
                flat.setdefault(side, {})[folded.removeprefix(side).removeprefix("address")] = value
    for fields in flat.values():
        yield from _spot(fields)


def of_profile(traits: Mapping[str, Any]) -> Iterator[Spot]:
    """Where a profile says that its person is."""
    yield from spots(traits)
    yield from _spot({folded: traits[name] for name, folded in _telling(tuple(traits))})


def places(found: Iterable[Spot]) -> tuple[str, ...]:
    """The places whose laws and zones count, in order: each state, and a country of which no state is known.

    Countries beside the United States and Canada are left out: a parcel goes there, and nobody knows at which hour.
    """
    told = {spot.state or spot.country for spot in found}
    return tuple(sorted(place for place in told if place is not None and place[:2] in {"US", "CA"}))


def telling(told: Mapping[str, Any]) -> bool:
    """Whether there is a name among them that an address may stand under."""
    return bool(_telling(tuple(told)))


def _whole(address: Mapping[str, Any]) -> Iterator[Spot]:
    inner = address.get("address")
    fields = inner if isinstance(inner, dict) else address
    yield from _spot({_folded(name): value for name, value in fields.items()})


def _spot(fields: Mapping[str, Any]) -> Iterator[Spot]:
    country = next((found for name in _COUNTRIES if (found := country_named(fields.get(name)))), None)
    if country in _TERRITORIES:
        yield Spot("US", f"US-{country}")
        return
    state = None
    if country in {None, "US", "CA"}:
        state = next((found for name in _STATES if (found := _state(fields.get(name), country or ""))), None)
    if country or state:
        yield Spot(country or (state or "")[:2], state)


def _state(value: Any, country: str) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    found = place_named(value, country)
    return found if found in regions() else None


def country_named(value: Any) -> str | None:
    """The country of "CA", "can" or "Canada", ISO 3166-1; "ZZ" for one that is not understood, ``None`` for nothing."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return None
    return _country(value.strip().casefold())


def _country(name: str) -> str:
    if found := _NAMES.get(name):
        return found
    return name.upper() if len(name) == _ALPHA_2 and name.isascii() and name.isalpha() else "ZZ"


@lru_cache(maxsize=4096)
def _telling(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Those of the names that an address may stand under, each with its plain form: most events and profiles have none."""
    folded = ((name, _folded(name)) for name in names)
    return tuple((name, plain) for name, plain in folded if plain in _PLAIN or plain.startswith(_SIDES))


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
