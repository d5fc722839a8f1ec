"""The slot's part of a score: how the worth of a message changes from one moment to the next, and when it is nothing.

Small tables, made once per batch: what a row's pull is at a slot is a product of entries of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from antiphon.decisions.models import CHANNELS, Amount, Batch, Flags
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots
from antiphon.rules.quiet import QuietSettings, local_hours, local_hours_of_week, open_mask, places

#: Combinations looked at together: their scores stay in a core's cache.
_PART = 1024
_MARKED = 1 << 20


@dataclass(frozen=True, slots=True)
class Pulls:
    """Of one channel: ``open`` (purpose, place, slot), ``decay`` (policy, slot), ``hours`` (clock + 1, slot).

    The last row of ``hours`` is flat, for what does not wait for a better hour. ``purpose`` and ``clock`` give the
    number of a policy's purpose and of a zone's hours. Of people with hours of their own, ``factors`` (m, 48) stand in the
    place of the brand's; ``cells`` (clock, slot) says which of the 48 a slot falls into.
    """

    open: Flags
    decay: Amount
    hours: Amount
    purpose: npt.NDArray[np.int32]
    clock: npt.NDArray[np.int32]
    flat: Flags  # (policies,)
    cells: npt.NDArray[np.int64] | None = None
    factors: Amount | None = None

    @property
    def width(self) -> int:
        return len(self.decay[0])


def pulls(batch: Batch, channel: int, grid: Slots, settings: BrandSettings) -> Pulls:
    """The tables of a batch and channel."""
    instants = batch.now + grid.astype(np.int64)
    purposes = sorted({policy.purpose for policy in batch.policies})
    half_lives = np.array([policy.half_life.total_seconds() for policy in batch.policies])
    clocks = np.unique(batch.clock)
    number = np.zeros(int(clocks[-1]) + 1 if len(clocks) else 0, dtype=np.int32)
    number[clocks] = np.arange(len(clocks))
    own = batch.own
    hours = [batch.curves[channel][local_hours(int(clock), instants)] for clock in clocks]
    return Pulls(
        open=np.array([_open(CHANNELS[channel], purpose, batch, instants, settings.quiet) for purpose in purposes]),
        decay=np.exp2(-grid / half_lives[:, None]).astype(np.float32),
        hours=np.array([*hours, np.ones(len(grid))], dtype=np.float32),
        purpose=np.array([purposes.index(policy.purpose) for policy in batch.policies], dtype=np.int32),
        clock=number,
        flat=np.array([policy.urgent or not settings.best_hour for policy in batch.policies]),
        cells=None if own is None else np.array([local_hours_of_week(int(clock), instants) for clock in clocks]),
        factors=None if own is None else own.factors,
    )


def _open(channel: str, purpose: str, batch: Batch, instants: npt.NDArray[np.int64], quiet: QuietSettings) -> Flags:
    """Whether each instant is outside of quiet hours for each set of zones, by one mask per zone and laws."""
    masks: dict[tuple[int, tuple[str, ...]], Flags] = {}
    found = np.ones((len(batch.places), len(instants)), dtype=np.bool_)
    for number, zones in enumerate(batch.places):
        laws = batch.laws_at(number)
        for zone in places(zones):
            if (zone, laws) not in masks:
                masks[zone, laws] = open_mask(channel, purpose, (zone,), instants, quiet, laws)
            found[number] &= masks[zone, laws]
    return found


@dataclass(frozen=True, slots=True)
class Kinds:
    """Rows that share every table entry: ``of`` gives each row's kind, the rest each kind's places in the tables."""

    of: npt.NDArray[np.intp]
    policy: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    hours: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64] | None = None  # place in the factors, or -1


def kinds(batch: Batch, channel: int, tables: Pulls) -> Kinds:
    """The distinct combinations of policy, zones and clock among the rows."""
    flat = len(tables.hours) - 1
    clock = np.where(tables.flat[batch.policy], flat, tables.clock[batch.clock]).astype(np.int64)
    key = (batch.policy * np.int64(len(batch.places)) + batch.place[:, channel]) * (flat + 1) + clock
    size = len(batch.policies) * len(batch.places) * (flat + 1)
    if batch.own is None or tables.factors is None:
        keys, of = compact(key, size)
        own = None
    else:
        wide = len(tables.factors) + 1  # whoever has hours of their own is of a kind of their own
        mine = np.where(clock == flat, -1, batch.own.used(channel)).astype(np.int64)
        keys, of = compact(key * wide + mine + 1, size * wide)
        keys, own = np.divmod(keys, wide)
        own -= 1
    rest, hours = np.divmod(keys, flat + 1)
    policy, place = np.divmod(rest, len(batch.places))
    return Kinds(of, policy, place, hours, own)


def pull_at(tables: Pulls, some: Kinds, which: npt.NDArray[np.intp]) -> Amount:
    """The pull of some kinds at every slot, shape (len(which), slots); -inf in quiet hours."""
    policy = some.policy[which]
    found = tables.decay[policy] * tables.hours[some.hours[which]]
    if some.own is not None and tables.factors is not None and tables.cells is not None:
        own = some.own[which]
        mine = np.flatnonzero(own >= 0)
        clocks = some.hours[which[mine]]
        for clock in np.unique(clocks).tolist():
            rows = mine[clocks == clock]
            found[rows] = tables.decay[policy[rows]] * tables.factors[own[rows]][:, tables.cells[clock]]
    found[~tables.open[tables.purpose[policy], some.place[which]]] = -np.inf
    return found


def best_inside(
    tables: Pulls, some: Kinds, of: npt.NDArray[np.intp], low: npt.NDArray[np.int16], high: npt.NDArray[np.int16]
) -> tuple[npt.NDArray[np.int16], Amount]:
    """The slot of the greatest pull in ``[low, high)`` for rows of kinds ``of``, the earliest of equals, and the pull.

    -1 and -inf where there is none. Found once for each distinct (kind, low, high).
    """
    width = tables.width + 1
    keys, inverse = compact((of * width + low) * width + high, len(some.policy) * width * width)
    rest, end = np.divmod(keys, width)
    which, start = np.divmod(rest, width)
    slot, pull = np.empty(len(keys), dtype=np.int16), np.empty(len(keys), dtype=np.float32)
    columns = np.arange(tables.width)
    for first in range(0, len(keys), _PART):
        part = slice(first, first + _PART)
        values = pull_at(tables, some, which[part])
        values[(columns < start[part, None]) | (columns >= end[part, None])] = -np.inf
        best = values.argmax(axis=1)
        pull[part] = values[np.arange(len(best)), best]
        slot[part] = np.where(np.isneginf(pull[part]), -1, best)
    return slot[inverse], pull[inverse]


def compact(keys: npt.NDArray[np.int64], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Distinct ``keys`` (all in 0..size) in order, and the number of each row's key among them.

    Does what ``np.unique`` does, by marking where the space is small, which is ten times as fast.
    """
    if size > _MARKED:
        distinct, inverse = np.unique(keys, return_inverse=True)
        return distinct, inverse
    seen = np.zeros(size, dtype=np.bool_)
    seen[keys] = True
    marked = np.flatnonzero(seen).astype(np.int64)
    number = np.empty(size, dtype=np.intp)  # only what was marked is ever touched
    number[marked] = np.arange(len(marked))
    return marked, number[keys]
