"""What comes in, before it is anybody's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Scope(StrEnum):
    """What a write key may bring in: everything, or only what a page says of its visitor, because it lies open there."""

    SERVER = "server"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that came in. ``type`` is identify, track, page, alias, consent or service.

    ``body`` of identify, track, page and alias is Segment's item (userId, anonymousId, previousId, event, name,
    properties, traits, context); of consent: channel, address, purposes, state, effectiveAt, method, doubleOptIn,
    wording, wordingVersion, ip, agent, brand, userId, expiresAt, country; of service, which only this process writes: as,
    of, answer, brand, and of a text channel and address.
    """

    source: str
    message_id: str
    type: str
    at: datetime
    backfill: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResolveReport:
    """What one batch of the resolver did. ``more``: arrivals of this horizon are left; call again."""

    arrivals: int = 0
    events: int = 0
    people_new: int = 0
    merged: int = 0
    rejected: int = 0
    horizon: datetime | None = None
    more: bool = False
    skipped: bool = False  # another resolver is at work


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a text that came back was taken for, and when it was received. One that is not ``sure`` is for a human."""

    meaning: Literal["stop", "start", "help", "keyword", "reply"]
    address: str
    received_at: datetime
    sure: bool = True
