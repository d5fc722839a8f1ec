"""Opting out: the suppression first, in the very transaction that receives it; then what was already planned.

Dispatch looks at suppressions after it has committed to hand over, and cancels on its side: in this order one of the
two always sees the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses.queries import SUPPRESS
from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.facts import PURPOSES
from antiphon.intake.models import Arrival
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import address as normalised
from antiphon.store.db import Database

#: Reasons that leave no message possible, transactional email included.
HARD = frozenset({"hard bounce", "complaint"})


def opt_out(
    database: Database, channel: str, address: str, reason: str, source: str, now: datetime | None = None
) -> datetime:
    """Suppress an address for every brand until the person opts in again; returns when it was received.

    Durable before it returns, and safe to repeat. ``reason`` is stop, one-click, preference, api, hard bounce,
    complaint or import; ``source`` says where it came from, for people to read.
    """
    found = normalised(channel, address)
    if found is None:
        raise AntiphonError(
            f"{address!r} is not an address of {channel}.", "Send the address as a message would have it."
        )
    with database.begin("opt-out") as connection:
        at = suppress(connection, channel, found, reason, source, now=now)
    cancel_open(database, channel, found, reason, source, at)
    return at


def suppress(
    connection: Connection,
    channel: str,
    address: str,
    reason: str,
    source: str,
    others: Sequence[Arrival] = (),
    now: datetime | None = None,
    reply: Mapping[str, Any] | None = None,
) -> datetime:
    """Write the suppression, its consent arrival and ``others`` in the open transaction.

    ``reply`` is the text that said it and how it was read; the ledger keeps it.
    """
    at = write_arrivals(connection, others, now)
    given = _of(channel, address, reason, source, at)
    connection.execute(SUPPRESS, given)
    body = {
        "channel": channel,
        "address": address,
        "purposes": list(PURPOSES) if covers_everything(channel, reason) else ["marketing", "cart"],
        "state": "unsubscribed",
        "method": reason,
        "brand": None,
        "effectiveAt": at.isoformat(),
    } | ({"reply": reply} if reply else {})
    message_id = f"opt-out:{channel}:{address}:{at.isoformat()}"
    write_arrivals(connection, [Arrival(source, message_id, "consent", at, False, body)], at)
    return at


def _of(channel: str, address: str, reason: str, source: str, at: datetime) -> dict[str, Any]:
    return {
        "abuckets": [abucket_of(address)],
        "channels": [channel],
        "addresses": [address],
        "ats": [at],
        "reasons": [reason],
        "sources": [source],
    }


def covers_everything(channel: str, reason: str) -> bool:
    """Whether transactional messages are barred as well: by every opt-out of texts, but not by leaving a mailing."""
    return channel == "sms" or reason in HARD


def cancel_open(database: Database, channel: str, address: str, reason: str, source: str, at: datetime) -> int:
    """Cancel what is planned, due or claimed for the address; returns how many.

    Each in a transaction of its own: whoever holds one message's lock never waits for another's.
    """
    where = {"abucket": abucket_of(address), "address": address, "channel": channel}
    rule = f"suppression.{reason.replace(' ', '_')}"
    cancelled = 0
    while True:
        with database.read() as connection:
            everything = covers_everything(channel, reason)
            messages = connection.execute(queries.OPEN_MESSAGES, {**where, "everything": everything}).all()
        if not messages:
            return cancelled
        for message in messages:  # one that moved on meanwhile is found again in the next round, or has left
            given = {**where, "id": message.id, "state": message.state, "rule": rule, "now": at, "source": source}
            with database.begin("opt-out") as connection:
                if connection.execute(queries.CANCEL_MESSAGE, given).scalar() is not None:
                    connection.execute(queries.LOG_CANCELLED, given)
                    cancelled += 1
