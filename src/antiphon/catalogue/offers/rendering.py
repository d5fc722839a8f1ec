"""What templates see of the codes that people have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers.models import Given, Offer, days_left
from antiphon.catalogue.offers.read import counting_code, given_to, offers, zone_of_brand
from antiphon.kit.zones import local, offset_at

People = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    now: datetime
    zone: int


def values_of(
    connection: Connection, people: Collection[People], names: Collection[str], now: datetime
) -> dict[People, dict[str, Mapping[str, Any]]]:
    """For each person and offer of ``names`` of which they have a good code: ``code``, ``title``, ``expires_at``,
    ``days_left``, ``min_order``, ``currency``. Of an offer with steps it is the furthest."""
    if not people or not names:
        return {}
    standing, place = offers(connection), _Place(now, zone_of_brand(connection))
    wanted = [standing[name] for name in names if name in standing]
    have = given_to(connection, people, only_good=now)
    return {
        person: {
            one.name: _values(one, found, place)
            for one in wanted
            if (found := counting_code(codes, one, now)) is not None
        }
        for person, codes in have.items()
    }


def _values(one: Offer, found: Given, place: _Place) -> Mapping[str, Any]:
    """The expiry is that of this very code, by the clock of the brand; at a midnight the last day is told, not the next."""
    until = found.expires_at
    return {
        "code": found.code,
        "title": one.title,
        "expires_at": None if until is None else _told(until, place.zone),
        "days_left": None if until is None else days_left(place.now, until, place.zone),
        "min_order": one.min_order,
        "currency": one.currency or None,
    }


def _told(until: datetime, zone: int) -> datetime:
    last = until - timedelta(seconds=1) if local(zone, until).time().isoformat() == "00:00:00" else until
    return last.astimezone(timezone(timedelta(seconds=offset_at(zone, last))))
