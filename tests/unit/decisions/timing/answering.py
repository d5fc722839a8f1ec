"""People who answer messages as they are told to, hour by hour."""

import numpy as np
from numpy.typing import NDArray

from antiphon.decisions.timing.exposure import BIN, LONGEST, Sends

Floats = NDArray[np.float64]

#: Answers an hour by bin of age, of email and of texts.
FADES = np.array([[0.02, 0.01, 0.006, 0.003, 0.0012, 0.0003], [0.05, 0.01, 0.004, 0.001, 0.0004, 0.0001]])


def hump(hour: float, height: float = 0.8) -> Floats:
    """A rhythm of mean 1 that is highest in the middle of ``hour``."""
    return 1 + height * np.cos((np.arange(24) - hour) * 2 * np.pi / 24)


def answer(
    random: np.random.Generator,
    person: NDArray[np.int64],
    hour: Floats,
    rhythm: Floats,
    channel: int = 0,
    ready: float = 1,
) -> Sends:
    """What comes of messages (n,) to people with ``rhythm`` (people, 24) that leave at ``hour`` of their clocks."""
    ages = np.arange(LONGEST)
    middle = np.floor(hour[:, None] + ages + 0.5).astype(np.int64) % 24
    rate = ready * FADES[channel][BIN[ages]] * rhythm[person[:, None], middle]
    came = random.random(rate.shape) < 1 - np.exp(-rate)
    answered = came.any(axis=1)
    until = np.where(answered, came.argmax(axis=1) + random.random(len(hour)), LONGEST)
    return Sends(person, np.full(len(hour), channel), hour, until, answered)
