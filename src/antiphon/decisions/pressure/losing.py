"""What pressure cost: who would have got a message, a better one or a text, had nobody else wanted them, and to what it lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection

from antiphon.decisions import queries
from antiphon.decisions.choose import choose
from antiphon.decisions.columns import Intents
from antiphon.decisions.masks import busy
from antiphon.decisions.models import CHANNELS, EMAIL, LONG_AGO, NEVER, NO_CHANNEL, SMS, Batch, Decisions, Flags, Rule
from antiphon.decisions.pressure.crowding import by_person, planned
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import slots

#: Less than this, in the shop's currency, is no loss that anybody has to hear of.
_LEAST = 0.001
_WHOLE = (Rule.JOURNEY_CAP, Rule.BUDGET_DAY, Rule.BUDGET_MONTH)
_NOUNS = ("email", "text")


@dataclass(frozen=True, slots=True)
class Winner:
    """The message that had the person; ``origin`` is a journey's number, or a campaign's with a minus sign."""

    message: int
    origin: int
    step: str
    channel: str
    due: int  # seconds from now


@dataclass(frozen=True, slots=True)
class Loss:
    """What one row lost. ``worth``: expected without the pressure, less what is expected now."""

    worth: float
    rule: Rule
    channel: int
    due: int  # seconds from now
    to: Winner | None

    @property
    def name(self) -> str:
        return self.rule.id(self.channel)


def losses(
    connection: Connection, now: datetime, intents: Intents, made: Decisions, settings: BrandSettings
) -> dict[int, Loss]:
    """Of rows that lost anything. Chooses once more for those under pressure, and asks what is planned for those who lost."""
    batch = intents.batch
    under = np.flatnonzero(_under_pressure(batch, settings))
    if not len(under):
        return {}
    free = choose(_alone(batch.rows(under)), settings)
    lost = free.score - made.score[under]
    which = np.flatnonzero((free.channel != NO_CHANNEL) & (lost > _LEAST))
    rows = under[which].tolist()
    if not rows:
        return {}
    columns = intents.columns
    whose = sorted({(columns["bucket"][row], columns["person"][row]) for row in rows})
    others = by_person(planned(connection, now, whose))
    beside = _beside(intents, made, {columns["person"][row] for row in rows})
    found = {}
    for row, place in zip(rows, which.tolist(), strict=True):
        channel, due = int(free.channel[place]), int(free.due[place])
        rule = _rule(batch, made, row, channel)
        person = columns["person"][row]
        winners = [Winner(each.id, each.journey, each.step, each.channel, each.due) for each in others[person]]
        winners += [each for number, each in beside.get(person, ()) if number != row]
        to = _winner(winners, rule, columns["journey"][row], due)
        found[row] = Loss(float(lost[place]), rule, channel, due, to)
    return found


def _under_pressure(batch: Batch, settings: BrandSettings) -> Flags:
    """Rows that anything planned, a cap or a budget keeps from any moment."""
    found = np.zeros(len(batch), dtype=np.bool_)
    begin = np.maximum(batch.at, 0)
    horizon = int(slots(batch.now)[-1])
    for channel in (EMAIL, SMS):
        after, start, _ = busy(batch, channel, settings.spacing)
        found |= (after > begin) | (start < horizon)
    if batch.denied is not None:
        found |= batch.denied != Rule.NONE
    if batch.sent is not None:
        most = np.array([NEVER if policy.cap is None else policy.cap.messages for policy in batch.policies])
        found |= batch.sent >= most[batch.policy]
    promotional = np.array([policy.purpose != "transactional" for policy in batch.policies])
    return np.asarray(found & (promotional[batch.policy] if len(batch) else found))


def _alone(batch: Batch) -> Batch:
    """As if nobody else wanted these people, and texts cost what they cost."""
    pair = batch.past.shape
    return replace(
        batch,
        past=np.full(pair, LONG_AGO, dtype=np.int32),
        first=np.full(pair, NEVER, dtype=np.int32),
        last=np.full(pair, LONG_AGO, dtype=np.int32),
        full=None,
        sent=None,
        denied=None,
    )


def _rule(batch: Batch, made: Decisions, row: int, channel: int) -> Rule:
    bar = Rule(int(made.bar[row, channel]))
    if bar in _WHOLE:
        return bar
    full = LONG_AGO if batch.full is None else int(batch.full[row])
    return Rule.CAP if full > max(0, int(batch.at[row])) else Rule.SPACING


def _beside(intents: Intents, made: Decisions, persons: set[int]) -> dict[int, list[tuple[int, Winner]]]:
    """Messages to some people that are decided together with the ones that lost."""
    columns, found = intents.columns, dict[int, list[tuple[int, Winner]]]()
    for row in np.flatnonzero(made.channel != NO_CHANNEL).tolist():
        person = columns["person"][row]
        if person in persons:
            name = CHANNELS[made.channel[row]]
            one = Winner(columns["id"][row], columns["journey"][row], columns["step"][row], name, int(made.due[row]))
            found.setdefault(person, []).append((row, one))
    return found


def _winner(winners: Sequence[Winner], rule: Rule, origin: int, due: int) -> Winner | None:
    """The one nearest to the moment that was wanted; of a journey's own cap one of the journey, of a budget none."""
    if rule in {Rule.BUDGET_DAY, Rule.BUDGET_MONTH}:
        return None
    among = [each for each in winners if rule != Rule.JOURNEY_CAP or each.origin == origin]
    return min(among, key=lambda each: (abs(each.due - due), each.message), default=None)


def names(connection: Connection, found: Mapping[int, Loss]) -> dict[int, str]:
    """The names of the journeys and campaigns that won."""
    origins = sorted({loss.to.origin for loss in found.values() if loss.to is not None})
    if not origins:
        return {}
    return {row.id: row.name for row in connection.execute(queries.ORIGINS, {"origins": origins})}


def tell(why: bytes, loss: Loss, now: int, named: Mapping[int, str]) -> bytes:
    """The JSON of a row's reasons with what it lost and to what; the sentence says so."""
    told: dict[str, Any] = orjson.loads(why)
    to = loss.to
    pressure: dict[str, Any] = {
        "rule": loss.name,
        "lost": round(loss.worth, 4),
        "wanted": {"channel": CHANNELS[loss.channel], "at": _iso(now, loss.due)},
        "to": None,
    }
    if to is not None:
        name = named.get(to.origin, str(abs(to.origin)))
        kind = "campaign" if to.origin < 0 else "journey"
        noun = _NOUNS[CHANNELS.index(to.channel)]
        pressure["to"] = {
            "message": str(to.message),
            kind: name,
            "origin": to.origin,
            "step": to.step,
            "channel": to.channel,
            "at": _iso(now, to.due),
        }
        told["sentence"] += f" It lost to the {noun} {to.message} of the {kind} {name}."
    return orjson.dumps(told | {"pressure": pressure})


def _iso(now: int, second: int) -> str:
    return f"{datetime.fromtimestamp(now + second, UTC).isoformat()[:19]}Z"
