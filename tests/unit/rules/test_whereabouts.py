"""Addresses as shops write them, and the states and countries that they name."""

from typing import Any

import pytest

from antiphon.rules.whereabouts import Spot, of_profile, places, spots

TEXAS, ONTARIO = Spot("US", "US-TX"), Spot("CA", "CA-ON")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"shipping_address": {"state": "TX", "country": "US"}}, [TEXAS]),
        ({"shippingAddress": {"province_code": "ON", "country_code": "CA"}}, [ONTARIO]),
        ({"billing_address": {"region": "Texas"}}, [TEXAS]),
        ({"shipping": {"address": {"state": "US-TX"}}}, [TEXAS]),
        ({"shipping_state": "tx", "billing_country": "Canada"}, [TEXAS, Spot("CA", None)]),
        ({"billing_address_state": "ON", "billingAddressCountry": "CAN"}, [ONTARIO]),
        ({"shipping": 4.95, "total": 80}, []),
        ({"shipping_method": "TX", "shipping_cost": "ON"}, []),
        ({"shipping_address": {"state": "CA", "country": "US"}}, [Spot("US", "US-CA")]),
        ({"shipping_address": {"state": "CA", "country": "CA"}}, [Spot("CA", None)]),
        ({"shipping_address": {"country": "PR"}}, [Spot("US", "US-PR")]),
        ({"shipping_address": {"state": "WA", "country": "AU"}}, [Spot("AU", None)]),
        ({"shipping_address": {"state": "Georgia", "country": "Sakartvelo"}}, [Spot("ZZ", None)]),
        ({"shipping_address": {"state": None, "country": ""}}, []),
        ({"shipping_address": {"state": ["TX"], "country": 1}}, []),
        ({"shipping_address": {"state": "T" * 10_000}}, []),
        ({"shipping_address": "Main Street 1, Austin, TX"}, []),
        ({"products": [{"shipping_state": "TX"}]}, []),
    ],
)
def test_addresses_of_orders(told: dict[str, Any], found: list[Spot]) -> None:
    assert list(spots(told)) == found


@pytest.mark.parametrize(
    ("traits", "found"),
    [
        ({"address": {"state": "TX", "country": "US"}}, [TEXAS]),
        ({"state": "Ontario", "country": "Canada"}, [ONTARIO]),
        ({"location": {"region": "ON"}}, [ONTARIO]),
        ({"stateCode": "TX"}, [TEXAS]),
        ({"country": "GB", "state": "ON"}, [Spot("GB", None)]),
        ({"firstName": "Tex", "address": None}, []),
    ],
)
def test_addresses_of_profiles(traits: dict[str, Any], found: list[Spot]) -> None:
    assert list(of_profile(traits)) == found


def test_places_are_states_and_countries_without_one() -> None:
    assert places([TEXAS, ONTARIO, TEXAS]) == ("CA-ON", "US-TX")
    assert places([Spot("CA", None), Spot("US", None)]) == ("CA", "US")
    assert places([Spot("GB", None), Spot("ZZ", None)]) == ()
