"""A message, its states, and what the gate may say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from antiphon.rules import quiet

#: Which state may follow which. ``failed`` comes from claimed, handing or accepted; ``unknown`` only from handing. What
#: is taken back from ``handing`` was certainly not sent: the last look barred it, or the provider was never reached.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"planned", "due", "claimed", "held", "dropped", "cancelled"}),
    "due": frozenset({"planned", "claimed", "held", "dropped", "cancelled"}),
    "claimed": frozenset({"planned", "due", "handing", "failed", "held", "dropped", "cancelled"}),
    "handing": frozenset({"planned", "accepted", "failed", "unknown", "dropped", "cancelled"}),
    "accepted": frozenset({"delivered", "failed"}),
    "unknown": frozenset({"accepted", "delivered", "failed"}),
    "held": frozenset({"due", "dropped", "cancelled"}),
    "delivered": frozenset(),
    "failed": frozenset(),
    "dropped": frozenset(),
    "cancelled": frozenset(),
}

#: How the run of a message ended whose person was erased.
ERASED = "erased"

#: States whose message will never reach anyone, so that another may take its place.
SPENT = frozenset({"failed", "dropped", "cancelled"})


#: The purpose of messages about consent itself: no step and no campaign can have it.
SERVICE = "service"
#: Purposes of messages that ask for nothing: they are not among those that somebody may leave unanswered.
QUIET = ("transactional", SERVICE)


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox, as far as dispatch needs it."""

    abucket: int
    id: int
    key: UUID
    address: str
    channel: str
    brand: int
    purpose: str
    bucket: int
    person: int
    run: int
    journey: int
    version: int
    step: str
    occasion_key: str
    occasion_at: datetime
    occasion_event: int
    zones: tuple[int, ...]
    due_at: datetime
    expires_at: datetime | None
    state: str
    attempts: int
    recovers: bool = False  # the one text to those whom emails left silent

    @property
    def service(self) -> bool:
        """Whether it answers the person in the matter of consent itself (``content.service``)."""
        return self.purpose == SERVICE

    @property
    def promotional(self) -> bool:
        return self.purpose not in QUIET

    @property
    def abandonment_text(self) -> bool:
        """A text about an abandonment, to which the carriers' rules apply."""
        return self.channel == "sms" and self.purpose == "cart"


@dataclass(frozen=True, slots=True)
class ConsentState:
    state: str = "never"
    double_opt_in: bool = False
    expires_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that counts against caps and spacing; ``at`` is when it was handed over (or claimed)."""

    message: int
    at: datetime
    person: int = 0
    abandonment: bool = False  # it is about an abandonment: carriers allow one
    service: bool = False  # counts against service messages only


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a key: the message and its state."""

    message: int
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate knows of one message; ``sent`` are the address's own on this channel, transactional ones aside.

    ``hold_before`` is set when an old backup was restored: what was due by then is held.
    """

    consent: Mapping[str, ConsentState] = field(default_factory=dict)
    suppressed: str | None = None
    suppressed_at: datetime | None = None
    sent: tuple[Sent, ...] = ()
    text_owner: Owner | None = None
    key_owner: int | None = None
    run_outcome: str | None = None
    #: The states of the person's orders and profile, ISO 3166-2; of texts only.
    places: tuple[str, ...] = ()
    journey_state: str | None = None  # paused, archived; none while it goes on
    hold_before: datetime | None = None
    kept_back: str | None = None  # the rule that keeps a recovering text back


Action = Literal["pass", "defer", "hold", "drop", "cancel"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message. ``until`` is set when it is deferred; ``detail`` holds what the rule looked at."""

    action: Action
    rule: str | None = None
    until: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return {
            "pass": "claimed",
            "defer": "planned",
            "hold": "held",
            "drop": "dropped",
            "cancel": "cancelled",
        }[self.action]

    def told(self, zones: Sequence[int]) -> dict[str, Any]:
        """What the log keeps of a stop: what the rule looked at, the zones that counted, and the version of the rules."""
        return {"zones": list(zones), "version": quiet.VERSION, **self.detail}


PASS = Verdict("pass")


@dataclass(frozen=True, slots=True)
class Change:
    """One transition to be written; ``due_at`` where it changes, ``detail`` for the log."""

    message: Message
    from_state: str
    to_state: str
    rule: str | None = None
    due_at: datetime | None = None
    error: str | None = None
    ref: str | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(slots=True)
class DispatchReport:
    """What one round did. ``more``: there may be more to do at this very instant. ``next_due``: when to come again."""

    claimed: int = 0
    states: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    more: bool = False
    next_due: datetime | None = None

    def count(self, change: Change) -> None:
        self.states[change.to_state] = self.states.get(change.to_state, 0) + 1
        if change.rule:
            self.rules[change.rule] = self.rules.get(change.rule, 0) + 1


@dataclass(frozen=True, slots=True)
class SweepReport:
    """``returned``: dead claims that are due again. ``unknown``: messages whose hand-over nobody saw end."""

    returned: int = 0
    unknown: int = 0
