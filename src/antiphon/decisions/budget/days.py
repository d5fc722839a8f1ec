"""Days and months of the brand's clock, as budgets count them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from antiphon.kit.zones import instant_of, local

#: Days that a decision may plan into: 72 hours touch four, a day of 23 hours among them.
_AHEAD = 5


def midnight(zone: int, day: date) -> datetime:
    """The instant at which a day begins."""
    return instant_of(zone, datetime(day.year, day.month, day.day, tzinfo=UTC))


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Days:
    """``days`` from today on; ``ends``: seconds from now at which each ends; ``elapsed``: of today, a share of a day."""

    days: tuple[date, ...]
    ends: npt.NDArray[np.int64]
    elapsed: float

    @classmethod
    def of(cls, zone: int, now: datetime) -> Self:
        today = local(zone, now).date()
        days = tuple(today + timedelta(days=number) for number in range(_AHEAD))
        begin = midnight(zone, today)
        second = int(now.timestamp())
        ends = [int(midnight(zone, day + timedelta(days=1)).timestamp()) - second for day in days]
        elapsed = (now - begin) / timedelta(seconds=ends[0] + (now - begin).total_seconds())
        return cls(days, np.array(ends), min(1.0, max(0.0, elapsed)))

    def numbers(self, due: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The number of the day of each instant in seconds from now."""
        return np.minimum(np.searchsorted(self.ends, due, side="right"), len(self.days) - 1)

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(month_of, self.days)))

    def days_of_month_left(self, month: str) -> float:
        """From now, or from its beginning, to its end."""
        inside = [day for day in self.days if month_of(day) == month]
        following = (inside[0].replace(day=28) + timedelta(days=4)).replace(day=1)
        return (following - inside[0]).days - (self.elapsed if inside[0] == self.days[0] else 0)
