"""Tokens of the senders: messages for email, segments for texts; leased in a short transaction of their own.

A lease is at most what the sender may send in one second (never less than one message), so that what was leased and
then delayed cannot come on top of later leases: pacing holds at the hand-over, not only at the claim.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from antiphon.delivery import queries
from antiphon.store.db import Database

#: A clock this far behind the last refill is another clock (a virtual one): the bucket starts from it.
_OTHER_CLOCK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sender:
    """A configured way out: its provider, that provider's settings, and its pace in tokens a second."""

    id: str
    channel: str
    provider: str
    settings: Mapping[str, Any]
    rate: float
    burst: float
    tokens: float
    refilled_at: datetime
    paused_until: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    sender: Sender
    tokens: int


def refilled(sender: Sender, now: datetime) -> float:
    """Tokens at ``now``."""
    elapsed = max(0.0, (now - sender.refilled_at).total_seconds())
    return min(sender.burst, sender.tokens + sender.rate * elapsed)


def wait_for(sender: Sender, now: datetime) -> datetime:
    """When a sender that has no token left has one again."""
    missing = max(0.0, 1.0 - refilled(sender, now))
    return now + timedelta(seconds=missing / sender.rate) if sender.rate > 0 else now + timedelta(hours=1)


def chosen(senders: Sequence[Sender]) -> list[Sender]:
    """One sender a channel: the one that bears the channel's name, else the first by id."""
    best: dict[str, Sender] = {}
    for sender in senders:
        if sender.channel not in best or sender.id == sender.channel:
            best[sender.channel] = sender
    return list(best.values())


def read_senders(database: Database) -> list[Sender]:
    with database.read() as connection:
        return [Sender(**row) for row in connection.execute(queries.SENDERS).mappings()]


def lease(database: Database, now: datetime, limit: int, channels: Container[str]) -> list[Lease]:
    """Take up to ``limit`` tokens of the sender of each channel, unless it is paused or has none."""
    leases = []
    with database.begin("dispatch", durable=False) as connection:
        senders = [Sender(**row) for row in connection.execute(queries.LOCK_SENDERS).mappings()]
        for sender in chosen(senders):
            if sender.channel not in channels or (sender.paused_until is not None and sender.paused_until > now):
                continue
            tokens = refilled(sender, now)
            granted = int(min(limit, tokens, max(1.0, sender.rate)))
            if granted < 1:
                continue
            behind = sender.refilled_at - now
            at = sender.refilled_at if timedelta() < behind < _OTHER_CLOCK else now
            connection.execute(queries.SET_TOKENS, {"id": sender.id, "tokens": tokens - granted, "at": at})
            leases.append(Lease(sender, granted))
    return leases


def give_back(database: Database, sender: Sender, tokens: int) -> None:
    """Return what was not used; a negative number takes what rendering needed beyond the lease."""
    if tokens:
        with database.begin("dispatch", durable=False) as connection:
            connection.execute(queries.RETURN_TOKENS, {"id": sender.id, "tokens": float(tokens)})


def pause(database: Database, sender: Sender, until: datetime, error: str) -> None:
    """Stop claiming for a sender whose provider cannot be reached; ``error`` is shown."""
    with database.begin("dispatch") as connection:
        connection.execute(queries.PAUSE_SENDER, {"id": sender.id, "until": until, "error": error})


def resume(database: Database, sender: Sender) -> None:
    """Clear an error that is over."""
    if sender.error is not None or sender.paused_until is not None:
        with database.begin("dispatch") as connection:
            connection.execute(queries.PAUSE_SENDER, {"id": sender.id, "until": None, "error": None})
