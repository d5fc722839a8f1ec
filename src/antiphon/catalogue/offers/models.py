"""What an offer is, as written, and what came of asking for a code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from antiphon.kit.zones import local, offset_at

Kind = Literal["static", "pool", "steps"]

#: A name is also a name of templates: ``offer.<name>.code``.
NAME = r"^[a-z][a-z0-9_]{0,39}$"
#: Longer ones fit in no text, and no shop takes them.
LONGEST_CODE = 64
#: Letters, digits and what shops let stand in codes: nothing that a link, a mail or a spoken word could change.
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._%+-]{{0,{LONGEST_CODE - 1}}}")

#: The database knows years that Python does not; ``9999-12-31`` in New York is one.
_FIRST_YEAR, _LAST_YEAR = 1970, 9998

Name = Annotated[str, StringConstraints(pattern=NAME)]

#: Why somebody who asked has no code, in words.
REFUSALS = {
    "gone": "the offer was deleted",
    "early": "the offer has not begun",
    "over": "the offer has ended",
    "dry": "the pool has no code left",
    "had": "they had its code already, and it is used or expired",
}


def key_of(code: str) -> str:
    """What two spellings of one code share: shops do not mind the case."""
    return code.upper()


def flaw(code: str) -> str | None:
    """What is wrong with a code; ``None`` when it can be used."""
    if not code:
        return "it is empty"
    if len(code) > LONGEST_CODE:
        return f"it has {len(code):,} characters; {LONGEST_CODE} are the most"
    if _CODE.fullmatch(code) is None:
        odd = next((c for c in code if not re.fullmatch(r"[A-Za-z0-9._%+-]", c)), code[0])
        if odd == "\ufffd":
            return "it is not UTF-8 text"
        return (
            f"{'a space' if odd == ' ' else repr(odd)} cannot stand {'at its beginning' if odd == code[0] else 'in it'}"
        )
    return None


class OfferDraft(BaseModel):
    """An offer as somebody writes it down. What it is worth is the shop's: it must know the codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: str = Field(min_length=1, max_length=120)
    kind: Kind
    code: str = ""
    steps: list[Name] = Field(default=[], max_length=10)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    #: A code is good for so many days after the day on which it was given, to that day's end in the brand's time zone.
    valid_days: int | None = Field(default=None, ge=0, le=3650)
    #: So many days before it expires the event "Coupon Expiring" happens to who has it.
    remind_days: int | None = Field(default=None, ge=1, le=365)
    min_order: Decimal | None = Field(default=None, ge=0, le=Decimal(10) ** 9)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    low_at: int = Field(default=100, ge=0, le=1_000_000)

    @model_validator(mode="after")
    def _fits(self) -> "OfferDraft":
        if self.kind == "static":
            if wrong := flaw(self.code):
                raise ValueError(f"a static offer needs its code: {wrong}")
        elif self.code:
            raise ValueError(f"`code` goes with kind static; a {self.kind} has none of its own")
        if (self.kind == "steps") != bool(self.steps):
            raise ValueError("`steps` goes with kind steps: the offers that follow one another")
        if len(set(self.steps)) != len(self.steps) or self.name in self.steps:
            raise ValueError("an offer stands twice in `steps`")
        if any(at is not None and not _FIRST_YEAR <= at.year <= _LAST_YEAR for at in (self.starts_at, self.ends_at)):
            raise ValueError(
                f"its dates lie in the years {_FIRST_YEAR} to {_LAST_YEAR}; one without an end has no `ends_at`"
            )
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("it ends before it starts")
        if self.remind_days and not self.expires:
            raise ValueError("`remind_days` needs codes that expire: `valid_days` or `ends_at`")
        return self

    @property
    def expires(self) -> bool:
        return self.valid_days is not None or self.ends_at is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it stands. Of a pool, ``left`` codes are not given yet."""

    name: str
    title: str
    kind: Kind
    code: str
    steps: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    valid_days: int | None
    remind_days: int | None
    min_order: Decimal | None
    currency: str
    low_at: int
    filled: int
    taken: int
    created_at: datetime
    changed_at: datetime
    deleted_at: datetime | None

    @property
    def left(self) -> int:
        return self.filled - self.taken

    @property
    def low(self) -> bool:
        """Whether its pool wants attention."""
        return self.kind == "pool" and self.deleted_at is None and self.left < max(self.low_at, 1)

    def state(self, now: datetime) -> Literal["deleted", "early", "over", "dry", "open"]:
        if self.deleted_at is not None:
            return "deleted"
        if self.starts_at is not None and now < self.starts_at:
            return "early"
        if self.ends_at is not None and now >= self.ends_at:
            return "over"
        return "dry" if self.kind == "pool" and self.left <= 0 else "open"

    def expiry(self, given_at: datetime, zone: int) -> datetime | None:
        """When a code that is given now stops being good: the end of its last day where the brand is, or of the offer."""
        ends = [self.ends_at] if self.ends_at is not None else []
        if self.valid_days is not None:
            ends.append(end_of_day(given_at, self.valid_days, zone))
        return min(ends, default=None)

    def reminder(self, given_at: datetime, expires_at: datetime | None) -> datetime | None:
        """When "Coupon Expiring" is due. A code that lives no longer than the reminder runs ahead has none."""
        if self.remind_days is None or expires_at is None:
            return None
        at = expires_at - timedelta(days=self.remind_days)
        return at if at > given_at else None

    def document(self, now: datetime) -> dict[str, Any]:
        """As the API and the command line tell it."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "state": self.state(now),
            "code": self.code or None,
            "steps": list(self.steps),
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "valid_days": self.valid_days,
            "remind_days": self.remind_days,
            "min_order": None if self.min_order is None else str(self.min_order),
            "currency": self.currency or None,
            "low_at": self.low_at,
            "left": self.left if self.kind == "pool" else None,
        }


