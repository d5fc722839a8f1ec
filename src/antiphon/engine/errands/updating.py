"""Changes of people, handed in as arrivals like everything that is told of people.

The arrivals and the mark that they were sent commit together: after a crash nothing is sent twice, and nothing is missing.
Answered is what the resolver's horizon has passed, so that the run's next step sees the change.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from antiphon.addresses.models import SUNSET
from antiphon.engine.errands import queries
from antiphon.engine.errands.models import Errand
from antiphon.engine.errands.reading import Pointers, columns
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.models import Arrival
from antiphon.journeys.steps.update import UpdateStep
from antiphon.kit.buckets import hash64

SOURCE = "journeys"
LONGEST = 1_000
#: What a channel's promotional messages rest on.
PURPOSES = {"email": ("marketing",), "sms": ("marketing", "cart")}

_Addresses = Mapping[tuple[int, int], Sequence[Any]]


def hand_in(
    connection: Connection,
    errands: Sequence[tuple[Errand, UpdateStep]],
    pointers: Pointers,
    now: datetime | None,
) -> None:
    """Write the arrivals of ``errands``, and that they are sent. The caller holds the locks of their buckets.

    ``now`` is the instant of reception on a virtual clock; ``None`` reads the database's.
    """
    if not errands:
        return
    leaving = _addresses(connection, [errand for errand, step in errands if step.leave])
    told: list[tuple[Errand, UpdateStep, dict[str, Any]]] = [
        (errand, step, traits_of(step, errand.props)) for errand, step in errands
    ]
    whys = [why_of(errand, step, traits, pointers, leaving) for errand, step, traits in told]
    arrivals = [one for each in told for one in _arrivals(*each, pointers, leaving)]
    # behind the locks of the buckets: whoever holds the intake's waits for nothing
    sent_at = write_arrivals(connection, arrivals, now)
    given = columns([errand for errand, _ in errands])
    given |= {"whys": [orjson.dumps(why).decode() for why in whys], "sent_at": sent_at}
    connection.execute(queries.SENT, given)


def traits_of(step: UpdateStep, props: Mapping[str, Any]) -> dict[str, Any]:
    """The traits that an update writes, about an occasion with these properties; null takes one away."""
    copied = {name: found for name, path in step.copy_.items() if (found := part_of(props, path)) is not None}
    return {**copied, **step.set}


def part_of(value: Any, path: str) -> str | int | float | bool | None:
    """What stands at ``path`` (names and numbers with dots between them), where it is a single value."""
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    if isinstance(value, str):
        return value[:LONGEST]
    return value if isinstance(value, bool | int | float) else None


def why_of(
    errand: Errand, step: UpdateStep, traits: Mapping[str, Any], pointers: Pointers, leaving: _Addresses
) -> dict[str, Any]:
    """What was done, for the move; without an address, which may be erased one day."""
    left = _left(errand, step, leaving)
    why: dict[str, Any] = {}
    if traits and errand.who in pointers:
        why["set"] = dict(traits)
    elif traits:
        why["nobody"] = "no identifier points at them"
    if step.leave:
        why["left"] = ", ".join(sorted({row.channel for row in left})) or "nothing, they had before"
    return why


def _arrivals(
    errand: Errand, step: UpdateStep, traits: Mapping[str, Any], pointers: Pointers, leaving: _Addresses
) -> Iterable[Arrival]:
    if traits and (known := pointers.get(errand.who)):
        kind, value = known[0]
        body = {"traits": dict(traits), "context": {"externalIds": [{"type": kind, "id": value}]}}
        # as of its reception: the run's own instant may lie before what was told since, and would only fill gaps
        yield Arrival(SOURCE, f"{errand.name}|update", "identify", _LATEST, False, body)
    for row in _left(errand, step, leaving):
        opt_out: dict[str, Any] = {
            "channel": row.channel,
            "address": row.address,
            "state": "unsubscribed",
            "purposes": list(PURPOSES[row.channel]),
            # as of the run: who has subscribed since stays
            "effectiveAt": errand.at.isoformat(),
            "method": SUNSET,
            "journey": errand.journey,
            "run": str(errand.run),
        }
        yield Arrival(SOURCE, f"{errand.name}|{hash64(row.address)}", "consent", errand.at, False, opt_out)


#: ``write_arrivals`` lets nothing happen later than it is received.
_LATEST = datetime.max.replace(tzinfo=UTC)


def _left(errand: Errand, step: UpdateStep, leaving: _Addresses) -> list[Any]:
    """The addresses whose consent ends: those of the channels that had not left already."""
    return [
        row
        for row in leaving.get(errand.who, ())
        if row.channel in step.leave
        and (row.marketing != "unsubscribed" or (row.channel == "sms" and row.cart != "unsubscribed"))
    ]


def _addresses(connection: Connection, errands: Sequence[Errand]) -> _Addresses:
    found: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
    if errands:
        people = sorted({errand.who for errand in errands})
        given = {"buckets": [bucket for bucket, _ in people], "people": [person for _, person in people]}
        for row in connection.execute(queries.ADDRESSES, given):
            found[row.bucket, row.person].append(row)
    return found
