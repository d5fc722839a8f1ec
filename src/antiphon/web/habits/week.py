"""A week of hours as a heat map: what was sent, what answers came, and how much of what was sent was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from antiphon.web.figures import percent, whole

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: What a map may show, by the word in the address.
MEASURES = {"rate": "Answered", "sent": "Sent", "answers": "Answers"}
MEANINGS = {
    "rate": "Share of what was sent in the hour that was answered within 72 hours.",
    "sent": "Messages that were due in the hour.",
    "answers": "Clicks and replies of people that came in the hour, whenever the message did.",
}
#: Of fewer messages a share says nothing.
LEAST = 30
LEVELS = 10
HOURS = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour. ``level``: 0 to 9, None where there is nothing or too little to tell."""

    level: int | None
    few: bool
    words: str
    value: str
    sent: int
    answered: int
    answers: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven rows of 24 cells; ``low`` and ``high`` are the ends of the legend, ``best`` the hour of the highest level."""

    measure: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    low: str
    high: str
    best: str
    sent: int
    answered: int
    answers: int
    few: bool


def week(counted: Sequence[tuple[int, int, int]], measure: str) -> Week:
    """The map of 168 hours from Monday's midnight on: sent, answered of these, answers that came."""
    values = [_value(each, measure) for each in counted]
    known = [value for value in values if value is not None]
    top = max(known, default=0.0)
    # counts from zero, as everywhere; shares among each other, because they differ little
    bottom = min(known, default=0.0) if measure == "rate" else 0.0
    cells = [
        _cell(slot, each, value, bottom, top) for slot, (each, value) in enumerate(zip(counted, values, strict=True))
    ]
    rows = tuple((DAYS[day], tuple(cells[day * HOURS : (day + 1) * HOURS])) for day in range(len(DAYS)))
    best = max(range(len(values)), key=lambda slot: values[slot] or 0) if top else None
    sums = [sum(each[place] for each in counted) for place in range(3)]
    return Week(
        measure, rows, _shown(bottom, measure), _shown(top, measure),
        "" if best is None else f"{_when(best)}: {_shown(values[best] or 0, measure)}",
        sums[0], sums[1], sums[2], any(cell.few for cell in cells),
    )  # fmt: skip


def _value(counted: tuple[int, int, int], measure: str) -> float | None:
    sent, answered, answers = counted
    if measure == "rate":
        return answered / sent if sent >= LEAST else None
    return float(sent if measure == "sent" else answers) or None


def _cell(slot: int, counted: tuple[int, int, int], value: float | None, bottom: float, top: float) -> Cell:
    sent, answered, answers = counted
    level = None
    if value is not None:
        share = (value - bottom) / (top - bottom) if top > bottom else 1.0
        level = min(LEVELS - 1, int(sqrt(max(share, 0)) * LEVELS) if bottom == 0 else int(share * LEVELS))
    rate = f"{percent(answered, sent)} answered" if sent >= LEAST else "too few to tell how many are answered"
    words = (
        f"{_when(slot)}: {whole(sent)} sent, {rate}, {whole(answers)} {'answer' if answers == 1 else 'answers'} came"
    )
    return Cell(level, 0 < sent < LEAST, words, percent(answered, sent) if sent >= LEAST else "–", *counted)


def _shown(value: float, measure: str) -> str:
    return percent(value, 1) if measure == "rate" else whole(value)


def _when(slot: int) -> str:
    hour = slot % HOURS
    return f"{DAYS[slot // HOURS]} {hour:02d}:00 to {(hour + 1) % HOURS:02d}:00"
