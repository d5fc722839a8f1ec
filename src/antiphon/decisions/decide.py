"""Turns open intents into decisions: loads columns, chooses, writes what became of each and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from antiphon.decisions import queries
from antiphon.decisions.choose import choose
from antiphon.decisions.columns import Asked, Intents, load, load_asked
from antiphon.decisions.masks import busy, ends
from antiphon.decisions.models import CHANNELS, EMAIL, NO_CHANNEL, SMS, Batch, Decisions, MessagePolicy
from antiphon.decisions.reasons import reasons
from antiphon.decisions.replaying.keeping import keep
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.tables import decision
from antiphon.decisions.timing.telling import drawn_arms
from antiphon.rules.quiet import open_mask
from antiphon.store.db import copy_rows

_COPIED = ("bucket", "id", "person", "run", "journey", "version", "step", "visit", "at")
_ABOUT = ("occasion_key", "occasion_at", "occasion_event", "entry_key")
_MADE = (
    "decided_at",
    "channel",
    "address",
    "abucket",
    "due_at",
    "expires_at",
    "zones",
    "purpose",
    "reasons",
    "tick",
    "arm",
    "inputs",
)


@dataclass(frozen=True, slots=True)
class DecideReport:
    """How many intents were decided, and how: by email, by text, or not at all."""

    decided: int = 0
    email: int = 0
    sms: int = 0
    none: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Intents and what is decided of each, row by row."""

    intents: Intents
    made: Decisions


def decide(
    connection: Connection,
    now: datetime,
    buckets: Sequence[int],
    tick: int,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
    limit: int = 20_000,
) -> DecideReport:
    """Decide the oldest open intents of ``buckets``, at most ``limit``; call again until ``decided`` is 0.

    ``policies`` by (version, step); a step that is not among them gets no message. The rows of ``decision`` carry
    ``tick``; the intents are gone afterwards.
    """
    intents = load(connection, now, buckets, policies, limit, hours=settings.best_hour)
    if intents is None:
        return DecideReport()
    report, _ = _decided(connection, now, intents, tick, settings)
    columns = intents.columns
    connection.execute(queries.CLOSE_INTENTS, {"buckets": list(columns["bucket"]), "ids": list(columns["id"])})
    return report


def decide_asked(
    connection: Connection,
    now: datetime,
    asked: Asked,
    tick: int,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
) -> tuple[DecideReport, Foreseen | None]:
    """Decide one message each for some people, whose intents were never stored; the rows of ``decision`` carry ``tick``."""
    intents = load_asked(connection, now, asked, policies, hours=settings.best_hour)
    if intents is None:
        return DecideReport(), None
    report, made = _decided(connection, now, intents, tick, settings)
    return report, Foreseen(intents, made)


def foresee(
    connection: Connection,
    now: datetime,
    asked: Asked,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
) -> Foreseen | None:
    """What would be decided now; writes nothing. None when nobody is asked for."""
    intents = load_asked(connection, now, asked, policies, hours=settings.best_hour)
    if intents is None:
        return None
    return Foreseen(intents, _in_turn(intents, settings))


def _decided(
    connection: Connection, now: datetime, intents: Intents, tick: int, settings: BrandSettings
) -> tuple[DecideReport, Decisions]:
    made = _in_turn(intents, settings)
    inputs = keep(connection, intents.batch, settings, tick)
    rows = _rows(intents, made, now, tick, settings, inputs)
    copy_rows(connection, decision, (*_COPIED, *_ABOUT, *_MADE), rows)
    number = [int(np.count_nonzero(made.channel == channel)) for channel in (EMAIL, SMS, NO_CHANNEL)]
    return DecideReport(len(intents), *number), made


def _in_turn(intents: Intents, settings: BrandSettings) -> Decisions:
    """Choose for everybody; where one person has several intents, one after another, each seeing those before it.

    The order is that of :func:`_rank`, then that of time.
    """
    batch = intents.batch
    persons = np.array(intents.columns["person"], dtype=np.int64)
    turns = _turns(batch, persons, np.array(intents.columns["id"], dtype=np.int64))
    made = choose(batch, settings)
    before: dict[int, list[int]] = {}
    for row in np.flatnonzero((turns == 0) & np.isin(persons, persons[turns > 0])).tolist():
        before[int(persons[row])] = [row]
    for turn in range(1, int(turns.max()) + 1):
        rows = np.flatnonzero(turns == turn)
        for row in rows.tolist():
            earlier = before[int(persons[row])]
            for each in earlier:
                _see(intents, made, each, row)
            earlier.append(row)
        again = choose(batch.rows(rows), settings)
        for name in Decisions.__slots__:
            getattr(made, name)[rows] = getattr(again, name)
    return made


