"""Opting out: the suppression first, in the very transaction that receives it; then what was already planned.

Dispatch looks at suppressions after it has committed to hand over, and cancels on its side: in this order one of the
two always sees the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses.erased import hasher, is_erased, stands, suppression_of
from antiphon.addresses.queries import SUPPRESS
from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.facts import PURPOSES
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import answered
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import address as normalised
from antiphon.store.db import Database

#: Reasons that leave no message possible, transactional email included.
HARD = frozenset({"hard bounce", "complaint"})


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody who leaves. ``address`` is normalised; ``reason`` is that of ``opt_out``.

    ``evidence`` is kept beside the fact in the ledger: text, ip, agent, wording, whatever there is. ``message_id`` is the
    arrival's own, where there is one. ``answered_by``: the brand that confirms it by a text.
    """

    channel: str
    address: str
    reason: str
    source: str
    evidence: Mapping[str, Any] | None = None
    message_id: str | None = None
    answered_by: int | None = None


def opt_out(
    database: Database,
    channel: str,
    address: str,
    reason: str,
    source: str,
    now: datetime | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> datetime:
    """Suppress an address for every brand until the person opts in again; returns when it was received.

    Durable before it returns, and safe to repeat. ``reason`` is stop, one-click, preference, mail, api, review, hard
    bounce, complaint or import; ``source`` says where it came from, for people to read.
    """
    found = normalised(channel, address)
    if found is None:
        raise AntiphonError(
            f"{address!r} is not an address of {channel}.", "Send the address as a message would have it."
        )
    out = OptOut(channel, found, reason, source, evidence)
    with database.begin("opt-out") as connection:
        at = suppress(connection, out, now)
    cancel_open(database, out, at)
    return at


def suppress(connection: Connection, out: OptOut, now: datetime | None = None) -> datetime:
    """Write the suppression and its consent arrival in the open transaction; returns when it was received."""
    connection.execute(queries.SHARE_INTAKE)
    at: datetime = now or connection.execute(queries.CLOCK).scalar_one()
    known = suppression_of(connection, out.channel, out.address)
    if known is not None and is_erased(known.address) and stands(known):
        # whoever was erased is barred already: the address itself must not come back
        connection.execute(SUPPRESS, _suppression(out, at) | {"addresses": [known.address]})
        return at
    connection.execute(SUPPRESS, _suppression(out, at))
    body = {
        **(out.evidence or {}),
        "channel": out.channel,
        "address": out.address,
        "purposes": list(PURPOSES) if covers_everything(out.channel, out.reason) else ["marketing", "cart"],
        "state": "unsubscribed",
        "method": out.reason,
        "brand": None,
        "effectiveAt": at.isoformat(),
    }
    # hashed, because message ids are remembered for longer than a person may wish
    told = out.message_id or hasher(connection).of(f"{out.channel}:{out.address}:{at.isoformat()}")
    key = f"opt-out:{told}"
    if out.answered_by is None:
        arrival = Arrival(out.source, key, "consent", at, False, body)
    else:
        arrival = answered(out.source, key, at, body, "stop", out.answered_by)
    write_arrivals(connection, [arrival], at)
    return at


def _suppression(out: OptOut, at: datetime) -> dict[str, Any]:
    return {
        "abuckets": [abucket_of(out.address)],
        "channels": [out.channel],
        "addresses": [out.address],
        "ats": [at],
        "reasons": [out.reason],
        "sources": [out.source],
    }


def covers_everything(channel: str, reason: str) -> bool:
    """Whether transactional messages are barred as well: not by leaving a mailing, nor by a choice of preferences."""
    return (channel == "sms" and reason != "preference") or reason in HARD


def cancel_open(database: Database, out: OptOut, at: datetime, purposes: tuple[str, ...] = ()) -> int:
    """Cancel what is planned, due or claimed for the address; returns how many.

    ``purposes``: only messages of these, where the person left no more than that. Each in a transaction of its own:
    whoever holds one message's lock never waits for another's.
    """
    where = {
        "abucket": abucket_of(out.address),
        "address": out.address,
        "channel": out.channel,
        "everything": covers_everything(out.channel, out.reason),
        "purposes": list(purposes) or None,
    }
    rule = f"suppression.{out.reason.replace(' ', '_')}"
    cancelled = 0
    while True:
        with database.read() as connection:
            messages = connection.execute(queries.OPEN_MESSAGES, where).all()
        if not messages:
            return cancelled
        for message in messages:  # one that moved on meanwhile is found again in the next round, or has left
            given = {**where, "id": message.id, "state": message.state, "rule": rule, "now": at, "source": out.source}
            with database.begin("opt-out") as connection:
                if connection.execute(queries.CANCEL_MESSAGE, given).scalar() is not None:
                    connection.execute(queries.LOG_CANCELLED, given)
                    cancelled += 1
