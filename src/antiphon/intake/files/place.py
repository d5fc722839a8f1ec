"""Where the shop is: its country for phone numbers without one, its zone for days without a time."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from antiphon.intake.queries import SETTING
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.kit.zones import UTC_ZONE, zone_names

_ZONE = text("SELECT zone FROM brand ORDER BY id LIMIT 1")


@dataclass(frozen=True, slots=True)
class Place:
    region: str = DEFAULT_REGION
    zone: tzinfo = UTC


def place_of(connection: Connection) -> Place:
    """Of the main brand."""
    region = connection.execute(SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    zone = connection.execute(_ZONE).scalar() or UTC_ZONE
    return Place(str(region), ZoneInfo(zone_names()[zone]))
