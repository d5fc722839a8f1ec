"""Hand claimed messages over: durable intent first, one last look, then the wire, then what became of it.

``claimed -> handing`` is committed before the provider hears of a message. A crash before that commit leaves a claim,
which is due again; a crash after it leaves ``handing``, which becomes ``unknown`` and is never resent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from antiphon.content.render import Rendered
from antiphon.delivery import queries
from antiphon.delivery.facts import BrandFacts, read_last_look
from antiphon.delivery.gate import last_look, too_late
from antiphon.delivery.models import Change, Message
from antiphon.delivery.providers.base import Outcome, Outgoing, Provider
from antiphon.delivery.record import settle, write_log
from antiphon.delivery.witness import Witness
from antiphon.store.db import Database
from antiphon.store.locks import lock_abuckets

#: Messages in one committed step to ``handing``: the most that a crash can leave unknown per worker.
SUB_BATCH = 100

#: Longer than a hand-over can last (providers begin nothing after ``HAND_OVER_SECONDS``): one this old has lost its
#: worker. If it has not after all, what the provider answers still counts.
HANDING_LEASE = timedelta(minutes=30)

#: Waits after a refusal that may pass, by attempt; then it has failed.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed message and what it says."""

    message: Message
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Handed:
    """What was written of a sub-batch; ``unreachable`` says why the provider could not be reached."""

    changes: list[Change]
    unreachable: str | None = None


def hand_sub_batch(
    database: Database,
    clock: Callable[[], datetime],
    claim: UUID,
    sender: str,
    provider: Provider,
    parcels: Sequence[Parcel],
    brands: Mapping[int, BrandFacts],
    checkpoint: Callable[[str], None],
    witness: Witness,
) -> Handed:
    """Carry up to ``SUB_BATCH`` claimed messages of one channel over the wire.

    ``clock`` is asked again before each step: locks and providers take their time, and rules count by it.
    """
    now = clock()
    with database.begin("dispatch") as connection:
        ours, newest = _to_handing(connection, now, claim, sender, parcels)
    witness.mark(newest, now)
    checkpoint("handing")
    if not ours:
        return Handed([])
    now = clock()
    with database.read() as connection:
        stopped = _last_look(connection, now, ours, brands)
    ids = {change.message.id for change in stopped}
    leaving = [parcel for parcel in ours if parcel.message.id not in ids]
    outcomes = provider.send([_outgoing(p, brands[p.message.brand]) for p in leaving], now) if leaving else []
    checkpoint("sent")
    now = clock()
    changes = stopped + [_change(p.message, o, now) for p, o in zip(leaving, outcomes, strict=True)]
    with database.begin("dispatch") as connection:
        written = settle(connection, now, claim, changes)
    checkpoint("settled")
    down = next((outcome.error for outcome in outcomes if outcome.result == "unreachable"), None)
    return Handed(written, down)


def _to_handing(
    connection: Connection, now: datetime, claim: UUID, sender: str, parcels: Sequence[Parcel]
) -> tuple[list[Parcel], int]:
    """The parcels that were still this claim's, and the number of the newest log entry."""
    values = {
        "now": now,
        "lease": now + HANDING_LEASE,
        "claim": claim,
        "abuckets": [p.message.abucket for p in parcels],
        "ids": [p.message.id for p in parcels],
        "providers": [sender] * len(parcels),
        "subjects": [p.rendered.subject for p in parcels],
        "segments": [p.rendered.segments for p in parcels],
    }
    lock_abuckets(connection, [p.message.abucket for p in parcels])  # or a merge's order of rows may meet ours
    done = set(connection.execute(queries.HANDING, values).scalars())
    ours = [p for p in parcels if p.message.id in done]
    # the links lie here because a click's token only numbers them
    log = [Change(p.message, "claimed", "handing", detail={"links": list(p.rendered.links)}) for p in ours]
    return ours, write_log(connection, now, log)


def _last_look(
    connection: Connection, now: datetime, parcels: Sequence[Parcel], brands: Mapping[int, BrandFacts]
) -> list[Change]:
    messages = [parcel.message for parcel in parcels]
    facts = read_last_look(connection, messages[0].channel, messages)
    found = []
    for message in messages:
        verdict = last_look(message, facts[message.id], now, brands[message.brand].settings)
        if verdict is not None:
            told = verdict.told(message.zones)
            found.append(Change(message, "handing", verdict.state, verdict.rule, verdict.until, detail=told))
    return found


def _outgoing(parcel: Parcel, facts: BrandFacts) -> Outgoing:
    message, rendered, brand = parcel.message, parcel.rendered, facts.brand
    headers = {}
    if rendered.unsubscribe_url is not None:
        headers = {
            "List-Unsubscribe": f"<{rendered.unsubscribe_url}>{_by_mail(facts.mailbox, rendered.out_token)}",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return Outgoing(
        message.id,
        message.abucket,
        message.channel,
        message.address,
        brand.from_email if message.channel == "email" else brand.from_phone,
        brand.from_name,
        rendered.subject,
        rendered.body,
        rendered.html,
        rendered.segments,
        headers,
    )


def _by_mail(mailbox: str, token: str) -> str:
    """The other way out, where mail is taken in."""
    local, _, domain = mailbox.partition("@")
    return f", <mailto:{local}+{token}@{domain}?subject=unsubscribe>" if domain and token else ""


def _change(message: Message, outcome: Outcome, now: datetime) -> Change:
    match outcome.result:
        case "accepted" | "unknown":
            return Change(message, "handing", outcome.result, ref=outcome.ref, error=outcome.error)
        case "rejected":
            return Change(message, "handing", "failed", "provider.rejected", error=outcome.error)
        case "deferred":
            return _deferred(message, outcome, now)
        case "unreachable":
            return Change(
                message, "handing", "planned", "provider.unreachable", due_at=message.due_at, error=outcome.error
            )


def _deferred(message: Message, outcome: Outcome, now: datetime) -> Change:
    if message.attempts >= len(BACKOFF):
        return Change(message, "handing", "failed", "provider.deferred", error=outcome.error)
    until = now + BACKOFF[message.attempts]
    detail = {"until": until.isoformat(), "attempt": message.attempts + 1}
    if late := too_late(message, until):
        told = detail | {"barred_by": "provider.deferred"}
        return Change(message, "handing", "dropped", late, error=outcome.error, detail=told)
    return Change(message, "handing", "planned", "provider.deferred", until, error=outcome.error, detail=detail)
