"""Where a phone whose place is unknown may be: every zone of the fifty states and the District of Columbia.

The territories (Puerto Rico, the Virgin Islands, Guam, the Northern Marianas, American Samoa) are left out: their
numbers have area codes of their own, which name their zone, so they are never unknown; and in summer no moment lies
between 10:00 and 20:00 in Guam and in New York alike.
Source: tzdata ``zone.tab``, country code US, as of 2026a.
"""

from functools import cache

from antiphon.kit.zones import zone_id

_NAMES = """
America/New_York America/Detroit America/Kentucky/Louisville America/Kentucky/Monticello America/Indiana/Indianapolis
America/Indiana/Vincennes America/Indiana/Winamac America/Indiana/Marengo America/Indiana/Petersburg
America/Indiana/Vevay America/Chicago America/Indiana/Tell_City America/Indiana/Knox America/Menominee
America/North_Dakota/Center America/North_Dakota/New_Salem America/North_Dakota/Beulah America/Denver America/Boise
America/Phoenix America/Los_Angeles America/Anchorage America/Juneau America/Sitka America/Metlakatla America/Yakutat
America/Nome America/Adak Pacific/Honolulu
"""


@cache
def united_states_zones() -> tuple[int, ...]:
    """The ids of the zones (``kit.zones``), eastern ones first."""
    found = [zone_id(name) for name in _NAMES.split()]
    return tuple(zone for zone in found if zone is not None)
