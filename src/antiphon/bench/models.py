"""The values of a benchmark: how much is done, and what came of it."""

from dataclasses import asdict, dataclass
from typing import Any

#: The scenarios, in the order in which they run.
NAMES = (
    *(
        "ingest",
        "resolve",
        "identify",
        "enrol",
        "advance",
        "idle",
        "split",
        "enter",
        "flow",
        "aged",
        "snapshot",
        "lateness",
        "burst",
        "storm",
        "ending",
    ),
    *("engage", "segments", "count", "choose", "decide", "plan", "timing"),
    *("templates", "render", "texts", "dispatch"),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each scenario does. The defaults take a few minutes on two cores."""

    people: int = 1_000_000
    events: int = 50_000  # over HTTP, and through resolve
    identifiers: int = 1_000_000  # of a quarter as many people, through resolve
    runs: int = 100_000  # enrolled, then due
    choices: int = 1_000_000  # person-decisions
    renders: int = 5_000
    messages: int = 5_000
    processes: int = 4  # that post events at once

    def scaled(self, share: float) -> "Sizes":
        """The same scenarios with a share of the work, at least a little of each."""
        rest = {name: max(200, int(value * share)) for name, value in asdict(self).items() if name != "processes"}
        return Sizes(**rest, processes=self.processes)


@dataclass(frozen=True, slots=True)
class Measured:
    """Items a second of the product, and of the floor: the bare work that it cannot do without."""

    rate: float
    floor: float
    unit: str
    against: str  # what the floor is


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report. ``peak_mb``: memory of all processes at once, shared pages counted once."""

    name: str
    rate: float
    floor: float
    ratio: float
    peak_mb: float
    unit: str
    against: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
