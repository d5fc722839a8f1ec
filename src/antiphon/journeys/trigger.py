"""What lets a person into a journey: an event, and by other names those of segments, products and days of the year."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from antiphon.audiences.models import Condition, DateCondition, PropertyFilter
from antiphon.audiences.models.base import Path
from antiphon.audiences.segments.models import Name as SegmentName
from antiphon.kit.durations import Duration, parse_duration

#: Changes of products, by the events that tell of them.
PRODUCT_CHANGES = {"price_drop": "Price Dropped", "low_stock": "Low Stock", "back_in_stock": "Back in Stock"}
ENTERED = "Segment Entered"
_NAME: TypeAdapter[str] = TypeAdapter(SegmentName)


class Day(BaseModel):
    """A day of each year that a trait names, such as a birthday; ``before`` it by whole days, none is the day itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trait: Path
    before: Duration = timedelta()

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Day":
        self.condition()
        return self

    def condition(self) -> DateCondition:
        """Who is so close to their day."""
        return DateCondition(kind="date", anniversary=self.trait, within=self.before)


class Trigger(BaseModel):
    """What lets a person in: one of ``event``, ``segment``, ``product``, ``date``; it passes the filters and has the run key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str | Annotated[list[str], Field(min_length=1)] | None = None
    #: A segment that they come into.
    segment: SegmentName | None = None
    #: What changed about a product that they viewed, carted or wished for.
    product: Literal["price_drop", "low_stock", "back_in_stock"] | None = None
    date: Day | None = None
    #: With ``segment``: who is in it when the journey goes live enters as well, once.
    enter_members: bool = False
    where: list[PropertyFilter] = Field(default=[], max_length=20)
    #: Property whose value is the run key: one run per value. An event without it is refused.
    key: str | None = None
    #: An event that arrives later than this after it happened starts nothing any more.
    max_lateness: Duration = parse_duration("2h")
    condition: Condition | None = Field(default=None, alias="if")

    @model_validator(mode="after")
    def _one_kind(self) -> "Trigger":
        if sum(kind is not None for kind in (self.event, self.segment, self.product, self.date)) != 1:
            raise ValueError(
                "a journey starts by exactly one of `event: …`, `segment: …`, `product: price_drop` and `date: {trait: birthday}`"
            )
        if self.enter_members and self.segment is None:
            raise ValueError("`enter_members` goes with `segment`: it lets in who is in it already")
        return self

    @property
    def events(self) -> list[str]:
        """The names of the events that it listens to."""
        if self.product is not None:
            return [PRODUCT_CHANGES[self.product]]
        if self.event is None:
            return [ENTERED]
        return [self.event] if isinstance(self.event, str) else self.event

    @property
    def run_key(self) -> str | None:
        """The property that tells one occasion from another, where there is one."""
        return self.key or ("occasion_id" if self.product is not None else None)

    def filters(self, slug: str) -> list[PropertyFilter]:
        """What the events' properties must be, for the journey ``slug``."""
        entered = self.listens(slug)
        return self.where if entered is None else [PropertyFilter(prop="segment", value=entered), *self.where]

    def listens(self, slug: str) -> str | None:
        """The segment whose entries it listens to; of a date one of its own, which is kept along with the journey."""
        return own_segment(slug) if self.date is not None else self.segment


def check_own_segment(slug: str) -> None:
    """Raises ``ValueError`` where a segment cannot be called after the journey ``slug``."""
    try:
        _NAME.validate_python(own_segment(slug))
    except ValidationError as error:
        raise ValueError(
            "a journey that starts by a date has a name of letters, digits and single hyphens, 56 at most, with a letter first"
        ) from error


def own_segment(slug: str) -> str:
    """The name of the segment of those whose day is near, of the journey ``slug``."""
    return f"{slug}-day"
