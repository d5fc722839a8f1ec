"""Area codes: their zones and places, and that the table is what the library and the patches come to."""

from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers.timezone import time_zones_for_number

from antiphon.kit.zones import offset_at, zone_id, zone_names
from antiphon.rules.area import laws_of, place_named, places_of, zones_in, zones_of
from antiphon.rules.laws.data import laws
from antiphon.rules.places.data import _FILES, area_codes, regions, table
from antiphon.rules.places.generate import generated, geographic
from antiphon.rules.united_states import united_states_zones

#: Winter and summer: zones that agree in both keep the same hours.
SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
TOLL_FREE = ("800", "822", "833", "844", "855", "866", "877", "880", "887", "888", "889")


def names_of(zones: tuple[int, ...]) -> set[str]:
    return {zone_names()[zone] for zone in zones}


def names(phone: str) -> set[str]:
    return names_of(zones_of(phone))


def clock(zone: str) -> tuple[int, ...]:
    found = zone_id(zone)
    assert found is not None, zone
    return tuple(offset_at(found, at) for at in SEASONS)


@pytest.mark.parametrize(
    ("phone", "expected", "places"),
    [
        ("+12125550100", {"America/New_York"}, ("US-NY",)),
        ("+18505550100", {"America/New_York", "America/Chicago"}, ("US-FL",)),  # the default alone would hide one
        ("+14485550100", {"America/New_York", "America/Chicago"}, ("US-FL",)),  # its overlay has no data of its own
        ("+16895550100", {"America/New_York"}, ("US-FL",)),  # wrong in the library's data
        ("+14235550100", {"America/New_York", "America/Chicago"}, ("US-TN",)),
        ("+17295550100", {"America/New_York", "America/Chicago"}, ("US-TN",)),  # newer than the library's data
        ("+19285550100", {"America/Phoenix", "America/Denver"}, ("US-AZ",)),
        ("+17875550100", {"America/Puerto_Rico"}, ("US-PR",)),
        ("+16715550100", {"Pacific/Guam"}, ("US-GU",)),
        ("+14165550100", {"America/Toronto"}, ("CA-ON",)),
        ("+19025550100", {"America/Halifax"}, ("CA-NS", "CA-PE")),
        ("+18765550100", {"America/Jamaica"}, ("JM",)),
        ("+13455550100", {"America/Cayman"}, ("KY",)),  # not Kentucky
        ("+16645550100", {"America/Montserrat"}, ("MS",)),  # not Mississippi
        ("+881612345678", names_of(united_states_zones()), ()),  # a satellite's
        ("+442079460958", {"Europe/London"}, ("GB",)),
        ("+33612345678", {"Europe/Paris"}, ("FR",)),
    ],
)
def test_where_a_number_may_be(phone: str, expected: set[str], places: tuple[str, ...]) -> None:
    assert names(phone) == expected
    assert places_of(phone) == places


@pytest.mark.parametrize("phone", ["+18005550100", "+15555550100", "+19005550100", "+15005550006", "+19999", "+1", "x"])
def test_what_says_nothing_may_be_anywhere(phone: str) -> None:
    assert zones_of(phone) == united_states_zones()
    assert places_of(phone) == ()
    assert set(laws_of(phone)) == {law.id for law in laws().values() if law.place.startswith("US")}


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_is_what_the_script_makes() -> None:
    assert _FILES.joinpath("area_codes.csv").read_text(encoding="utf-8") == generated()


def test_every_geographic_code_is_there_and_no_other() -> None:
    patched = {code for group in table("patches")["overlay"] for code, *_ in group["of"]}
    assert set(area_codes()) == set(geographic()) | patched
    assert len(area_codes()) >= 450
    for code in map(str, range(200, 1000)):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}2340123"))
        kind = phonenumbers.number_type(number)
        if kind in {phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}:
            assert code in area_codes()
        elif kind != phonenumbers.PhoneNumberType.UNKNOWN and code not in {"246", "264", "268"}:
            assert code not in area_codes() or kind == phonenumbers.PhoneNumberType.MOBILE, code
    assert not set(area_codes()) & {*TOLL_FREE, "500", "533", "600", "700", "900", "555", "911", "976"}


def test_every_code_has_places_and_zones_that_are_known() -> None:
    for found in area_codes().values():
        assert found.places
        assert found.zones
        for place in found.places:
            assert place in regions() or (len(place) == 2 and place not in {"US", "CA"})
        assert len(zones_of(f"+1{found.code}5550100")) == len(found.zones)


def test_every_state_and_province_has_a_code() -> None:
    assert {place for found in area_codes().values() for place in found.places} >= set(regions())
    assert len([code for code in regions() if code.startswith("US")]) == 56
    assert len([code for code in regions() if code.startswith("CA")]) == 13


@given(st.sampled_from(sorted(set(geographic()) - {"689"})), st.integers(200, 999), st.integers(0, 9999))
def test_no_number_stands_in_a_zone_that_the_table_does_not_have(code: str, exchange: int, line: int) -> None:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}{exchange}{line:04d}"))
    told = {zone for zone in time_zones_for_number(number) if zone_id(zone) is not None}
    assume(len(told) < 10)  # else it says: anywhere in North America
    assert told <= set(area_codes()[code].zones)


def test_the_zones_of_a_code_are_zones_of_its_states() -> None:
    """By their clocks: the library names Alaska's zones otherwise."""
    elsewhere = {"334", "483", "867", "879", "907"}  # Alabama by the border of Georgia; the far north
    for found in area_codes().values():
        if found.code not in elsewhere and all(place in regions() for place in found.places):
            own = {clock(zone) for place in found.places for zone in regions()[place].zones}
            assert {clock(zone) for zone in found.zones} <= own, found


def test_overlays_share_the_place_of_what_they_lie_over() -> None:
    for group in table("patches")["overlay"]:
        assert group["source"] in table("patches")["sources"]
        for code, *under in group["of"]:
            for each in under:
                assert set(area_codes()[each].zones) <= set(area_codes()[code].zones)
                assert area_codes()[each].places == area_codes()[code].places


# --- places by name ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["TX", "tx", " Texas ", "US-TX", "us-tx"])
def test_a_state_is_known_by_its_letters_and_its_name(name: str) -> None:
    assert place_named(name) == "US-TX"


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("ON", "", "CA-ON"),
        ("ON", "CA", "CA-ON"),
        ("ON", "US", None),
        ("XX", "", None),
        ("", "", None),
        ("WA", "US", "US-WA"),
    ],
)
def test_a_place_may_be_asked_for_in_a_country(name: str, country: str, expected: str | None) -> None:
    assert place_named(name, country) == expected


def test_states_have_their_zones() -> None:
    assert {zone_names()[zone] for zone in zones_in(["US-TX", "US-NY"])} == {
        "America/Chicago",
        "America/Denver",
        "America/New_York",
    }
    assert zones_in([]) == ()
    for region in regions().values():
        assert len(zones_in([region.code])) == len(region.zones)


def test_the_states_of_an_order_count_beside_the_number() -> None:
    assert laws_of("+12125550100") == ("us",)
    assert laws_of("+12125550100", ("US-FL",)) == ("us", "us-fl")
    assert laws_of("+13055550100", ("US-TX", "CA-ON")) == ("us", "us-fl", "us-tx", "ca")
    assert set(laws_of("+18005550100")) < set(laws_of("+18005550100", ("CA-ON",)))
