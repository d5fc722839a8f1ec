"""Makes ``area_codes.csv``: every geographic area code of the North American plan with its places and time zones.

    python -m antiphon.rules.places.generate > src/antiphon/rules/places/area_codes.csv

From the phonenumbers library (Google's libphonenumber, Apache-2.0): which codes are geographic and of which country by
its metadata, states by its geodata, zones by its time zone data; then ``patches.toml``. A code has every zone that any
of its exchanges has: the library knows single exchanges of 22 codes and gives the others one default, which hides a
zone (850: 566 exchanges Eastern, 226 Central).
"""

import re
import sys
from collections import defaultdict

import phonenumbers
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from antiphon.kit.zones import zone_id
from antiphon.rules.places.data import regions, table

_GEOGRAPHIC = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)
#: Countries by ISO 3166-1 that are also parts of the United States by ISO 3166-2.
_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
#: A town with its state.
_STATE = re.compile(r".*, ([A-Z]{2})$")

Codes = dict[str, set[str]]


def geographic() -> dict[str, str]:
    """Each geographic area code with its country."""
    found = {}
    for code in sorted(zones()):
        country = next(filter(None, (_country(code, exchange) for exchange in range(200, 1000))), None)
        if country:
            found[code] = country
    return found


def _country(code: str, exchange: int) -> str | None:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}{exchange}0123"))
    if phonenumbers.number_type(number) not in _GEOGRAPHIC:
        return None
    country = phonenumbers.region_code_for_number(number)
    return str(country) if country else None


def zones() -> Codes:
    """Every zone of every exchange by area code."""
    found: Codes = defaultdict(set)
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found[prefix[1:4]].update(name for name in names if zone_id(name) is not None)
    return found


def places(countries: dict[str, str]) -> Codes:
    """The states of the United States and Canada, other countries as they are; ISO 3166."""
    names = {name: code for code, region in regions().items() for name in region.names}
    towns = _towns()
    found: Codes = {}
    for code, country in countries.items():
        if country in {"US", "CA"}:
            told = GEOCODE_DATA.get(f"1{code}", {}).get("en", "")
            parts = [_STATE.sub(rf"{country}-\1", part) for part in told.split("/") if part]
            found[code] = {names.get(part, part) for part in parts} or {f"{country}-{each}" for each in towns[code]}
        else:
            found[code] = {f"US-{country}" if country in _TERRITORIES else country}
    return found


def _towns() -> Codes:
    """The states that the names of a code's exchanges end in: for the few codes that have no name of their own."""
    found: Codes = defaultdict(set)
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith("1") and len(prefix) > 4 and (state := _STATE.match(names.get("en", ""))):
            found[prefix[1:4]].add(state[1])
    return found


def patched(where: Codes, when: Codes) -> tuple[Codes, Codes]:
    """Places and zones with ``patches.toml`` applied."""
    patches = table("patches")
    for patch in patches["zones"]:
        when[patch["code"]].update(patch["add"])
    for group in patches.get("instead", []):
        for code, *under in group["of"]:
            when[code] = set().union(*(when[each] for each in under))
    for group in patches["overlay"]:
        for code, *under in group["of"]:
            when[code] = when.get(code, set()).union(*(when[each] for each in under))
            where[code] = where.get(code, set()).union(*(where[each] for each in under))
    return where, when


def generated() -> str:
    """The whole file."""
    where, when = patched(places(geographic()), zones())
    lines = [
        f"# version,{table('patches')['version']}",
        f"# source,phonenumbers {phonenumbers.__version__} and patches.toml; made by generate.py; not to be edited",
        "code,places,zones",
    ]
    lines += [f"{code},{' '.join(sorted(where[code]))},{' '.join(sorted(when[code]))}" for code in sorted(where)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(generated())
