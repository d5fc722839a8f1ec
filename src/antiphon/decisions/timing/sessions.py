"""Acts of people with bursts joined, as counts by kind of day and hour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.curves import HOURS, bursts
from antiphon.decisions.timing.reading import Acts

#: The first 70 % of a person's sessions may be learned from.
TRAIN_TENTHS = 7

_DAY, _WEEK = 86_400, 7
_THURSDAY = 4  # 1970-01-01, of days from Sunday on
_WEEKEND = (0, 6)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Acts of people with enough of them, bursts joined, by person and time. ``slot``: hour, and 24 more on weekends.

    ``rank``: the number among its person's; ``cut``: how many of each person's may be learned from.
    """

    person: NDArray[np.int64]
    at: NDArray[np.int64]
    slot: NDArray[np.int64]
    rank: NDArray[np.int64]
    cut: NDArray[np.int64]

    def counts(self, which: NDArray[np.bool_], worth: Floats | None = None) -> Floats:
        """Sessions, or their worth, by person, kind of day and hour (people, 2, 24)."""
        people, size = len(self.cut), 2 * HOURS
        weights = None if worth is None else worth[which]
        found = np.bincount(self.person[which] * size + self.slot[which], weights, people * size)
        return found.reshape(people, 2, HOURS).astype(np.float64)


def sessions(acts: Acts, least: int) -> Sessions:
    """The sessions of those who have at least ``least``."""
    starts = np.searchsorted(acts.person, np.arange(acts.people + 1))
    begins = np.zeros(len(acts.at), bool)
    for low, high in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        begins[low:high] = bursts(acts.at[low:high])
    person, at, local = acts.person[begins], acts.at[begins], acts.local[begins]
    numbers = np.bincount(person, minlength=acts.people)
    enough = numbers[person] >= least
    _, person = np.unique(person[enough], return_inverse=True)
    at, local = at[enough], local[enough]
    numbers = np.bincount(person)
    rank = np.arange(len(person)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    weekend = np.isin((local // _DAY + _THURSDAY) % _WEEK, _WEEKEND)
    slot = local % _DAY // 3600 + HOURS * weekend
    return Sessions(person.astype(np.int64), at, slot, rank, numbers * TRAIN_TENTHS // 10)


def ages(known: Sessions, seen: NDArray[np.bool_]) -> Floats:
    """Days from each session to the last one of its person that is seen."""
    last = np.zeros(len(known.cut), np.int64)
    np.maximum.at(last, known.person[seen], known.at[seen])
    return (last[known.person] - known.at) / _DAY
