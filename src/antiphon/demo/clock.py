"""Local hours of the demo's people: when in their day they come by, and which instant that is."""

from datetime import UTC, datetime, timedelta

import numpy as np

from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import instant_of, offset_at, zone_id

#: Weights of the 24 local hours for early birds, office hours, evenings and night owls.
_CURVES = np.array(
    [
        [0.3, 0.1, 0.1, 0.1, 0.3, 1.2, 3, 5, 6, 6, 5, 4, 4, 3, 3, 3, 3, 3, 3, 3, 2, 1.5, 1, 0.6],
        [0.3, 0.2, 0.1, 0.1, 0.1, 0.4, 1, 2, 4, 5, 6, 6, 7, 6, 5, 4, 4, 3, 3, 3, 3, 3, 2, 0.8],
        [0.6, 0.3, 0.2, 0.1, 0.1, 0.2, 0.6, 1.5, 2, 2.5, 3, 3, 3.5, 3, 3, 3, 3, 4, 5, 7, 8, 8, 5, 2],
        [3, 2, 1, 0.6, 0.3, 0.2, 0.2, 0.5, 1, 1.5, 2, 2.5, 3, 3, 3, 3, 3, 3.5, 4, 5, 6, 7, 7, 6],
    ]
)
_BOUNDS = np.cumsum(_CURVES, axis=1) / _CURVES.sum(axis=1, keepdims=True)


def moment(day: datetime, zone: str, rhythm: int, rng: np.random.Generator) -> datetime:
    """An instant on the local date that ``day`` (a UTC midnight) names, drawn from the rhythm's curve."""
    hour = int(np.searchsorted(_BOUNDS[rhythm], rng.random(), side="right"))
    seconds = int(rng.integers(3600))
    return instant(day + timedelta(hours=hour, seconds=seconds), zone)


def instant(wall: datetime, zone: str) -> datetime:
    """The instant at which clocks in ``zone`` show what ``wall`` says as if it were UTC."""
    return instant_of(_number(zone), wall)


def awake(at: datetime, zone: str) -> datetime:
    """``at``, or the morning after when it falls into the night of ``zone`` (0 to 7)."""
    number = _number(zone)
    wall = at + timedelta(seconds=offset_at(number, at))
    if wall.hour < 7:
        return at + timedelta(hours=7 - wall.hour, minutes=wall.minute // 2)
    return at


def _number(zone: str) -> int:
    number = zone_id(zone)
    if number is None:
        raise AntiphonError(f"There is no time zone {zone}.", "places.py names zones of the tz database.")
    return number


def midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
