"""The money that is left for texts, as one transaction sees it: read at once, taken under locks of portions.

A period's budget lies in :data:`PORTIONS` equal portions. Who takes locks as many as their texts need, those first of which most
is left, until the transaction ends: what is set aside commits with the decisions or not at all, so that no two workers
ever spend the same money, and whoever needs little stands in nobody's way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from antiphon.decisions.budget import queries
from antiphon.decisions.budget.allot import Asking, Room, granted
from antiphon.decisions.budget.days import Days, month_of
from antiphon.decisions.budget.demand import BINS, Demand, counted
from antiphon.decisions.models import Rule, Small
from antiphon.decisions.settings import Budget
from antiphon.store.locks import lock_portion, try_lock_portions

PORTIONS = 16
#: Days by which a usual day's asking is known.
_USUAL = 7
MILLION = 1_000_000


class Purse(Protocol):
    """Says which texts are paid for."""

    def grant(self, asking: Asking, due: npt.NDArray[np.int32]) -> Small:
        """Beside each text the Rule that denies it, or NONE; what is granted is taken. ``due``: seconds from now."""


@dataclass(slots=True)
class _Period:
    """A day's or a month's: ``left`` by portion, in millionths."""

    left: npt.NDArray[np.int64]
    ahead: Demand

    def room(self, mine: Iterable[int]) -> Room:
        return Room(int(self.left.sum()), int(self.left[list(mine)].sum()), self.ahead)


@dataclass(slots=True)
class SharedPurse:
    """``times``: the batches of a campaign are so many, of which this is one; None for journeys, whose asking is remembered.

    ``taking`` is off where something is only foreseen: then nothing is locked or written.
    """

    connection: Connection
    budget: Budget
    days: Days
    times: float | None = None
    taking: bool = True
    _seen: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    _usual: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    _periods: dict[str, _Period] = field(default_factory=dict)
    _mine: list[int] = field(default_factory=list)
    _own_asked: dict[int, list[int]] = field(default_factory=dict)

    def grant(self, asking: Asking, due: npt.NDArray[np.int32]) -> Small:
        if not self._periods:
            self._read()
        day = self.days.numbers(due)
        places = self._places(day)
        self._lock({name: int(asking.cost[rows].sum()) for name, (_, rows) in places.items()})
        denied = np.zeros(len(due), dtype=np.int8)
        for name, (rule, rows) in places.items():
            if name in self._periods:
                room = self._periods[name].room(self._mine if self.taking else range(PORTIONS))
                refused = ~granted(asking.rows(rows), room, self.times or 1.0)
                denied[np.flatnonzero(rows)[refused]] = rule
        if self.taking:
            self._take(asking, denied == Rule.NONE, places)
            self._remember(asking)
        return denied

    def _places(self, day: npt.NDArray[np.int64]) -> dict[str, tuple[Rule, npt.NDArray[np.bool_]]]:
        """The periods of some texts: months first, so that where both deny, the day is named."""
        months = np.array([self.days.months.index(month_of(one)) for one in self.days.days])[day]
        found = {self.days.months[each]: (Rule.BUDGET_MONTH, months == each) for each in np.unique(months).tolist()}
        by_day = {str(self.days.days[each]): (Rule.BUDGET_DAY, day == each) for each in np.unique(day).tolist()}
        return found | by_day

    def _read(self) -> None:
        today = self.days.days[0]
        names = [*map(str, self.days.days), *self.days.months]
        before = [str(today - timedelta(days=back)) for back in range(1, _USUAL + 1)]
        values = {"periods": names, "today": str(today), "before": before}
        reserved = {name: np.zeros(PORTIONS, dtype=np.int64) for name in names}
        freed = dict.fromkeys(names, 0)
        self._seen, self._own_asked = np.zeros(BINS), {}
        usual = []
        for row in self.connection.execute(queries.PORTIONS, values):
            if row.portion >= 0:
                reserved[row.period][row.portion] = row.reserved
                if row.asked:
                    self._own_asked[row.portion] = row.asked
                    self._seen += np.array(row.asked, dtype=np.float64)
            elif row.portion == -1:
                freed[row.period] = row.reserved
            else:
                usual.append(row.asked)
        self._usual = np.mean(usual, axis=0) if usual else np.zeros(BINS)
        self._periods = dict(self._limited(reserved, freed))

    def _limited(
        self, reserved: Mapping[str, npt.NDArray[np.int64]], freed: Mapping[str, int]
    ) -> Iterable[tuple[str, _Period]]:
        for number, day in enumerate(self.days.days):
            if self.budget.day is not None:
                share = 1.0 - self.days.elapsed if number == 0 else 1.0
                name = str(day)
                yield name, _Period(_left(self.budget.day, reserved[name], freed[name]), self._expected(share))
        for month in self.days.months:
            if self.budget.month is not None:
                ahead = self._expected(self.days.days_of_month_left(month))
                yield month, _Period(_left(self.budget.month, reserved[month], freed[month]), ahead)

    def _expected(self, ahead: float) -> Demand:
        return Demand.expected(self._usual, self._seen, self.days.elapsed, ahead)

    def _lock(self, needs: Mapping[str, int]) -> None:
        """Portions that hold as much as is needed, or as is left; waits only where every one of them is taken."""
        if not self.taking or not self._short(needs):
            return
        for _ in range(2):
            order = self._fullest(needs)
            for size in (1, 1, 2, 4, 8):
                part, order = order[:size], order[size:]
                self._mine += try_lock_portions(self.connection, part)
                if not part or not self._short(needs):
                    break
            if self._mine or not self._anything(needs):
                break
            first = self._fullest(needs)[0]
            lock_portion(self.connection, first)
            self._mine.append(first)
        if self._mine:
            self._read()  # what whoever held them before took

    def _short(self, needs: Mapping[str, int]) -> bool:
        if not self._periods:  # only the asking is counted, in a portion of one's own
            return not self._mine
        for name, need in needs.items():
            if name in self._periods:
                left = self._periods[name].left
                if left[self._mine].sum() < min(need, left.sum()):
                    return True
        return not self._mine

    def _anything(self, needs: Mapping[str, int]) -> bool:
        return all(self._periods[name].left.sum() > 0 for name in needs if name in self._periods)

    def _fullest(self, needs: Mapping[str, int]) -> list[int]:
        """The portions that are not locked yet, those with most left first; who begins somewhere else meets nobody."""
        lefts = [self._periods[name].left for name in needs if name in self._periods]
        least = np.min(lefts, axis=0) if lefts else np.zeros(PORTIONS)
        return [one for one in np.argsort(-least, kind="stable").tolist() if one not in self._mine]

    def _take(
        self, asking: Asking, which: npt.NDArray[np.bool_], places: Mapping[str, tuple[Rule, npt.NDArray[np.bool_]]]
    ) -> None:
        """Set aside what was granted, in every period: one that has no limit today may have one tomorrow."""
        rows: list[tuple[str, int, int, int]] = []
        for name, (_, inside) in places.items():
            texts = int(np.count_nonzero(which & inside))
            rest = int(asking.cost[which & inside].sum())
            if not texts or not self._mine:
                continue
            left = self._periods[name].left if name in self._periods else None
            for portion in self._mine:
                amount = rest if left is None else int(min(rest, left[portion]))
                rows.append((name, portion, amount, texts))
                if left is not None:
                    left[portion] -= amount
                rest, texts = rest - amount, 0
                if not rest:
                    break
        if rows:
            periods, portions, amounts, numbers = map(list, zip(*rows, strict=True))
            values = {"periods": periods, "portions": portions, "amounts": amounts, "texts": numbers}
            self.connection.execute(queries.RESERVE, values)

    def _remember(self, asking: Asking) -> None:
        """What asked, and the gain that is asked for from now on."""
        if not self._mine:
            return
        own = self._mine[0]
        asked = np.array(self._own_asked.get(own) or [0] * BINS)
        if self.times is None:
            asked = asked + counted(asking.ratio, asking.cost)
            self._own_asked[own] = asked.tolist()
        today = str(self.days.days[0])
        period = self._periods.get(today)
        price = period.ahead.price(float(period.left.sum())) if period is not None else 0.0
        values = {"period": today, "portion": own, "asked": asked.tolist(), "price": price}
        self.connection.execute(queries.REMEMBER, values)


def _left(limit: float, reserved: npt.NDArray[np.int64], freed: int) -> npt.NDArray[np.int64]:
    """By portion. An equal share of what came free belongs to each; all that is left to the first, where one took more than its
    share: the limit was lowered since, and whoever takes anything has to see what all others took.
    """
    whole = round(limit * MILLION) + freed
    left: npt.NDArray[np.int64] = (whole + np.arange(PORTIONS)) // PORTIONS - reserved
    if (left >= 0).all():
        return left
    left = np.zeros(PORTIONS, dtype=np.int64)
    left[0] = max(0, whole - int(reserved.sum()))
    return left


def purse_of(
    connection: Connection, now: datetime, zone: int, budget: Budget, times: float | None = None, *, taking: bool = True
) -> SharedPurse | None:
    """The purse of a brand that has a budget."""
    if budget.day is None and budget.month is None:
        return None
    return SharedPurse(connection, budget, Days.of(zone, now), times, taking=taking)


def spend_day(days: Days, due: npt.NDArray[np.int32]) -> list[date]:
    """The day for which each text is set aside."""
    return [days.days[number] for number in days.numbers(due).tolist()]
