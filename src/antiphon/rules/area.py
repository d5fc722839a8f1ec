"""Which time zones a phone number may stand in. Pure; data of the phonenumbers library, patched.

Only the area code is looked at: of 22 area codes that span zones the library knows single exchanges, and gives all
others one default that hides a zone (850: 566 exchanges Eastern, 226 Central). So every zone of an area code and of its
overlays counts.
"""

from functools import cache, lru_cache

import phonenumbers
from phonenumbers.timezone import time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

from antiphon.kit.zones import zone_id

#: Overlays whose own data lacks the zones of the codes that they lie over; 689 is wrong in the data (Orlando).
OVERLAYS = {
    "448": ("850",),
    "364": ("270",),
    "930": ("812",),
    "458": ("541",),
    "689": ("407",),
    "321": ("407",),
    "729": ("423",),
    "986": ("208",),
}
#: Numbers that belong to no place.
TOLL_FREE = frozenset(
    {
        "800",
        "822",
        "833",
        "844",
        "855",
        "866",
        "877",
        "880",
        "881",
        "882",
        "883",
        "884",
        "885",
        "886",
        "887",
        "888",
        "889",
    }
)
#: Where a person in the United States may be when nothing is known.
US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)


@cache
def us_zones() -> tuple[int, ...]:
    """Zone ids of the United States."""
    return _ids(US_ZONES)


@lru_cache(maxsize=4096)
def _of_area_code(code: str) -> tuple[int, ...]:
    if code in TOLL_FREE:
        return us_zones()
    names: set[str] = set()
    for each in (*OVERLAYS.get(code, ()), *(() if code == "689" else (code,))):
        names.update(name for prefix in _prefixes().get(each, ()) for name in TIMEZONE_DATA[prefix])
    return _ids(sorted(names)) or us_zones()


@cache
def _prefixes() -> dict[str, list[str]]:
    """Every prefix of the library's data by the area code that it begins with."""
    found: dict[str, list[str]] = {}
    for prefix in TIMEZONE_DATA:
        if prefix.startswith("1") and len(prefix) >= 4:
            found.setdefault(prefix[1:4], []).append(prefix)
    return found


def _ids(names: tuple[str, ...] | list[str]) -> tuple[int, ...]:
    return tuple(found for name in names if (found := zone_id(name)) is not None)


def zones_of(phone: str) -> tuple[int, ...]:
    """Zone ids that a number in E.164 may stand in; those of the whole United States when it says nothing."""
    if phone.startswith("+1") and len(phone) == 12:
        return _of_area_code(phone[2:5])
    return _abroad(phone)


@lru_cache(maxsize=4096)
def _abroad(phone: str) -> tuple[int, ...]:
    try:
        names = time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return us_zones()
    return _ids(sorted(names)) or us_zones()
