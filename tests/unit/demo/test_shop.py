"""The shop's people look like people, and the same seed draws the same ones."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers import timezone as number_zones

from antiphon.demo.catalogue import PRODUCTS, SHOP_DOMAIN
from antiphon.demo.places import PLACES
from antiphon.demo.shop import make_shop
from antiphon.kit.errors import AntiphonError

SUMMER = datetime(2026, 7, 1, 12)  # noqa: DTZ001  # a wall clock, on purpose

#: West of the line inside their state: the library knows only the zone of most of the area code.
SPANNING = {"Pensacola"}


def test_same_seed_same_people() -> None:
    assert make_shop(3, 200) == make_shop(3, 200)
    assert make_shop(3, 200) != make_shop(4, 200)


def test_too_few_people_are_refused() -> None:
    with pytest.raises(AntiphonError, match="too small"):
        make_shop(1, 10)


def test_addresses_are_fictional_and_unique() -> None:
    shop = make_shop(1)
    emails = [s.email for s in shop.shoppers if s.email]
    assert len(emails) == len(set(emails)) > 1500
    assert {".".join(email.split("@")[1].split(".")[-2:]) for email in emails} == {
        "example.com",
        "example.net",
        "example.org",
    }
    phones = [s.phone for s in shop.shoppers if s.phone]
    fictional = [p for p in phones if p[5:8] == "555" and p[8:10] == "01"]
    assert len(fictional) > 0.9 * len(phones)
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(p)) for p in phones)
    assert all(s.email or s.phone for s in shop.shoppers)


def test_some_households_share_a_phone() -> None:
    counts = Counter(s.phone for s in make_shop(1).shoppers if s.phone)
    assert 10 <= sum(n == 2 for n in counts.values()) <= 40
    assert max(counts.values()) == 2


def test_states_match_addresses() -> None:
    for shopper in make_shop(5).shoppers:
        assert shopper.email or shopper.email_state == "never"
        assert shopper.phone or shopper.sms_state == "never"
        assert set(shopper.latent.engaged) == {"email": {"email"}, "sms": {"sms"}, "both": {"email", "sms"}}.get(
            shopper.reach, set()
        )
        assert shopper.cart_texts == "no" or shopper.sms_state == "subscribed"


def test_names_include_the_hard_ones() -> None:
    names = " ".join(s.first + s.last for s in make_shop(1).shoppers)
    assert "محمد" in names
    assert "🌞" in names
    assert max(len(s.first + s.last) for s in make_shop(1).shoppers) > 50


def test_area_codes_are_where_their_place_is() -> None:
    """Held against the library's own table; an area code may span more zones than the place's."""
    for place in PLACES:
        ZoneInfo(place.zone)
        for code in place.codes:
            zones = number_zones.time_zones_for_number(phonenumbers.parse(f"+1{code}5550123"))
            offsets = {ZoneInfo(zone).utcoffset(SUMMER) for zone in zones}
            if place.city not in SPANNING:
                assert ZoneInfo(place.zone).utcoffset(SUMMER) in offsets, (place.city, code, zones)


def test_the_catalogue_holds_sixty_products_on_its_own_domain() -> None:
    assert len(PRODUCTS) == len({p.id for p in PRODUCTS}) == len({p.slug for p in PRODUCTS}) == 60
    for product in PRODUCTS:
        line = product.line(2)
        assert line["url"].startswith(f"https://{SHOP_DOMAIN}/")
        assert line["price"] > 0
