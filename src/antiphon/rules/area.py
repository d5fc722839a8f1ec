"""Where a phone number's owner may be: time zones, and the places whose laws hold. Pure.

Of a number of the North American plan only the area code is looked at (``places/area_codes.csv``): people keep their
number when they move inside the area, and more cannot be known. Every zone of an area code counts. A number that says
nothing (toll-free, a code that nobody knows) may be anywhere in the United States.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

from antiphon.kit.zones import zone_id
from antiphon.rules.laws.data import laws_at
from antiphon.rules.places.data import area_codes, regions
from antiphon.rules.united_states import united_states_zones

_NORTH_AMERICAN = 12  # +1 and ten digits


def zones_of(phone: str) -> tuple[int, ...]:
    """Zone ids (``kit.zones``) that a number in E.164 may stand in; those of the whole United States if it says nothing."""
    return _of_area_code(phone[2:5])[0] if _american(phone) else _abroad(phone)[0]


def places_of(phone: str) -> tuple[str, ...]:
    """The places of a number in E.164, ISO 3166 (``US-FL``, ``CA-ON``, ``GB``); empty if it says nothing."""
    return _of_area_code(phone[2:5])[1] if _american(phone) else _abroad(phone)[1]


def laws_of(phone: str, places: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The ids of the laws that hold for a number and for the ``places`` that are known besides, in a fixed order.

    Florida, Oklahoma and Connecticut presume that an area code of theirs means somebody of theirs, so the number's own
    place always counts, whatever else is known.
    """
    return laws_of_places(places_of(phone), places)


@lru_cache(maxsize=4096)
def laws_of_places(own: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The laws of a number's ``own`` places, then those of ``others``, if there are any."""
    return tuple(dict.fromkeys((*laws_at(own), *laws_at(others)))) if others else laws_at(own)


def place_named(name: str, country: str = "") -> str | None:
    """The state or province of ``TX``, ``US-TX`` or ``Texas``, in ISO 3166-2; ``None`` for none.

    ``country`` (ISO 3166-1) says which one is meant; no code is used in both countries.
    """
    found = _names().get(name.strip().casefold())
    return found if found is None or found.startswith(country) else None


def zones_in(places: Iterable[str]) -> tuple[int, ...]:
    """Zone ids that are in use in some states and provinces."""
    return _ids(sorted({zone for place in places if place in regions() for zone in regions()[place].zones}))


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, region in regions().items():
        for name in (code, code[3:], *region.names):
            found.setdefault(name.casefold(), code)
    return found


def _american(phone: str) -> bool:
    return phone.startswith("+1") and len(phone) == _NORTH_AMERICAN


Where = tuple[tuple[int, ...], tuple[str, ...]]


@lru_cache(maxsize=1024)
def _of_area_code(code: str) -> Where:
    found = area_codes().get(code)
    return (_ids(found.zones) or united_states_zones(), found.places) if found else (united_states_zones(), ())


@lru_cache(maxsize=4096)
def _abroad(phone: str) -> Where:
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return united_states_zones(), ()
    if number.country_code == 1:
        return united_states_zones(), ()
    zones = _ids(sorted(time_zones_for_number(number))) or united_states_zones()
    country = phonenumbers.region_code_for_number(number)
    country = country or phonenumbers.region_code_for_country_code(number.country_code or 0)
    # 001 and ZZ are the world and nothing: satellites, a country code that nobody has
    return zones, (country,) if country.isalpha() and country != "ZZ" else ()


def _ids(names: Sequence[str]) -> tuple[int, ...]:
    return tuple(found for name in names if (found := zone_id(name)) is not None)
