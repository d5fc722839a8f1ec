"""What is known of what hours gain: arms that were drawn side by side, and what drawn hours tell of the others.

Arms are the proof; they count each person and day once. What drawn hours tell (``offpolicy``) is known earlier and less surely:
each message by its own chance, the hours asked about widened by one to each side.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from antiphon.decisions.models import CHANNELS
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.arms import BY_LOT
from antiphon.decisions.timing.curves import HOURS
from antiphon.decisions.timing.loading import gains
from antiphon.decisions.timing.models import Arm
from antiphon.decisions.timing.offpolicy import Estimate, Interval, around, difference, estimate, logged, needed, tally
from antiphon.kit.buckets import portions
from antiphon.people.counted import RESPONSES
from antiphon.store.db import Database
from antiphon.store.keys import keys

#: How far back drawn hours are asked, and how many messages of a sixteenth of all people, the newest.
HISTORY, MOST = timedelta(days=180), 20_000
#: An answer counts within this of when the message was due.
WITHIN = timedelta(hours=72)
#: Messages that everybody's share counts as in the guess of an hour's.
SHRINK = 20.0
#: The gain that is hoped for, as a share of what is answered anyway.
HOPED = 0.05
ASKED = ("brand", "own")

_PORTIONS = portions(16)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lots:
    """Messages of one channel whose hour was drawn: the hour, the chances of all (n, 24), whether answered, and of whom.

    ``instead`` has for each of :data:`ASKED` the hour (n,) that it would have taken.
    """

    hour: NDArray[np.int64]
    chances: Floats
    answered: Floats
    bucket: NDArray[np.int64]
    instead: Mapping[str, NDArray[np.int64]]


def gained(database: Database, now: datetime) -> dict[str, Any]:
    """By channel: arms, the gain that they show, what drawn hours tell, and how many messages would show +5 %, as JSON has it."""
    with database.read() as connection:
        arms, shown = _arms(connection), gains(connection)
        days = {row.channel: row.days for row in connection.execute(queries.DAYS)}
    lots = _lots(database, now)
    return {
        channel: {
            "arms": arms[channel],
            "gain": (gain := shown[channel])
            and {"share": gain.share, "interval": [gain.low, gain.high], "used": gain.shown},
            "drawn": asked(lots[channel]),
            "needed": _needed(arms[channel], days.get(channel, 0)),
        }
        for channel in CHANNELS
    }


def asked(lots: Lots) -> dict[str, Any]:
    """What hours by the brand's and by own curves would have brought, by messages whose hour was drawn."""
    guess = _guess(lots)
    log = logged(lots.hour, lots.chances[np.arange(len(lots.hour)), lots.hour], lots.answered, lots.bucket)
    permitted = lots.chances > 0
    sums = {name: tally(log, around(lots.instead[name], permitted), guess) for name in ASKED}
    own, brand = sums["own"], sums["brand"]
    found = {name: _told(estimate(each)) for name, each in sums.items()}
    return {"messages": len(lots.hour), **found, "own_over_brand": _values(difference(own, brand))}


def _guess(lots: Lots) -> Floats:
    """The share answered at each hour (n, 24), of each half of the people by the other half."""
    half = lots.bucket % 2
    found = np.zeros((2, HOURS))
    for part in (0, 1):
        other = half != part
        mean = lots.answered[other].mean() if other.any() else 0.0
        sent = np.bincount(lots.hour[other], minlength=HOURS)
        found[part] = (np.bincount(lots.hour[other], lots.answered[other], HOURS) + SHRINK * mean) / (sent + SHRINK)
    return np.asarray(found[half])


def _told(found: Estimate) -> dict[str, Any]:
    return {"size": round(found.size, 1), "by": _values(found.by)}


def _values(by: Mapping[str, Interval]) -> dict[str, Any] | None:
    """None where too little is known to say anything."""
    return {how: {"share": each.value, "interval": [each.low, each.high]} for how, each in by.items()} or None


def _arms(connection: Connection) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in CHANNELS}
    for row in connection.execute(queries.ARMS):
        share = row.answered / row.messages if row.messages else None
        told = {"messages": row.messages, "answered": row.answered, "share": share}
        found[row.channel][Arm(row.arm).name.lower()] = told
    return found


