"""Moments by lot, for those whose hour is random: any permitted full hour of the next day, all alike."""

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.masks import Stretches
from antiphon.decisions.models import Amount, Batch, Flags
from antiphon.decisions.slots import HOUR, Slots
from antiphon.decisions.timing.arms import DAY, pick


def draw_slots(batch: Batch, grid: Slots, pull: Amount, left: Stretches) -> NDArray[np.int16]:
    """A slot of each row, all of which have one; ``pull`` (n, slots) is -inf where a moment is barred by the hour."""
    number = np.arange(len(grid))
    inside = (number >= left.low[:, None]) & (number < left.pause[:, None])
    inside |= (number >= left.resume[:, None]) & (number < left.high[:, None])
    among = _lots(batch.now, grid, inside & ~np.isneginf(pull))
    chosen = pick(batch.die, batch.now, among.sum(axis=1))
    return np.asarray((among.cumsum(axis=1) > chosen[:, None]).argmax(axis=1), np.int16)


def _lots(now: int, grid: Slots, allowed: Flags) -> Flags:
    """The slots that a lot is drawn of: quarters of an hour would make the next two hours four times as likely.

    Who has no full hour within a day has what there is.
    """
    hourly = (grid < DAY) & ((grid == 0) | ((now + grid) % HOUR == 0))
    found: Flags = allowed & hourly
    none = ~found.any(axis=1)
    found[none] = allowed[none]
    return found
