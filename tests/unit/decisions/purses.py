"""A purse for tests: one day's money, nobody else's."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from antiphon.decisions.budget.allot import Asking, Room, granted
from antiphon.decisions.budget.demand import Demand
from antiphon.decisions.models import Rule, Small


@dataclass
class OneDay:
    """``left`` in millionths; ``mine`` of it is not shared with anybody."""

    left: int
    ahead: Demand = field(default_factory=Demand.none)
    times: float = 1.0
    mine: int | None = None
    spent: int = 0

    def grant(self, asking: Asking, due: npt.NDArray[np.int32]) -> Small:
        room = Room(self.left, self.left if self.mine is None else self.mine, self.ahead)
        found = granted(asking, room, self.times)
        self.spent += int(asking.cost[found].sum())
        return np.where(found, Rule.NONE, Rule.BUDGET_DAY).astype(np.int8)[: len(due)]