def _see(intents: Intents, made: Decisions, earlier: int, row: int) -> None:
    """Let ``row`` know of what was just decided for the same person."""
    batch, channel, due = intents.batch, int(made.channel[earlier]), int(made.due[earlier])
    if channel == NO_CHANNEL:
        return
    keys = intents.columns["occasion_key"]
    batch.texted[row] |= channel == SMS and keys[earlier] == keys[row]
    if batch.policies[batch.policy[earlier]].purpose == "transactional":
        return
    if batch.sent is not None:
        batch.sent[row] += intents.columns["journey"][earlier] == intents.columns["journey"][row]
    if due <= 0:
        batch.past[row, channel] = max(due, batch.past[row, channel])
    else:
        batch.first[row, channel] = min(due, batch.first[row, channel])
        batch.last[row, channel] = max(due, batch.last[row, channel])


def _turns(batch: Batch, persons: npt.NDArray[np.int64], ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Each row's turn among the intents of its person: 0 for nearly everybody."""
    ranks = np.array([_rank(policy) for policy in batch.policies])[batch.policy]
    order = np.lexsort((ids, batch.at, ranks, persons))
    ranked = persons[order]
    place = np.arange(len(order))
    starts = np.where(np.r_[True, ranked[1:] != ranked[:-1]], place, 0)
    turns = np.empty(len(order), dtype=np.int64)
    turns[order] = place - np.maximum.accumulate(starts)
    return turns


def _rank(policy: MessagePolicy) -> int:
    """Who goes first: what is transactional, an abandonment's first touch, what else is urgent, the rest."""
    if policy.purpose == "transactional":
        return 0
    if policy.urgent:
        return 1 if policy.abandonment else 2
    return 3


def _rows(
    intents: Intents, made: Decisions, now: datetime, tick: int, settings: BrandSettings, inputs: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Rows of ``decision``, instants as text: COPY reads text, and datetimes would be written only to be read."""
    batch, columns = intents.batch, intents.columns
    start = datetime.fromtimestamp(batch.now, UTC)
    punctual = _punctual(batch, made, settings).tolist()
    last = np.stack([ends(batch, EMAIL), ends(batch, SMS)], axis=1).tolist()
    zones = ["{" + ",".join(map(str, place)) + "}" for place in batch.places]
    origins = list(zip(columns["version"], columns["step"], strict=True))
    told = (why.decode() for why in reasons(batch, made, settings, origins))
    copied = zip(*(columns[name] for name in _COPIED), strict=True)
    about = zip(*(columns[name] for name in _ABOUT), strict=True)
    channels, slots, dues = made.channel.tolist(), made.slot.tolist(), made.due.tolist()
    policies, placed = batch.policy.tolist(), batch.place.tolist()
    arms = drawn_arms(batch)
    stamp, ats = now.isoformat(), columns["at"]
    instant = lru_cache(maxsize=100_000)(lambda second: (start + timedelta(seconds=second)).isoformat())
    for row, (head, tail, why, given) in enumerate(zip(copied, about, told, inputs, strict=True)):
        channel = channels[row]
        purpose = batch.policies[policies[row]].purpose
        if channel == NO_CHANNEL:
            nothing = (stamp, None, None, None, None, None, zones[placed[row][SMS]])
            yield (*head, *tail, *nothing, purpose, why, tick, None, given)
            continue
        name = CHANNELS[channel]
        address, abucket = columns[name][row], columns[f"{name}_abucket"][row]
        due = ats[row] if punctual[row] else stamp if slots[row] == 0 else instant(dues[row])
        place, expires = zones[placed[row][channel]], instant(last[row][channel])
        yield (*head, *tail, stamp, name, address, abucket, due, expires, place, purpose, why, tick, arms[row], given)


def _punctual(batch: Batch, made: Decisions, settings: BrandSettings) -> npt.NDArray[np.bool_]:
    """Rows whose message is due at the very moment that the person came to the step, though the tick came later.

    Of what is urgent and goes at once: where nothing barred that moment either, the moment is the person's and not the
    tick's, so that a coarse virtual clock plans as a live one does.
    """
    urgent = np.array([policy.urgent for policy in batch.policies])[batch.policy]
    found: npt.NDArray[np.bool_] = urgent & (made.slot == 0) & (batch.at < 0)
    for channel, name in enumerate(CHANNELS):
        after, start, end = busy(batch, channel, settings.spacing)
        crowded = (batch.at < after) | ((batch.at > start) & (batch.at < end))
        mine = made.channel == channel
        found &= ~(mine & crowded)
        rows = np.flatnonzero(mine & found)
        kind = np.stack([batch.policy[rows], batch.place[rows, channel]], axis=1)
        for policy, place in np.unique(kind, axis=0).tolist():
            which = rows[(kind == (policy, place)).all(axis=1)]
            instants = batch.now + batch.at[which].astype(np.int64)
            purpose, zones = batch.policies[policy].purpose, batch.places[place]
            found[which] = open_mask(name, purpose, zones, instants, settings.quiet, batch.laws_at(place))
    return found
