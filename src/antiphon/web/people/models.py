"""The values of the pages about people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from antiphon.people.engagement import Engagement
from antiphon.web.times import Place


def name_of(traits: Mapping[str, Any]) -> str:
    """The name that a person's traits give; '' when they give none."""
    spelled = (("firstName", "first_name"), ("lastName", "last_name"))
    parts = (str(traits.get(camel) or traits.get(snake) or "").strip() for camel, snake in spelled)
    return " ".join(filter(None, parts)) or str(traits.get("name") or "").strip()


@dataclass(frozen=True, slots=True)
class Reach:
    """An address of a person and its consents."""

    channel: str
    address: str
    marketing: str
    transactional: str
    cart: str
    cart_double: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list."""

    id: int
    traits: Mapping[str, Any]
    zone: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    reaches: tuple[Reach, ...] = ()

    @property
    def name(self) -> str:
        return name_of(self.traits)

    def reach(self, channel: str) -> Reach | None:
        """The best address of a channel: one that is subscribed, if there is one."""
        own = [reach for reach in self.reaches if reach.channel == channel]
        return min(own, key=lambda reach: reach.marketing != "subscribed", default=None)


@dataclass(frozen=True, slots=True)
class Consent:
    """The state of one purpose at one address, from the ledger's newest word."""

    purpose: str
    state: str
    effective_at: datetime
    double_opt_in: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How an address stands: its consents by purpose, and whether it has opted out of everything."""

    channel: str
    address: str
    consents: tuple[Consent, ...]
    suppressed_at: datetime | None = None
    suppressed_by: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. ``kind``: event, consent, move, decision or message; ``id`` is unique inside it."""

    at: datetime
    kind: str
    id: int
    icon: str
    tone: str
    title: str
    about: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    address: str = ""  # of its own page
    action: str = ""  # what its own page shows
    why: Any = None  # a ``Why`` where the entry is a decision

    @property
    def order(self) -> tuple[datetime, int]:
        """Newest first; what happened at one instant in the order in which one leads to the other."""
        return self.at, place_of(self.kind, self.id)


KINDS = ("event", "consent", "move", "decision", "message")


def place_of(kind: str, number: int) -> int:
    """A rank among entries of one instant: by kind, then by id."""
    return (KINDS.index(kind) << 64) + number + (1 << 63)


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about a person beside the timeline."""

    row: PersonRow
    identifiers: tuple[tuple[str, str, datetime], ...]  # kind, value, first seen
    standings: tuple[Standing, ...]
    engagement: Mapping[str, Engagement]
    totals: tuple[Any, ...]
    runs: tuple[Any, ...]
    place: Place
    aliases: tuple[int, ...] = field(default=())
