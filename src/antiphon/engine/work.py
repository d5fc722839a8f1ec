"""What one tick may carry forward, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.settings import BrandSettings
from antiphon.journeys.registry import Live

#: A run that moves more often than this in one tick waits for the next: no tick makes up for a month of hourly steps at once.
PASSES = 50


@dataclass(frozen=True, slots=True)
class Work:
    """What one tick may carry forward."""

    now: datetime
    buckets: list[int]
    floor: datetime
    live: Mapping[int, Live]
    policies: Mapping[tuple[int, str], MessagePolicy]
    settings: BrandSettings
    limit: int
    batch: int  # the resolver's last, under which what steps tell becomes fresh
    standing: bool = False  # there are versions whose runs may not move

    def values(self, **more: Any) -> dict[str, Any]:
        return {"now": self.now, "buckets": self.buckets, "floor": self.floor, **more}

    def moving(self) -> list[int]:
        """The versions whose runs may move."""
        return [number for number, one in self.live.items() if one.moving]


@dataclass(slots=True)
class Advanced:
    moved: int = 0
    passes: int = 0
    asked: int = 0
    decided: int = 0
    planned: int = 0
    errands: bool = False  # some were asked for
    codes: bool = False  # some were asked for, perhaps of offers that there are not
    told: bool = False  # there are fresh events of what steps told
    drained: bool = False  # no run that may move is due any more
    standing: bool = False  # due runs of paused or held versions stay behind

    def full(self, work: Work) -> bool:
        """Whether the tick has done its share: who is still due waits for the next."""
        return self.moved >= work.limit or self.passes >= PASSES

    @property
    def all(self) -> int:
        """Whatever was done to runs."""
        return self.moved + self.asked
