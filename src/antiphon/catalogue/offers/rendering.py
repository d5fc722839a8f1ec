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


#: What stands for a code of a pool where a message is only looked at: each real one is somebody's.
SAMPLE_CODE = "YOUR-CODE"


def samples_of(connection: Connection, names: Collection[str], now: datetime) -> dict[str, Mapping[str, Any]]:
    """The same as if somebody had got a code at ``now``; nobody does. A static offer has its own, of steps it is the last's."""
    if not names:
        return {}
    standing, place = offers(connection), _Place(now, zone_of_brand(connection))
    found = {}
    for one in (standing[name] for name in sorted(names) if name in standing):
        if one.state(now) in {"deleted", "over"}:
            continue
        giving = standing.get(one.steps[-1], one) if one.steps else one
        until = giving.expiry(now, place.zone)
        given = Given(giving.name, 0, giving.code or SAMPLE_CODE, now, until, None, None)
        found[one.name] = _values(one, given, place)
    return found


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
