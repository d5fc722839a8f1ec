"""One decision: channel and moment together among what is allowed, or not to write. Pure, on columns.

Score = response × order × value × decay × hour − cost × segments − opt-out × loss; not to write scores 0.

The search is not over people × slots. Decay splits into a part of the person (the occasion's age now) and a part of
the slot, so the best slot of a stretch is the same for everybody with the same policy, zones and clock: it is found
once per distinct (policy, zones, clock, stretch) and looked up for the rest.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from antiphon.decisions.masks import bars, stretches
from antiphon.decisions.models import (
    CHANNELS, EMAIL, LONG_AGO, NO_CHANNEL, SMS, Amount, Batch, Decisions, MessagePolicy, Rule, Small,
)  # fmt: skip
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots, slots
from antiphon.rules.quiet import local_hours, open_mask

#: Rows at a time: their columns stay in a core's cache.
CHUNK = 16_384


def choose(batch: Batch, settings: BrandSettings, *, threads: int = 1) -> Decisions:
    """Decide every row of ``batch``. ``threads`` share the rows in chunks; the result is the same for any number."""
    starts = range(0, len(batch), CHUNK)
    if len(starts) <= 1:
        return _choose(batch, settings)
    parts = [slice(start, start + CHUNK) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda part: _choose(batch.rows(part), settings), parts))
    return Decisions(*(np.concatenate([getattr(part, name) for part in found]) for name in Decisions.__slots__))


def _choose(batch: Batch, settings: BrandSettings) -> Decisions:
    grid = slots(batch.now)
    bar = bars(batch)
    groups = _groups(batch)
    best_slot = np.full((len(batch), 2), -1, dtype=np.int16)
    best_score = np.full((len(batch), 2), -np.inf, dtype=np.float32)
    for channel in (EMAIL, SMS):
        slot, pull = _best_slots(batch, channel, grid, settings, groups[channel])
        slot[bar[:, channel] != Rule.NONE] = -1
        there = slot >= 0
        score = worth(batch, channel, settings) * pull - expense(batch, channel, settings)
        best_slot[:, channel] = slot
        best_score[there, channel] = score[there]
    return _pick(batch, grid, bar, best_slot, best_score)


def _pick(batch: Batch, grid: Slots, bar: Small, best_slot: npt.NDArray[np.int16], best_score: Amount) -> Decisions:
    must = np.array([policy.purpose == "transactional" for policy in batch.policies])[batch.policy]
    possible = (best_slot >= 0) & ((best_score > 0) | must[:, None])
    preferred = preference(batch)
    tie = (batch.die & 1).astype(np.int8)
    better = np.where(
        best_score[:, EMAIL] == best_score[:, SMS], tie, (best_score[:, SMS] > best_score[:, EMAIL]).astype(np.int8)
    )
    channel = np.where(possible.all(axis=1), better, np.where(possible[:, SMS], SMS, EMAIL)).astype(np.int8)
    row = np.arange(len(batch))
    # the rule dominates: the preferred channel wins whenever it has a moment at all
    asked = (preferred != NO_CHANNEL) & possible[row, preferred]
    channel = np.where(asked, preferred, channel)
    written = possible.any(axis=1)
    slot = np.where(written, best_slot[row, channel], -1).astype(np.int16)
    score = np.where(written, best_score[row, channel], np.float32(0))
    channel = np.where(written, channel, NO_CHANNEL).astype(np.int8)
    return Decisions(channel, slot, np.where(written, grid[slot], 0), score, preferred, best_slot, best_score, bar)


def preference(batch: Batch) -> Small:
    """The channel that the rule asks for: the one declared, else the one last engaged on, else for an abandonment's
    first touch a text, which converts best; NO_CHANNEL leaves it to the score."""
    email, sms = batch.engaged[:, EMAIL], batch.engaged[:, SMS]
    found = np.where(email == sms, batch.die & 1, sms > email).astype(np.int8)
    first_touch = np.array([policy.abandonment and policy.urgent for policy in batch.policies])[batch.policy]
    unknown = np.maximum(email, sms) <= LONG_AGO
    found = np.where(unknown, np.where(first_touch, SMS, NO_CHANNEL), found)
    return np.where(batch.declared == NO_CHANNEL, found, batch.declared).astype(np.int8)


def worth(batch: Batch, channel: int, settings: BrandSettings) -> Amount:
    """What a message would earn at this very instant, were its hour an average one: the person's part of the score."""
    rates = settings.worth(CHANNELS[channel])
    value = np.where(batch.value > 0, batch.value, np.float32(settings.value))
    half_lives = np.array([policy.half_life.total_seconds() for policy in batch.policies], dtype=np.float32)
    age = np.exp2(batch.occasion / half_lives[batch.policy])
    return (value * age * np.float32(rates.response * rates.order)).astype(np.float32)


