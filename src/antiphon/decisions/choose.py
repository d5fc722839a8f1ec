"""One decision: channel and moment together among what is allowed, or not to write. Pure, on columns.

Score = response * order * value * decay * hour - cost * segments - opt_out * loss; not to write scores 0.

The search is not over people times slots. Decay splits into a part of the person (the occasion's age now) and a part of
the slot, so the best slot of a stretch is the same for everybody with the same policy, zones and clock: it is found
once per distinct (policy, zones, clock, stretch) and looked up for the rest.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from antiphon.decisions.masks import bars, stretches
from antiphon.decisions.models import (
    CHANNELS,
    EMAIL,
    LONG_AGO,
    NO_CHANNEL,
    SMS,
    Amount,
    Batch,
    Decisions,
    Rule,
    Small,
)
from antiphon.decisions.pulls import Pulls, best_inside, kinds, pull_at, pulls
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots, slots
from antiphon.decisions.timing.arms import BY_LOT
from antiphon.decisions.timing.lots import draw_slots

#: Rows at a time: their columns stay in a core's cache.
CHUNK = 16_384


def choose(batch: Batch, settings: BrandSettings, *, threads: int = 1) -> Decisions:
    """Decide every row of ``batch``. ``threads`` share the rows in chunks; the result is the same for any number."""
    grid = slots(batch.now)
    tables = (pulls(batch, EMAIL, grid, settings), pulls(batch, SMS, grid, settings))
    parts = [batch.rows(slice(start, start + CHUNK)) for start in range(0, max(1, len(batch)), CHUNK)]
    if len(parts) == 1 or threads == 1:
        found = [_choose(part, grid, tables, settings) for part in parts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda part: _choose(part, grid, tables, settings), parts))
    return Decisions(*(np.concatenate([getattr(part, name) for part in found]) for name in Decisions.__slots__))


def _choose(batch: Batch, grid: Slots, tables: tuple[Pulls, Pulls], settings: BrandSettings) -> Decisions:
    bar = bars(batch)
    best_slot = np.full((len(batch), 2), -1, dtype=np.int16)
    best_score = np.full((len(batch), 2), -np.inf, dtype=np.float32)
    for channel in (EMAIL, SMS):
        possible = np.flatnonzero(bar[:, channel] == Rule.NONE)
        rows = batch.rows(possible)
        slot, pull = _best_slots(rows, channel, grid, settings, tables[channel])
        there = slot >= 0
        score = worth(rows, channel, settings) * np.where(there, pull, 0) - expense(rows, channel, settings)
        best_slot[possible, channel] = slot
        best_score[possible, channel] = np.where(there, score, -np.inf)
    return _pick(batch, grid, bar, best_slot, best_score)


def _best_slots(
    batch: Batch, channel: int, grid: Slots, settings: BrandSettings, tables: Pulls
) -> tuple[npt.NDArray[np.int16], Amount]:
    """Each row's best slot on a channel and its pull; -1 where the stretches hold no open slot. Ties: the earliest.

    Whose hour is drawn by lot has the drawn slot and the best one's pull: the channel, and whether to write at all, are
    chosen as they are of others.
    """
    some = kinds(batch, channel, tables)
    left = stretches(batch, channel, grid, settings.spacing)
    slot, pull = best_inside(tables, some, some.of, left.low, left.pause)
    later = np.flatnonzero(left.resume < left.high)
    if len(later):
        second, pull_then = best_inside(tables, some, some.of[later], left.resume[later], left.high[later])
        take = pull_then > pull[later]
        slot[later[take]], pull[later[take]] = second[take], pull_then[take]
    if batch.own is not None:
        by_lot = np.flatnonzero(np.isin(batch.own.arm, BY_LOT) & ~tables.flat[batch.policy] & (slot >= 0))
        if len(by_lot):
            drawn = draw_slots(batch.rows(by_lot), grid, pull_at(tables, some, some.of[by_lot]), left.rows(by_lot))
            slot[by_lot] = drawn
    return slot, pull


def _pick(batch: Batch, grid: Slots, bar: Small, best_slot: npt.NDArray[np.int16], best_score: Amount) -> Decisions:
    must = np.array([policy.purpose == "transactional" for policy in batch.policies])[batch.policy]
    possible = (best_slot >= 0) & ((best_score > 0) | must[:, None])
    preferred = preference(batch)
    email, sms = best_score[:, EMAIL], best_score[:, SMS]
    better = np.where(email == sms, batch.die & 1, sms > email)
    channel = np.where(possible.all(axis=1), better, np.where(possible[:, SMS], SMS, EMAIL))
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
    """The channel that the rule asks for, shape (n,).

    The one that the person declared, else the one last engaged on, else for an abandonment's first touch a text, which
    converts best; NO_CHANNEL leaves it to the score. Once a model of who answers where is shown to gain, the score is made of
    it, and chooses for everybody of whom the model knows anything and who declared nothing.
    """
    email, sms = batch.engaged[:, EMAIL], batch.engaged[:, SMS]
    found = np.where(email == sms, batch.die & 1, sms > email)
    first_touch = np.array([policy.abandonment and policy.urgent for policy in batch.policies])[batch.policy]
    unknown = np.maximum(email, sms) <= LONG_AGO
    found = np.where(unknown, np.where(first_touch, SMS, NO_CHANNEL), found)
    if batch.affinity is not None:
        found = np.where(batch.affinity.chooses, NO_CHANNEL, found)
    return np.where(batch.declared == NO_CHANNEL, found, batch.declared).astype(np.int8)


def worth(batch: Batch, channel: int, settings: BrandSettings) -> Amount:
    """What a message would earn at this very instant, were its hour an average one: the person's part of the score."""
    rates = settings.worth(CHANNELS[channel])
    value = np.where(batch.value > 0, batch.value, np.float32(settings.value))
    half_lives = np.array([policy.half_life.total_seconds() for policy in batch.policies], dtype=np.float32)
    age = np.exp2(batch.occasion.astype(np.float32) / half_lives[batch.policy])
    expected = np.float32(rates.response) if batch.affinity is None else batch.affinity.rates[:, channel]
    return np.asarray(value * age * (expected * np.float32(rates.order)), dtype=np.float32)


def expense(batch: Batch, channel: int, settings: BrandSettings) -> Amount:
    """What a message costs, with the expected loss by opting out."""
    rates = settings.worth(CHANNELS[channel])
    if channel == SMS:
        each = np.float32(rates.cost) if batch.price is None else batch.price * np.float32(1e-6)
        cost: Amount = batch.most_segments().astype(np.float32) * each
    else:
        cost = np.full(len(batch), rates.cost, dtype=np.float32)
    leaves = np.float32(rates.opt_out)
    if batch.load is not None:
        leaves = np.minimum(1, leaves * np.exp(np.float32(settings.fatigue) * batch.load[:, channel]))
    total: Amount = cost + leaves * np.float32(rates.loss)
    return total.astype(np.float32)
