"""What people got and answered, before an instant and after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.affinity.models import Counts, counts
from antiphon.people.engagement import HALF_LIFE

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Acts:
    """A row per message, or per answer: people numbered from 0, the channel (0 email, 1 text), seconds of the epoch."""

    person: Ints
    channel: Ints
    at: Ints

    def of(self, which: NDArray[np.bool_]) -> "Acts":
        return Acts(self.person[which], self.channel[which], self.at[which])


def answered(sent: Acts, answers: Acts, within: int) -> NDArray[np.bool_]:
    """Which messages were answered: an answer belongs to the newest message of its channel before it, ``within`` seconds."""
    order = np.lexsort((sent.at, sent.channel, sent.person))
    found = np.zeros(len(sent.at), np.bool_)
    if not len(order):
        return found
    # one number for person, channel and time, so that one search finds all
    start = min(sent.at.min(), answers.at.min(initial=sent.at.min()))
    span = int(max(sent.at.max(), answers.at.max(initial=sent.at.max())) - start) + 1
    rank, asked = ((each.person * 2 + each.channel) * span + each.at - start for each in (sent, answers))
    place = np.searchsorted(rank[order], asked, side="right") - 1
    newest = order[np.maximum(place, 0)]
    same = (sent.person[newest] == answers.person) & (sent.channel[newest] == answers.channel) & (place >= 0)
    found[newest[same & (answers.at - sent.at[newest] < within)]] = True
    return found


def tally(sent: Acts, done: NDArray[np.bool_], people: int, as_of: int | None = None) -> Counts:
    """Counts (people, 2) of messages and of those that were answered; decayed ``as_of`` an instant."""
    worth = np.ones(len(sent.at))
    if as_of is not None:
        worth = np.exp2(-np.maximum(as_of - sent.at, 0) / HALF_LIFE.total_seconds())
    key, size = sent.person * 2 + sent.channel, people * 2
    return counts(np.bincount(key, worth, size), np.bincount(key[done], worth[done], size))


def newest(acts: Acts, people: int) -> Ints:
    """The instant of each one's newest act on each channel (people, 2); -1 for none."""
    found = np.full(people * 2, -1, np.int64)
    np.maximum.at(found, acts.person * 2 + acts.channel, acts.at)
    return found.reshape(-1, 2)
