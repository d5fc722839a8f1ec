"""The off-policy estimators on a real log with true chances: Open Bandit, 30,000 rows by lot and as many by Thompson's draws.

    python tests/acceptance/open_bandit/run.py PATH/open_bandit_random.parquet PATH/open_bandit_bts.parquet

Not part of ``make test``: the files are not ours to ship. Asks the rows by lot what the other policy brings, and the other way
round, and holds the answers against what was clicked there. 130 and 157 clicks check the code and show no small gains. Leaves
with 1 when an interval of an estimate and that of the truth lie apart.
"""

import sys
from collections.abc import Sequence

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from antiphon.decisions.timing.offpolicy import CLUSTERS, Estimate, Interval, Logged, estimate, logged, tally

#: How many rows everybody's mean counts as in the guess of an item's clicks.
SHRINK = 1_000.0

Floats = NDArray[np.float64]


class Log:
    """A file: the place of each row's list (campaign and position), its item, chance and click."""

    def __init__(self, path: str, places: Sequence[tuple[str, int]] | None = None) -> None:
        table = pq.read_table(path, columns=["campaign", "position", "item_id", "propensity_score", "click"])
        pairs = list(zip(table["campaign"].to_pylist(), table["position"].to_pylist(), strict=True))
        self.places = list(places or sorted(set(pairs)))
        number = {place: at for at, place in enumerate(self.places)}
        self.place = np.array([number[pair] for pair in pairs])
        self.item = np.asarray(table["item_id"], np.int64)
        self.likely = np.asarray(table["propensity_score"], np.float64)
        self.click = np.asarray(table["click"], np.float64)

    @property
    def rows(self) -> Logged:
        return logged(self.item, self.likely, self.click)

    def mean(self) -> Interval:
        """What was clicked, with an interval of the same bootstrap."""
        ones = np.ones((len(self.item), 1))
        own = logged(np.zeros_like(self.item), np.ones(len(self.item)), self.click)
        return estimate(tally(own, ones, np.zeros(1))).by["ips"]

    def shares(self, items: int, only: NDArray[np.bool_] | None = None) -> Floats:
        """How often each item was shown at each place (places, items): a policy that moves, as it was on the whole."""
        which = slice(None) if only is None else only
        counts = np.zeros((len(self.places), items))
        np.add.at(counts, (self.place[which], self.item[which]), 1)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def ask(log: Log, policy: Floats) -> Estimate:
    """What ``policy`` (places, items) would have brought; the guess of each half of the rows is made from the other half."""
    half = np.arange(len(log.item)) % 2
    sums = np.zeros((CLUSTERS, 5))
    for part in (0, 1):
        other, mine = half != part, half == part
        mean = log.click[other].mean()
        shown = np.bincount(log.item[other], minlength=policy.shape[1])
        clicked = np.bincount(log.item[other], log.click[other], policy.shape[1])
        guess = (clicked + SHRINK * mean) / (shown + SHRINK)
        rows = logged(log.item[mine], log.likely[mine], log.click[mine])
        sums += tally(rows, policy[log.place[mine]], guess)
    return estimate(sums)


def told(found: Interval) -> str:
    return f"{found.value:.3%} ({found.low:.3%} to {found.high:.3%})"


def main(by_lot: str, by_bts: str) -> int:
    lot = Log(by_lot)
    bts = Log(by_bts, lot.places)
    items = int(max(lot.item.max(), bts.item.max())) + 1
    alike = lot.shares(items) > 0
    wanted = {
        "bts from rows by lot": (lot, bts.shares(items), bts),
        "the lot from rows of bts": (bts, alike / alike.sum(axis=1, keepdims=True), lot),
    }
    fine = True
    for name, (log, policy, truth) in wanted.items():
        found, real = ask(log, policy), truth.mean()
        sys.stdout.write(f"{name}: {found.rows:,} rows that count as {found.size:,.0f}; clicked there {told(real)}\n")
        if not found.by:
            sys.stdout.write("  refused: too few rows count\n")
        for how, value in found.by.items():
            meets = value.low <= real.high and real.low <= value.high
            fine &= meets
            sys.stdout.write(f"  {'meets ' if meets else 'MISSES'} {how}: {told(value)}\n")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
