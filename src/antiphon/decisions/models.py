"""The values of a decision: what is asked, on columns, and what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from antiphon.decisions.affinity.models import Affinity
from antiphon.decisions.timing.models import Own

CHANNELS = ("email", "sms")
EMAIL, SMS = 0, 1
NO_CHANNEL = -1

#: Version of what is written into ``decision.reasons``, and of the rules of :mod:`antiphon.decisions.choose`.
VERSION = 1

Seconds = npt.NDArray[np.int32]
Small = npt.NDArray[np.int8]
Index = npt.NDArray[np.int32]
Amount = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

#: "Long ago" and "never" on columns of seconds from now; about 17 years either way.
LONG_AGO, NEVER = -(1 << 29), 1 << 29


@dataclass(frozen=True, slots=True)
class MessageCap:
    """At most so many promotional messages of one journey to one person in any stretch of ``per``."""

    messages: int
    per: timedelta


#: Of two that want the same person at once, the higher goes first.
PRIORITIES = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """Static facts of one message step of one version."""

    channels: tuple[str, ...]  # allowed, in declared order
    purpose: str  # marketing, transactional, cart
    urgent: bool  # an abandonment's first touch: within 60 minutes unless barred
    window: timedelta  # how long after the person came to the step it may be sent; afterwards: not at all
    abandonment: bool  # carrier rules of abandonment texts apply
    sms_segments: int  # upper bound of the version's text
    half_life: timedelta  # decay of the occasion's worth
    cap: MessageCap | None = None  # the journey's own
    priority: int = 0  # one of PRIORITIES


class Rule(IntEnum):
    """What may bar a channel or one of its moments; where several do, the first of this order is named."""

    NONE = 0
    CHANNEL = 1  # not one of the step's
    ADDRESS = 2
    CONSENT_MISSING = 3
    CONSENT_PENDING = 4
    CONSENT_UNSUBSCRIBED = 5
    CONSENT_CART = 6
    ONE_TEXT = 7
    WINDOW = 8
    CARRIER_WINDOW = 9
    QUIET = 10
    SPACING = 11
    JOURNEY_CAP = 12  # named where nothing else bars the channel
    BUDGET_DAY = 13  # the same
    BUDGET_MONTH = 14  # the same
    CAP = 15  # of all messages to one person, on whatever channel

    def id(self, channel: int) -> str:
        """The rule's name in reasons and beside messages; the last gate uses the same names."""
        name = _IDS[self]
        return f"{name}.{CHANNELS[channel]}" if self in {Rule.QUIET, Rule.SPACING} else name


_IDS = {
    Rule.NONE: "",
    Rule.CHANNEL: "channel.not_allowed",
    Rule.ADDRESS: "address.missing",
    Rule.CONSENT_MISSING: "consent.missing",
    Rule.CONSENT_PENDING: "consent.pending",
    Rule.CONSENT_UNSUBSCRIBED: "consent.unsubscribed",
    Rule.CONSENT_CART: "consent.cart",
    Rule.ONE_TEXT: "carrier.one_text",
    Rule.WINDOW: "window",
    Rule.CARRIER_WINDOW: "carrier.48h",
    Rule.QUIET: "quiet_hours",
    Rule.SPACING: "spacing",
    Rule.JOURNEY_CAP: "cap.journey",
    Rule.BUDGET_DAY: "budget.day",
    Rule.BUDGET_MONTH: "budget.month",
    Rule.CAP: "cap.person",
}


