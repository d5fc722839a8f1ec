"""Moments by lot, for those whose hour is drawn: the full hours of the next day that are permitted.

All alike for some; for others the more likely the better: a tenth all alike, the rest by exp(pull / temperature). Both have
their chances in closed form, so that what hours gain by which nobody was written to can be told of them (``offpolicy``).
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.masks import Stretches, stretches
from antiphon.decisions.models import Amount, Batch, Flags
from antiphon.decisions.pulls import Pulls, kinds, pull_at
from antiphon.decisions.settings import Spacing
from antiphon.decisions.slots import HOUR, Slots
from antiphon.decisions.timing.arms import DAY, pick
from antiphon.decisions.timing.models import Arm
from antiphon.decisions.timing.offpolicy import softmax

#: Of hours drawn by worth: how much of worth (1 is the mean hour's) makes one e times as likely; the share all alike.
TEMPERATURE, FLOOR = 0.25, 0.1

Chances = NDArray[np.float64]


def draw_slots(batch: Batch, grid: Slots, pull: Amount, left: Stretches) -> NDArray[np.int16]:
    """A slot of each row, all of which have one; ``pull`` (n, slots) is -inf where a moment is barred by the hour."""
    return pick(batch.die, batch.now, chances(batch, grid, pull, left)).astype(np.int16)


def chances(batch: Batch, grid: Slots, pull: Amount, left: Stretches) -> Chances:
    """How likely each slot is drawn (n, slots), by the arms of the rows."""
    number = np.arange(len(grid))
    inside = (number >= left.low[:, None]) & (number < left.pause[:, None])
    inside |= (number >= left.resume[:, None]) & (number < left.high[:, None])
    among = _lots(batch.now, grid, inside & ~np.isneginf(pull))
    alike = np.ones(len(batch), np.bool_) if batch.own is None else batch.own.arm != Arm.EXPLORE
    found = softmax(np.zeros(pull.shape), among, TEMPERATURE, FLOOR)
    found[~alike] = softmax(pull[~alike].astype(np.float64), among[~alike], TEMPERATURE, FLOOR)
    return found


def chances_on(batch: Batch, channel: int, grid: Slots, tables: Pulls, spacing: Spacing) -> Chances:
    """The same for a channel, from the start; 0 in rows that have no slot there."""
    some = kinds(batch, channel, tables)
    return chances(batch, grid, pull_at(tables, some, some.of), stretches(batch, channel, grid, spacing))


def _lots(now: int, grid: Slots, allowed: Flags) -> Flags:
    """The slots that a lot is drawn of: quarters of an hour would make the next two hours four times as likely.

    Who has no full hour within a day has what there is.
    """
    hourly = (grid < DAY) & ((grid == 0) | ((now + grid) % HOUR == 0))
    found: Flags = allowed & hourly
    none = ~found.any(axis=1)
    found[none] = allowed[none]
    return found
