"""The zones of area codes."""

import pytest

from antiphon.kit.zones import zone_names
from antiphon.rules.area import us_zones, zones_of


def names(phone: str) -> set[str]:
    return {zone_names()[zone] for zone in zones_of(phone)}


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("+12125550100", {"America/New_York"}),
        ("+18505550100", {"America/New_York", "America/Chicago"}),  # a split code: the default alone would hide one
        ("+14485550100", {"America/New_York", "America/Chicago"}),  # its overlay, which has no data of its own
        ("+16895550100", {"America/New_York"}),  # wrong in the library's data
        ("+442079460958", {"Europe/London"}),
    ],
)
def test_zones(phone: str, expected: set[str]) -> None:
    assert names(phone) == expected


@pytest.mark.parametrize("phone", ["+18005550100", "+14365550100", "+15555550100", "+19999"])
def test_what_says_nothing_may_be_anywhere(phone: str) -> None:
    assert zones_of(phone) == us_zones()
