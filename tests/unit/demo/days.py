"""Days of the demo shop in a row."""

from datetime import datetime

from antiphon.demo.behaviour import day
from antiphon.demo.models import Planned, Shop


def period(shop: Shop, start: datetime, days: int) -> list[Planned]:
    """The arrivals of ``days`` days from ``start``, in the order in which they reach us."""
    made = (planned for number in range(days) for planned in day(shop, start, number, days))
    return sorted(made, key=lambda planned: planned.due)
