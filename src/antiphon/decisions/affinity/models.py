"""How often people answer on each channel: what is known of them, what is learned of everybody, and what follows."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Nobody gets more messages than this; a clock that is wrong may say so.
MOST = 1e6


@dataclass(frozen=True, slots=True)
class Counts:
    """Of people and channels, shape (n, 2): messages that reached them and messages that they answered, both decayed."""

    sends: Floats
    answers: Floats

    def __len__(self) -> int:
        return len(self.sends)

    def of(self, which: Any) -> "Counts":
        """Those of some people only."""
        return Counts(self.sends[which], self.answers[which])


def counts(sends: Any, answers: Any) -> Counts:
    """Counts from whatever makes arrays (n, 2), such as can be: none below 0, none answered that reached nobody."""
    given = [np.nan_to_num(np.asarray(each, np.float64).reshape(-1, 2), posinf=MOST) for each in (sends, answers)]
    reached = np.clip(given[0], 0, MOST)
    return Counts(reached, np.clip(given[1], 0, reached))


@dataclass(frozen=True, slots=True)
class Channel:
    """What is learned of one channel.

    ``mean``: how often those answer of whom nothing else is known; ``other``: how much the other channel tells of this one, 0
    nothing, 1 all, on the scale of log-odds; ``strength``: as how many messages that counts beside a person's own.
    """

    mean: float
    other: float
    strength: float


@dataclass(frozen=True, slots=True)
class Model:
    """Both channels, email first. ``fitted``: from enough people and messages; else assumed, in part at least."""

    email: Channel
    sms: Channel
    fitted: bool

    @property
    def channels(self) -> tuple[Channel, Channel]:
        return self.email, self.sms

    def document(self) -> dict[str, Any]:
        return asdict(self)


def model_of(stored: dict[str, Any]) -> Model:
    """The model from its document."""
    return Model(Channel(**stored["email"]), Channel(**stored["sms"]), bool(stored["fitted"]))


@dataclass(frozen=True, slots=True)
class Affinity:
    """Beside the rows of a batch that is decided: how often each person is expected to answer on each channel (n, 2).

    ``own``: whether the model knows anything of the person; ``used``: whether it chooses channels; ``model``: its version.
    """

    rates: NDArray[np.float32]
    own: NDArray[np.bool_]
    used: bool
    model: int

    def rows(self, which: Any) -> "Affinity":
        """Beside some rows only."""
        return Affinity(self.rates[which], self.own[which], self.used, self.model)

    @property
    def chooses(self) -> NDArray[np.bool_]:
        """Whose channel the model chooses, (n,)."""
        return self.own & self.used
