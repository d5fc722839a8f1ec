"""How long people had messages before them that they had not answered, by hour of the clock and age of the message.

Answers exist only after messages, so that counting them by the hour tells the sender's schedule first. Held against the hours in
which there was something to answer they tell when people answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import HOURS

#: Ages of a message, in hours, at which answers become rarer: bins from one to the next.
AGES = (0, 1, 2, 4, 8, 24, 72)
BINS = len(AGES) - 1
#: Hours after which a message is answered no more.
LONGEST = AGES[-1]
CHANNELS = 2
#: The bin of each full hour of age.
BIN = np.repeat(np.arange(BINS), np.diff(AGES))

_WHOLE_DAYS = AGES[-2]  # from here on somebody who does not answer has every hour of the clock as often

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sends:
    """Messages that arrived: whose (numbered from 0), the channel, and when by their clock, in hours since some midnight.

    ``until``: after how many hours the answer came, or nobody looks any further; ``answered``: which of the two.
    """

    person: NDArray[np.int64]
    channel: NDArray[np.int64]
    hour: Floats
    until: Floats
    answered: NDArray[np.bool_]

    def rows(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Sends":
        return Sends(self.person[which], self.channel[which], self.hour[which], self.until[which], self.answered[which])


@dataclass(frozen=True, slots=True)
class Exposed:
    """By person, channel, bin of age and hour of the clock (people, 2, 6, 24): ``answers``, and ``hours`` without one."""

    answers: NDArray[np.float32]
    hours: NDArray[np.float32]


def exposed(sends: Sends, people: int) -> Exposed:
    """Both tables, 2.3 kB a person. Every hour of age reaches into two of the clock, unless the message left at a full one."""
    hours = np.zeros((people, CHANNELS, BINS, HOURS), np.float32)
    whole = sends.until >= LONGEST
    days = (LONGEST - _WHOLE_DAYS) / HOURS
    place = sends.person * CHANNELS + sends.channel
    hours[:, :, -1, :] += days * np.bincount(place[whole], minlength=people * CHANNELS).reshape(people, CHANNELS, 1)
    start = np.floor(sends.hour).astype(np.int64)
    left = start + 1 - sends.hour  # of the clock's hour in which it left
    for age in range(LONGEST):
        open_ = (sends.until > age) & (~whole if age >= _WHOLE_DAYS else True)
        rows = np.flatnonzero(open_)
        if not len(rows):
            continue
        length = np.minimum(sends.until[rows] - age, 1)
        first = np.minimum(length, left[rows])
        for later, part in enumerate((first, length - first)):
            cell = place[rows] * HOURS + (start[rows] + age + later) % HOURS
            added = np.bincount(cell, part, people * CHANNELS * HOURS)
            hours[:, :, BIN[age], :] += added.reshape(people, CHANNELS, HOURS)
    return Exposed(_answers(sends, people), hours)


def _answers(sends: Sends, people: int) -> NDArray[np.float32]:
    came = sends.rows(sends.answered & (sends.until < LONGEST))
    clock = np.floor(came.hour + came.until).astype(np.int64) % HOURS
    cell = ((came.person * CHANNELS + came.channel) * BINS + BIN[came.until.astype(np.int64)]) * HOURS + clock
    found = np.bincount(cell, minlength=people * CHANNELS * BINS * HOURS)
    return found.reshape(people, CHANNELS, BINS, HOURS).astype(np.float32)
