"""A window of the day by the wall clock."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator

DAY = 24 * 60


def _minute(value: Any) -> Any:
    """Minutes after midnight of "HH:MM"; anything else is left to pydantic."""
    if not isinstance(value, str):
        return value
    hours, colon, minutes = value.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60):
        raise ValueError(f"{value!r} is not a time of day; write it like 09:30")
    return int(hours) * 60 + int(minutes)


Minute = Annotated[
    int, BeforeValidator(_minute), PlainSerializer(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
]


class Hours(BaseModel):
    """A window of the day, half open: from ``start`` until just before ``end``, in minutes after midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Minute
    end: Minute

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 <= self.start < self.end <= DAY:
            raise ValueError("a window starts before it ends, between 00:00 and 24:00")
        return self

    @classmethod
    def read(cls, text: str) -> "Hours":
        """Of "08:00-21:00"."""
        start, _, end = text.partition("-")
        return cls.model_validate({"start": start, "end": end})

    def within(self, other: "Hours") -> bool:
        return other.start <= self.start and self.end <= other.end

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}-{self.end // 60:02d}:{self.end % 60:02d}"


ANY_TIME = Hours(start=0, end=DAY)


def common(*windows: Hours | None) -> Hours | None:
    """What windows have in common; ``None`` is a closed day."""
    open_ones = [window for window in windows if window is not None]
    if len(open_ones) < len(windows):
        return None
    start = max((window.start for window in open_ones), default=0)
    end = min((window.end for window in open_ones), default=DAY)
    return Hours(start=start, end=end) if start < end else None