def expense(batch: Batch, channel: int, settings: BrandSettings) -> Amount:
    """What a message costs, with the expected loss by opting out."""
    rates = settings.worth(CHANNELS[channel])
    segments = np.array([policy.sms_segments if channel == SMS else 1 for policy in batch.policies], dtype=np.float32)
    return (segments * np.float32(rates.cost) + np.float32(rates.opt_out * rates.loss))[batch.policy]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of the same policy, zones and clock: ``of`` gives each row's group, the rest each group's parts."""

    of: npt.NDArray[np.int32]
    policy: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    clock: npt.NDArray[np.int64]


def _groups(batch: Batch) -> tuple[Groups, Groups]:
    clocks, clock = compact(batch.clock.astype(np.int64), 1 << 15)
    found = []
    for channel in (EMAIL, SMS):
        key = (batch.policy.astype(np.int64) * len(batch.places) + batch.place[:, channel]) * len(clocks) + clock
        keys, of = compact(key, len(batch.policies) * len(batch.places) * len(clocks))
        rest, which_clock = np.divmod(keys, max(1, len(clocks)))
        policy, place = np.divmod(rest, len(batch.places))
        found.append(Groups(of.astype(np.int32), policy, place, clocks[which_clock]))
    return found[0], found[1]


def compact(keys: npt.NDArray[np.int64], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct ``keys`` (all in 0..size) in order, and the number of each row's key among them: ``np.unique`` by marking
    where the space is small, which is ten times as fast."""
    if size > 1 << 22:
        distinct, inverse = np.unique(keys, return_inverse=True)
        return distinct, inverse
    seen = np.zeros(size, dtype=np.bool_)
    seen[keys] = True
    distinct = np.flatnonzero(seen)
    number = np.zeros(size, dtype=np.int32)
    number[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, number[keys]


def pulls(batch: Batch, channel: int, grid: Slots, settings: BrandSettings, groups: Groups) -> Amount:
    """The slot's part of the score per group, shape (groups, slots); -inf in quiet hours."""
    instants = batch.now + grid.astype(np.int64)
    found = np.empty((len(groups.policy), len(grid)), dtype=np.float32)
    quiet: dict[tuple[str, int], npt.NDArray[np.bool_]] = {}
    hours: dict[int, Amount] = {}
    for number, (which, place, clock) in enumerate(zip(groups.policy, groups.place, groups.clock, strict=True)):
        policy = batch.policies[which]
        key = (policy.purpose, int(place))
        if key not in quiet:
            zones = batch.places[place]
            quiet[key] = open_mask(CHANNELS[channel], policy.purpose, zones, instants, settings.quiet)
        row = _decay(policy, grid)
        if settings.best_hour and not policy.urgent:
            if clock not in hours:
                hours[clock] = batch.curves[channel][local_hours(int(clock), instants)]
            row = row * hours[clock]
        found[number] = np.where(quiet[key], row, -np.inf)
    return found


def _decay(policy: MessagePolicy, grid: Slots) -> npt.NDArray[np.float64]:
    return np.exp2(-grid / policy.half_life.total_seconds())


def _best_slots(
    batch: Batch, channel: int, grid: Slots, settings: BrandSettings, groups: Groups
) -> tuple[npt.NDArray[np.int16], Amount]:
    """Each row's best slot on a channel and its pull; -1 where the stretches hold no open slot. Ties: the earliest."""
    table = pulls(batch, channel, grid, settings, groups)
    left = stretches(batch, channel, grid, settings.spacing)
    slot, pull = _best_inside(table, groups.of, left.low, left.pause)
    later = np.flatnonzero(left.resume < left.high)
    if len(later):
        second, pull_then = _best_inside(table, groups.of[later], left.resume[later], left.high[later])
        take = pull_then > pull[later]
        slot[later[take]], pull[later[take]] = second[take], pull_then[take]
    return slot, pull


def _best_inside(
    table: Amount, group: npt.NDArray[np.int32], low: npt.NDArray[np.int16], high: npt.NDArray[np.int16]
) -> tuple[npt.NDArray[np.int16], Amount]:
    """The place and size of the greatest entry of ``table[group, low:high]`` for every row; -1 and -inf for none."""
    width = table.shape[1] + 1
    key = (group.astype(np.int64) * width + low) * width + high
    keys, of = compact(key, len(table) * width * width)
    rest, end = np.divmod(keys, width)
    which, start = np.divmod(rest, width)
    slot, pull = np.empty(len(keys), dtype=np.int16), np.empty(len(keys), dtype=np.float32)
    columns = np.arange(table.shape[1])
    for first in range(0, len(keys), 4096):
        part: Any = slice(first, first + 4096)
        inside = (columns >= start[part, None]) & (columns < end[part, None])
        values = np.where(inside, table[which[part]], -np.inf)
        best = values.argmax(axis=1)
        pull[part] = values[np.arange(len(best)), best]
        slot[part] = np.where(np.isneginf(pull[part]), -1, best)
    return slot[of], pull[of]