class State(IntEnum):
    """States of consent on columns."""

    NEVER = 0
    PENDING = 1
    SUBSCRIBED = 2
    UNSUBSCRIBED = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Intents as columns of equal length n; pairs of columns have shape (n, 2): email, text.

    Instants are seconds from ``now``, rounded down; value is in the shop's currency.
    """

    now: int  # seconds of the epoch
    policies: tuple[MessagePolicy, ...]
    places: tuple[tuple[int, ...], ...]  # distinct sets of zones; an empty one is "unknown"
    policy: Index  # into policies
    at: Seconds  # when the person came to the step
    occasion: Seconds
    value: Amount
    die: npt.NDArray[np.int64]
    clock: npt.NDArray[np.int16]  # the zone whose hours the person keeps
    place: Index  # (n, 2) into places
    address: Flags  # (n, 2) whether there is one
    marketing: Small  # (n, 2) State
    transactional: Small  # (n, 2) State
    cart: Flags  # (n,) cart reminders by text, by double opt-in
    declared: Small  # (n,) the channel that the person asked for, or NO_CHANNEL
    engaged: Seconds  # (n, 2) newest human response, LONG_AGO when there is none
    past: Seconds  # (n, 2) newest message planned up to now, LONG_AGO
    first: Seconds  # (n, 2) first message planned after now, NEVER
    last: Seconds  # (n, 2) last message planned after now, LONG_AGO
    texted: Flags  # (n,) a text about this occasion is decided already
    curves: Amount  # (2, 24) responses by local hour, mean 1
    segments: Index | None = (
        None  # (n,) the most that the text needs for the person; None: the policy's bound for anyone
    )
    price: Index | None = None  # (n,) of a segment to the person's number, in millionths; None: the brand's usual one
    denied: Small | None = None  # (n,) the Rule of a budget that denies a text, or NONE; None where there is no budget
    load: Amount | None = None  # (n, 2) messages that the person still feels, the newest counting most
    full: Seconds | None = (
        None  # (n,) from when on the caps on all messages to the person leave room; LONG_AGO: they do
    )
    sent: Index | None = None  # (n,) messages of the journey in the time of its cap; None where no policy has one
    own: Own | None = None  # people's own hours; None where nobody has any, or nothing can wait
    affinity: Affinity | None = None  # how often people are expected to answer; None where nothing is learned of it
    laws: tuple[tuple[str, ...], ...] = ()  # beside each of places: ids of rules.laws that hold for a text there

    def most_segments(self) -> Index:
        """Of each row's text."""
        if self.segments is not None:
            return self.segments
        return np.array([policy.sms_segments for policy in self.policies], dtype=np.int32)[self.policy]

    def laws_at(self, place: int) -> tuple[str, ...]:
        """The laws of a place by its number."""
        return self.laws[place] if self.laws else ()

    def __len__(self) -> int:
        return len(self.policy)

    def rows(self, which: Any) -> "Batch":
        """The batch of some rows only: a slice, or an index array."""
        columns = {name: getattr(self, name)[which] for name in _COLUMNS}
        more = {name: each[which] for name in _OPTIONAL if (each := getattr(self, name)) is not None}
        own = None if self.own is None else self.own.rows(which)
        affinity = None if self.affinity is None else self.affinity.rows(which)
        return Batch(
            self.now,
            self.policies,
            self.places,
            curves=self.curves,
            laws=self.laws,
            own=own,
            affinity=affinity,
            **columns,
            **more,
        )


_COLUMNS = (
    "policy", "at", "occasion", "value", "die", "clock", "place", "address", "marketing", "transactional", "cart",
    "declared", "engaged", "past", "first", "last", "texted",
)  # fmt: skip


#: Columns that a batch may be without.
_OPTIONAL = ("segments", "price", "denied", "load", "full", "sent")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What came of a batch, row by row. Slots are indices into :func:`antiphon.decisions.slots.slots`, -1 for none."""

    channel: Small  # NO_CHANNEL: do not write
    slot: npt.NDArray[np.int16]
    due: Seconds  # from now; the chosen slot's start
    score: Amount  # of the choice; 0 when nothing is written
    preferred: Small  # the channel that the rule asks for, or NO_CHANNEL
    best_slot: npt.NDArray[np.int16]  # (n, 2) the best moment of each channel, so also the alternative
    best_score: Amount  # (n, 2) its score, -inf where there is none
    bar: Small  # (n, 2) the Rule that bars the whole channel, or NONE

    def rows(self, which: Any) -> "Decisions":
        """The decisions of some rows only: a slice, or an index array."""
        return Decisions(*(getattr(self, name)[which] for name in Decisions.__slots__))


def nobody(number: int) -> Decisions:
    """Of so many rows of which nothing is decided yet."""
    return Decisions(
        channel=np.full(number, NO_CHANNEL, dtype=np.int8),
        slot=np.full(number, -1, dtype=np.int16),
        due=np.zeros(number, dtype=np.int32),
        score=np.zeros(number, dtype=np.float32),
        preferred=np.full(number, NO_CHANNEL, dtype=np.int8),
        best_slot=np.full((number, 2), -1, dtype=np.int16),
        best_score=np.full((number, 2), -np.inf, dtype=np.float32),
        bar=np.zeros((number, 2), dtype=np.int8),
    )