def end_of_day(at: datetime, days: int, zone: int) -> datetime:
    """The first instant after the day that comes ``days`` days after the one of ``at``, by the clock of ``zone``.

    Of a midnight that a change of clocks doubles the first; of one that it leaves out, the change itself.
    """
    wall = local(zone, at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days + 1)
    around = wall.replace(tzinfo=UTC)
    reached = [
        instant
        for near in (around - timedelta(days=1), around + timedelta(days=1))
        if local(zone, instant := around - timedelta(seconds=offset_at(zone, near))) >= wall
    ]
    return min(reached)


def days_left(now: datetime, expires_at: datetime, zone: int) -> int:
    """Days of the calendar where the brand is until the last on which it is good: 0 is today."""
    last = local(zone, expires_at - timedelta(microseconds=1)).date()
    return max((last - local(zone, now).date()).days, 0)


@dataclass(frozen=True, slots=True)
class Given:
    """A code that a person has of an offer. ``n`` is 0 for the one that counts."""

    offer: str
    n: int
    code: str
    given_at: datetime
    expires_at: datetime | None
    redeemed_at: datetime | None = None
    run: int | None = None

    def good(self, now: datetime) -> bool:
        return self.redeemed_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(slots=True)
class Served:
    """What a turn of the stage did. ``more``: there may be more at this very instant. ``next_due``: of the next reminder."""

    given: int = 0
    refused: int = 0
    waiting: int = 0
    reminded: int = 0
    redeemed: int = 0
    more: bool = False
    #: Sign-ups promised codes that can be given now; ``intake.promised`` keeps that.
    wished: bool = False
    next_due: datetime | None = None
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def did(self) -> int:
        return self.given + self.refused + self.waiting + self.reminded + self.redeemed


def told(given: Given, offer: Offer | None) -> Mapping[str, Any]:
    """The properties of the events about a code."""
    return {
        "offer": given.offer,
        "code": given.code,
        "title": offer.title if offer else given.offer,
        "expires_at": given.expires_at.isoformat() if given.expires_at else None,
    }
