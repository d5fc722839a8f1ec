"""What people do about the messages of a channel: weights, decay, levels and patterns.

Pure; ``people.levels`` says the same in SQL.

Counted are clicks, replies, opens, visits and orders of people. What machines open and click counts for nothing, a text has
no opens, and an open never counts as a response: it keeps somebody from being unengaged, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp2
from typing import Literal

Channel = Literal["email", "sms"]
Level = Literal["engaged", "cooling", "unengaged", "new", "none"]
Pattern = Literal["both", "sms_only", "email_only", "neither", "new"]

CHANNELS: tuple[Channel, ...] = ("email", "sms")

#: Weights are kept as they would be worth at this instant: a later act weighs more by what an earlier one has lost since.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
#: What an act is worth when it happens.
WEIGHTS: Mapping[str, float] = {"open": 0.25, "visit": 0.5, "click": 1.0, "reply": 2.0, "order": 4.0}
#: After this long it is worth half.
HALF_LIFE = timedelta(days=90)
#: Doublings and halvings beyond these have no float any more.
_FURTHEST = 1000.0


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on somebody counts as what. The numbers are this project's defaults."""

    #: Fewer deliveries than this, or the first one less than ``settling`` ago: too new to tell.
    deliveries: int = 5
    settling: timedelta = timedelta(days=30)
    #: Without any human response for this long: unengaged.
    silence: Mapping[Channel, timedelta] = field(
        default_factory=lambda: {"email": timedelta(days=180), "sms": timedelta(days=90)}
    )
    #: A response less than this ago: engaged; between the two they cool down.
    lively: Mapping[Channel, timedelta] = field(
        default_factory=lambda: {"email": timedelta(days=90), "sms": timedelta(days=45)}
    )


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Engagement:
    """One person on one channel. Instants are aware; ``last_at`` is of clicks, replies, visits and orders."""

    channel: Channel
    delivered: int = 0
    first_delivered_at: datetime | None = None
    last_delivered_at: datetime | None = None
    last_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    responses: int = 0
    opens: int = 0
    clicks: int = 0
    replies: int = 0
    visits: int = 0
    orders: int = 0
    machine: int = 0
    weight: float = 0.0

    @property
    def sign_at(self) -> datetime | None:
        """The newest sign of a human: a response, or an open of an email."""
        return max((at for at in (self.last_at, self.opened_at) if at is not None), default=None)


def grown(act: str, at: datetime) -> float:
    """The weight of an act as of :data:`EPOCH`; adds up with those of others."""
    return WEIGHTS[act] * exp2(halvings(at))


def score(weight: float, as_of: datetime) -> float:
    """What a sum of weights is worth at an instant: 1 is one click just now."""
    return weight * exp2(-halvings(as_of))


def halvings(at: datetime) -> float:
    """How many half-lives an instant lies behind :data:`EPOCH`: what is of then is worth 2 to this power there."""
    return max(-_FURTHEST, min(_FURTHEST, (at - EPOCH) / HALF_LIFE))


def level(found: Engagement | None, as_of: datetime, limits: Limits = LIMITS) -> Level:
    """How somebody stands on a channel; ``none``: nothing was delivered and nothing came back."""
    if found is None or (found.delivered == 0 and found.sign_at is None):
        return "none"
    first, sign = found.first_delivered_at, found.sign_at
    if found.delivered < limits.deliveries or first is None or as_of - first < limits.settling:
        return "new"
    if sign is None or as_of - sign >= limits.silence[found.channel]:
        return "unengaged"
    return "engaged" if as_of - sign < limits.lively[found.channel] else "cooling"


def valid_until(found: Engagement | None, as_of: datetime, limits: Limits = LIMITS) -> datetime | None:
    """When the level changes if nobody does anything; None: never."""
    match level(found, as_of, limits), found:
        case "new", Engagement(first_delivered_at=datetime() as first) as one if one.delivered >= limits.deliveries:
            return first + limits.settling
        case "engaged", Engagement(sign_at=datetime() as sign) as one:
            return sign + limits.lively[one.channel]
        case "cooling", Engagement(sign_at=datetime() as sign) as one:
            return sign + limits.silence[one.channel]
    return None


#: Those who respond, more or less.
RESPONSIVE: tuple[Level, ...] = ("engaged", "cooling")


def pattern(email: Level, sms: Level) -> Pattern:
    """Which channels somebody answers on. ``new`` as long as one that is not answered is too new to tell."""
    match email in RESPONSIVE, sms in RESPONSIVE:
        case True, True:
            return "both"
        case True, False:
            return "email_only"
        case False, True:
            return "sms_only"
    told = {email, sms}
    return "new" if "new" in told or told == {"none"} else "neither"
