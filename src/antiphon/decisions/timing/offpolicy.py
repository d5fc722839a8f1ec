"""What hours would have gained by which nobody was written to, from messages whose hour was drawn by lot.

Each answer counts as many times as likelier its hour would have been by the hours asked about than it was by the lot: IPS; the
same, divided by the sum of those weights: SNIPS; and a guess for every hour, corrected by the answers that it missed: DR, which
is right where either the guess or the lot's chances are. Hours are circular and neighbours alike, so that hours asked about are
widened by one to each side. Weights end at 20; the chance that a lot gave is never guessed, but kept with the decision.

Everything is a sum by cluster, so that logs of any length are read in portions, and intervals are of a bootstrap over clusters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: No message counts more often than this.
CLIP = 20.0
#: Fewer messages that count in full, and nothing is said: (sum w)^2 / sum w^2.
LEAST_SIZE = 200.0
#: Clusters of a log whose rows know of none: rows that do not hang together, put together.
CLUSTERS = 256
DRAWS = 1_000
SEED = 7
#: Hours to each side that are taken for alike.
REACH = 1

#: Columns of a tally.
_ROWS, _GAINED, _WEIGHT, _SQUARE, _CORRECTED = range(5)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logged:
    """Rows of a log (n,): the ``action`` taken, how ``likely`` the lot made it, what it brought, and the row's ``cluster``."""

    action: NDArray[np.int64]
    likely: Floats
    reward: Floats
    cluster: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What hours that were asked about bring a message; ``by`` has it by ips, snips and dr, nothing where ``size`` is small."""

    rows: int
    size: float
    by: Mapping[str, Interval]


def logged(action: Any, likely: Any, reward: Any, cluster: Any = None) -> Logged:
    """A log from anything with numbers; raises ValueError where a chance is none, or an answer is no number."""
    chance, gained = np.asarray(likely, np.float64), np.asarray(reward, np.float64)
    if not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("what was drawn had a chance above 0 and up to 1")
    if not np.isfinite(gained).all():
        raise ValueError("what a message brought is a number")
    place = np.arange(len(chance)) % CLUSTERS if cluster is None else np.asarray(cluster, np.int64)
    return Logged(np.asarray(action, np.int64), chance, gained, place)


def around(hour: NDArray[np.int64], permitted: NDArray[np.bool_]) -> Floats:
    """Chances (n, 24) of permitted hours at most one from ``hour`` (n,), around midnight too, all alike.

    ``permitted`` (n, 24) must hold ``hour`` itself.
    """
    apart = np.abs(np.arange(permitted.shape[1]) - hour[:, None])
    near = permitted & (np.minimum(apart, permitted.shape[1] - apart) <= REACH)
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def softmax(worth: Floats, allowed: NDArray[np.bool_], temperature: float, floor: float) -> Floats:
    """Chances (n, m) by worth: a share ``floor`` all alike over what is allowed, the rest by exp(worth / temperature).

    Rows that allow nothing are all 0.
    """
    filled = np.where(allowed, worth, -np.inf) / temperature
    top = np.where(allowed.any(axis=1), filled.max(axis=1), 0)
    lifted = np.exp(filled - top[:, None])
    number, total = allowed.sum(axis=1, keepdims=True), lifted.sum(axis=1, keepdims=True)
    some = number > 0
    soft = np.divide(lifted, total, out=np.zeros_like(lifted), where=some)
    return np.asarray((1 - floor) * soft + floor * np.divide(allowed, number, out=np.zeros_like(lifted), where=some))


def tally(log: Logged, policy: Floats, predicted: Floats, clusters: int = CLUSTERS) -> Floats:
    """Sums (clusters, 5) of a portion of a log; portions add up.

    ``policy`` (n, actions): chances by the hours asked about; ``predicted`` (n, actions) or (actions,): what each would bring,
    guessed without the answers of these rows.
    """
    row = np.arange(len(log.action))
    weight = np.minimum(policy[row, log.action] / log.likely, CLIP)
    guess = np.broadcast_to(predicted, policy.shape)
    corrected = (policy * guess).sum(axis=1) + weight * (log.reward - guess[row, log.action])
    columns = (np.ones(len(row)), weight * log.reward, weight, weight**2, corrected)
    return np.stack([np.bincount(log.cluster, column, clusters) for column in columns], axis=1)


def estimate(sums: Floats) -> Estimate:
    """What the hours asked about would have brought a message."""
    whole = sums.sum(axis=0)
    size = _size(whole)
    rows = int(whole[_ROWS])
    if size < LEAST_SIZE:
        return Estimate(rows, size, {})
    return Estimate(rows, size, _intervals(_values(whole[None])[0], _values(_again(sums))))


def difference(sums: Floats, other: Floats) -> Mapping[str, Interval]:
    """What one brings more than the other, by the same messages: nothing where either says nothing."""
    if min(_size(sums.sum(axis=0)), _size(other.sum(axis=0))) < LEAST_SIZE:
        return {}
    mean = _values(sums.sum(axis=0)[None])[0] - _values(other.sum(axis=0)[None])[0]
    return _intervals(mean, _values(_again(sums)) - _values(_again(other)))


def needed(share: float, relative: float = 0.05) -> int | None:
    """Messages of each arm that show a gain of ``relative`` four times in five: 16 p (1 - p) / d^2; None without any answer."""
    return ceil(16 * (1 - share) / (share * relative**2)) if 0 < share < 1 else None


def _size(whole: Floats) -> float:
    return float(whole[_WEIGHT] ** 2 / whole[_SQUARE]) if whole[_SQUARE] > 0 else 0.0


def _again(sums: Floats) -> Floats:
    """Sums of clusters drawn again, (draws, 5); the same draws whenever there are as many clusters."""
    return _draws(len(sums)) @ sums


@lru_cache(maxsize=2)
def _draws(clusters: int) -> Floats:
    random = np.random.default_rng(SEED)
    return random.multinomial(clusters, np.full(clusters, 1 / clusters), DRAWS).astype(np.float64)


def _values(sums: Floats) -> Floats:
    """(draws, 3): by IPS, SNIPS and DR."""
    rows = np.maximum(sums[:, _ROWS], 1)
    share = np.divide(sums[:, _GAINED], sums[:, _WEIGHT], out=np.zeros(len(sums)), where=sums[:, _WEIGHT] > 0)
    return np.stack([sums[:, _GAINED] / rows, share, sums[:, _CORRECTED] / rows], axis=1)


def _intervals(mean: Floats, drawn: Floats) -> dict[str, Interval]:
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    return {
        name: Interval(float(mean[place]), float(low[place]), float(high[place]))
        for place, name in enumerate(("ips", "snips", "dr"))
    }
