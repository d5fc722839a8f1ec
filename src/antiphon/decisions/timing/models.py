"""Hours of their own, beside the rows of a batch that is decided."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Arm(IntEnum):
    """By what the hour is chosen of somebody who has hours of their own; drawn by lot, but for the rest."""

    REST = 0  # their own where it is shown to gain, else the brand's
    RANDOM = 1  # any permitted hour of the next day
    BRAND = 2
    OWN = 3
    EXPLORE = 4  # any permitted hour of the next day, those more likely that are better for them
    ANSWERS = 5  # by how they and everybody answer, once that is learned


@dataclass(frozen=True, slots=True)
class Own:
    """People's own hours. ``which`` (n,): each row's place in ``factors`` (m, 48), or -1 for nothing known.

    ``factors``: how good each of their hours is, work days, then weekends, each of mean 1. ``gains``: of email and text,
    whether own hours are shown to gain. ``model``: the version of what they were made by; ``answers``: of the second level's,
    None before there is one, and whether the rest goes by it. What goes by it has its factors by it.
    """

    which: NDArray[np.int32]
    arm: NDArray[np.int8]
    factors: NDArray[np.float32]
    gains: tuple[bool, bool]
    model: int
    answers: tuple[int, bool] | None = None

    def rows(self, which: Any) -> "Own":
        """Beside some rows only."""
        return Own(self.which[which], self.arm[which], self.factors, self.gains, self.model, self.answers)

    def used(self, channel: int) -> NDArray[np.int32]:
        """Each row's place in ``factors`` where its hour on a channel is to be its own, else -1."""
        own = np.isin(self.arm, (Arm.OWN, Arm.EXPLORE, Arm.ANSWERS)) | ((self.arm == Arm.REST) & self.gains[channel])
        return np.where(own, self.which, np.int32(-1)).astype(np.int32)