def _needed(arms: Mapping[str, Mapping[str, Any]], days: int) -> dict[str, Any] | None:
    """Messages in each arm that would show the gain hoped for; None while nobody has answered."""
    messages = sum(each["messages"] for each in arms.values())
    share = sum(each["answered"] for each in arms.values()) / messages if messages else 0.0
    number = needed(share, HOPED)
    if number is None:
        return None
    have = min(arms.get(name, {}).get("messages", 0) for name in ASKED)
    left = max(number - have, 0) * days / have if have and days else None
    return {
        "share": share,
        "relative": HOPED,
        "messages": number,
        "have": have,
        "days_left": None if left is None else ceil(left),
    }


def _lots(database: Database, now: datetime) -> dict[str, Lots]:
    given: dict[str, Any] = {
        "arms": [int(arm) for arm in BY_LOT],
        "since": now - HISTORY,
        "until": now - WITHIN,
        "within": WITHIN,
        "responses": list(RESPONSES),
        "limit": MOST,
    }
    with database.read() as connection:
        given["called_off"] = [row.origin for row in connection.execute(queries.CALLED_OFF, {"since": now - HISTORY})]
    parts: dict[str, list[Lots]] = {name: [] for name in CHANNELS}
    for buckets in _PORTIONS:
        with database.read() as connection:
            rows = connection.execute(queries.LOTS, {"buckets": keys(buckets), **given}).all()
        for name in CHANNELS:
            parts[name].append(_packed([row for row in rows if row.channel == name]))
    return {name: _joined(some) for name, some in parts.items()}


def _packed(rows: list[Any]) -> Lots:
    told = [orjson.loads(row.lot) for row in rows]
    chances = np.zeros((len(rows), HOURS))
    for place, lot in enumerate(told):
        for hour, chance in lot["chances"].items():
            chances[place, int(hour)] = chance
    return Lots(
        np.array([lot["hour"] for lot in told], np.int64),
        chances / np.maximum(chances.sum(axis=1, keepdims=True), 1e-9),
        np.array([row.answered for row in rows], np.float64),
        np.array([row.bucket for row in rows], np.int64),
        {name: np.array([lot[name] for lot in told], np.int64) for name in ASKED},
    )


def _joined(parts: list[Lots]) -> Lots:
    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    instead = {name: np.concatenate([part.instead[name] for part in parts]) for name in ASKED}
    return Lots(column("hour"), column("chances"), column("answered"), column("bucket"), instead)


def sentences(channel: str, found: Mapping[str, Any]) -> Iterator[str]:
    """What :func:`gained` says of a channel, in words."""
    for name, arm in found["arms"].items():
        share = "" if arm["share"] is None else f", {arm['share']:.2%}"
        yield f"{channel}, {_ARMS[name]}: {arm['messages']:,} messages, {arm['answered']:,} answered{share}"
    gain = found["gain"]
    yield f"{channel}: {_gain(gain) if gain else 'too few answers to tell whether own hours gain.'}"
    yield f"{channel}: {_drawn(found['drawn'])}"
    enough = found["needed"]
    if enough is None:
        yield f"{channel}: nobody has answered yet, so that nobody can say how many messages it takes."
        return
    ahead = enough["days_left"]
    wait = (
        ""
        if ahead is None
        else ", and that is enough"
        if not ahead
        else f", about {ahead:,} more day{'s' * (ahead != 1)}"
    )
    yield (
        f"{channel}: to show {enough['relative']:+.0%} of {enough['share']:.2%} takes {enough['messages']:,} messages in each "
        f"arm; there are {enough['have']:,}{wait}."
    )


_ARMS = {
    "random": "random hours",
    "brand": "the brand's best hours",
    "own": "own hours",
    "explore": "hours by worth",
    "answers": "hours by answers",
}


def _gain(gain: Mapping[str, Any]) -> str:
    low, high = gain["interval"]
    words = f"own hours gain {gain['share'] * 100:+.2f} points over the brand's ({low * 100:+.2f} to {high * 100:+.2f})"
    return f"{words}: they are used." if gain["used"] else f"{words}: not shown, so that the brand's are used."


def _drawn(drawn: Mapping[str, Any]) -> str:
    over = drawn["own_over_brand"]
    if over is None:
        least = min(drawn[name]["size"] for name in ASKED)
        return f"{drawn['messages']:,} messages at drawn hours count as {least:,.0f} for the hours asked about; 200 are needed."
    low, high = over["dr"]["interval"]
    return (
        f"by {drawn['messages']:,} messages at drawn hours, own hours would gain {over['dr']['share'] * 100:+.2f} points over "
        f"the brand's ({low * 100:+.2f} to {high * 100:+.2f})."
    )
