"""Turns intents into decisions: loads columns, chooses, writes what became of each and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from antiphon.decisions.budget.paying import Paying, fitted, paid, paying, priced
from antiphon.decisions.budget.within import choose_within
from antiphon.decisions.columns import Asked, Intents, load
from antiphon.decisions.models import EMAIL, NO_CHANNEL, SMS, Batch, Decisions, MessagePolicy, nobody
from antiphon.decisions.pressure.crowding import Crowd, crowded
from antiphon.decisions.pressure.losing import Loss, losses, names, tell
from antiphon.decisions.reasons import reasons
from antiphon.decisions.replaying.keeping import keep
from antiphon.decisions.rows import NAMES, rows
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.tables import decision
from antiphon.store.db import copy_columns

#: More than there are priorities.
_RANK = 1_000


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
    asked: Mapping[str, Sequence[Any]],
    tick: int,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
) -> DecideReport:
    """Decide intents, which are given by columns (``columns.INTENT``) and never stored; the rows of ``decision`` carry ``tick``.

    ``policies`` by (version, step); a step that is not among them gets no message.
    """
    intents = load(connection, now, asked, policies, hours=settings.best_hour)
    if intents is None:
        return DecideReport()
    report, _ = _decided(connection, now, intents, tick, settings, paying(connection, now, settings))
    return report


def decide_asked(
    connection: Connection,
    now: datetime,
    asked: Asked,
    tick: int,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
    times: float = 1,
    segments: Mapping[int, int] | None = None,
) -> tuple[DecideReport, Foreseen | None]:
    """Decide one message each for some people; the rows of ``decision`` carry ``tick``.

    These people are the first of ``times`` as many that will be asked for alike: a budget has to do for all of them.
    ``segments``: the most that the text needs, by person; None: as many as for anyone.
    """
    intents = load(connection, now, asked.columns(), policies, hours=settings.best_hour)
    if intents is None:
        return DecideReport(), None
    money = paying(connection, now, settings, times)
    return _decided(connection, now, fitted(intents, segments), tick, settings, money)


def foresee(
    connection: Connection,
    now: datetime,
    asked: Asked,
    policies: Mapping[tuple[int, str], MessagePolicy],
    settings: BrandSettings,
    times: float = 1,
    segments: Mapping[int, int] | None = None,
) -> Foreseen | None:
    """What would be decided now; writes nothing. None when nobody is asked for."""
    intents = load(connection, now, asked.columns(), policies, hours=settings.best_hour)
    if intents is None:
        return None
    intents, crowd = crowded(connection, now, priced(fitted(intents, segments), settings), settings.caps)
    return _in_turn(intents, settings, paying(connection, now, settings, times, taking=False), crowd)


def _decided(
    connection: Connection, now: datetime, intents: Intents, tick: int, settings: BrandSettings, money: Paying
) -> tuple[DecideReport, Foreseen]:
    intents, crowd = crowded(connection, now, priced(intents, settings), settings.caps)
    found = _in_turn(intents, settings, money, crowd)
    lost = losses(connection, now, found.intents, found.made, settings)
    named = names(connection, lost)
    inputs = keep(connection, found.intents.batch, settings, tick)
    whys = _whys(found, settings, lost, named)
    worth = [loss.worth if (loss := lost.get(row)) else None for row in range(len(intents))]
    beside = (inputs, paid(found.intents, found.made, settings, money.days), worth)
    copy_columns(connection, decision, NAMES, rows(found.intents, found.made, settings, now, tick, beside, whys))
    number = [int(np.count_nonzero(found.made.channel == channel)) for channel in (EMAIL, SMS, NO_CHANNEL)]
    return DecideReport(len(intents), *number), found


def _in_turn(intents: Intents, settings: BrandSettings, money: Paying, crowd: Crowd) -> Foreseen:
    """Choose for everybody; where one person has several intents, one after another, each seeing those before it.

    The order is that of :func:`_rank`, then that of time.
    """
    batch = intents.batch
    persons = np.array(intents.columns["person"], dtype=np.int64)
    turns = _turns(batch, persons, np.array(intents.columns["id"], dtype=np.int64))
    if not turns.any():
        batch, made = choose_within(batch, settings, money.purse)
        return Foreseen(replace(intents, batch=batch), made)
    if money.purse is not None:
        batch = replace(batch, denied=np.zeros(len(batch), dtype=np.int8))
        intents = replace(intents, batch=batch)
    made = nobody(len(batch))
    _turn(batch, made, np.flatnonzero(turns == 0), settings, money)
    before: dict[int, list[int]] = {}
    for row in np.flatnonzero((turns == 0) & np.isin(persons, persons[turns > 0])).tolist():
        before[int(persons[row])] = [row]
    for turn in range(1, int(turns.max()) + 1):
        rows = np.flatnonzero(turns == turn)
        for row in rows.tolist():
            earlier = before[int(persons[row])]
            _count(intents, made, earlier[-1], crowd)
            for each in earlier:
                _see(intents, made, each, row)
                if batch.full is not None:
                    batch.full[row] = crowd.room_from(int(persons[row]))
            earlier.append(row)
        _turn(batch, made, rows, settings, money)
    return Foreseen(intents, made)


def _turn(batch: Batch, made: Decisions, rows: npt.NDArray[np.intp], settings: BrandSettings, money: Paying) -> None:
    """Choose for some rows, of each person one, and note it in ``made`` and ``batch``."""
    some, found = choose_within(batch.rows(rows), settings, money.purse)
    if batch.denied is not None and some.denied is not None:
        batch.denied[rows] = some.denied
    for name in Decisions.__slots__:
        getattr(made, name)[rows] = getattr(found, name)


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


def _count(intents: Intents, made: Decisions, row: int, crowd: Crowd) -> None:
    """Count what was just decided, once, against the caps on everything."""
    policy = intents.batch.policies[intents.batch.policy[row]]
    if made.channel[row] != NO_CHANNEL and policy.purpose != "transactional":
        crowd.add(intents.columns["person"][row], int(made.due[row]))


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
    """Who goes first: what is transactional, an abandonment's first touch, what else is urgent, the rest; inside of each by the
    priority of the journey or campaign.
    """
    if policy.purpose == "transactional":
        return -_RANK
    rank = (1 if policy.abandonment else 2) if policy.urgent else 3
    return rank * _RANK - policy.priority


def _whys(
    found: Foreseen, settings: BrandSettings, lost: Mapping[int, Loss], named: Mapping[int, str]
) -> Iterator[str]:
    """The reasons of each row; of those that lost to another message, to which."""
    batch, columns = found.intents.batch, found.intents.columns
    origins = list(zip(columns["version"], columns["step"], strict=True))
    for row, why in enumerate(reasons(batch, found.made, settings, origins)):
        loss = lost.get(row)
        yield (why if loss is None else tell(why, loss, batch.now, named)).decode()
