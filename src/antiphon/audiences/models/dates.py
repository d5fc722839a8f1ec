"""The kind that asks the time: of the world, of the person's clock, of their year."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from antiphon.audiences.models.base import Node, Path
from antiphon.kit.durations import Duration

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:30"])]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: Ten thousand years have no instant in Python, and a zone may push the end of this one over.
_LAST_YEAR = 9998


class DateCondition(Node):
    """``after``/``before`` an instant; or the person's ``weekdays`` and hours; or the day of the year that a trait names.

    ``from_hour`` is part of the hours, ``until_hour`` is not; hours may go over midnight, and belong then to the weekday
    on which it is asked. ``within`` counts whole days of the person's calendar from today: ``0d`` is today.
    """

    kind: Literal["date"]
    after: AwareDatetime | None = None
    before: AwareDatetime | None = None
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] | None = None
    from_hour: Clock | None = None
    until_hour: Clock | None = None
    #: A trait that holds a day: ``1990-05-17``, ``--05-17`` or ``05-17``; what follows the day is ignored.
    anniversary: Path | None = None
    within: Duration | None = None

    @model_validator(mode="after")
    def _one_question(self) -> DateCondition:
        instants = self.after is not None or self.before is not None
        if sum((instants, self.local, self.anniversary is not None)) != 1:
            raise ValueError(
                "ask for `after`/`before`, for `weekdays`/`from_hour`, or for an `anniversary`: one of them"
            )
        if any(at is not None and at.year > _LAST_YEAR for at in (self.after, self.before)):
            raise ValueError(f"a date lies in the year {_LAST_YEAR} at the latest")
        if self.after is not None and self.before is not None and self.before <= self.after:
            raise ValueError("`before` is not behind `after`: it is never then")
        if (self.from_hour is None) != (self.until_hour is None):
            raise ValueError("`from_hour` and `until_hour` go together")
        if self.from_hour is not None and self.from_hour == self.until_hour:
            raise ValueError("from an hour until the same hour is no time; leave both out for the whole day")
        if (self.anniversary is None) != (self.within is None):
            raise ValueError("`anniversary` needs `within: 7d`: how many days before it; and only it takes one")
        if self.within is not None and (self.within % timedelta(days=1) or self.within > timedelta(days=364)):
            raise ValueError("`within` is in whole days, 364 at most")
        return self

    @property
    def local(self) -> bool:
        """Whether it asks the person's clock."""
        return self.weekdays is not None or self.from_hour is not None
