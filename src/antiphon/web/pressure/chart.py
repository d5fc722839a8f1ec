"""The days of the report as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from antiphon.decisions.pressure.report import Day, Report

WIDTH, HEIGHT = 680, 140
#: How many messages a day: one, two, three, more; a shade each.
GROUPS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Part:
    """``kind`` names the color."""

    kind: str
    n: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    x: float
    planned: bool
    parts: tuple[Part, ...]

    @property
    def n(self) -> int:
        return sum(part.n for part in self.parts)


@dataclass(frozen=True, slots=True)
class Chart:
    """``most``: of the fullest day; ``wide``: of a bar; ``today_x``: where today begins."""

    bars: Sequence[Bar]
    most: int
    wide: float
    today_x: float


def load_chart(found: Report) -> Chart:
    """Messages by day and channel."""
    return _chart(found, [[("email", day.email), ("sms", day.sms)] for day in found.days])


def people_chart(found: Report) -> Chart:
    """People by day and by how many messages they get on it."""
    return _chart(found, [[(str(group), in_group(day, group)) for group in GROUPS] for day in found.days])


def in_group(day: Day, group: int) -> int:
    """People who get ``group`` messages; of the last group, as many or more."""
    if group < GROUPS[-1]:
        return day.people.get(group, 0)
    return sum(people for n, people in day.people.items() if n >= group)


def _chart(found: Report, counts: Sequence[Sequence[tuple[str, int]]]) -> Chart:
    most = max((sum(n for _, n in each) for each in counts), default=0)
    step = WIDTH / len(found.days)
    bars = []
    for place, (day, each) in enumerate(zip(found.days, counts, strict=True)):
        foot, parts = float(HEIGHT), []
        for kind, n in each:
            if n:
                height = (HEIGHT - 4) * n / most
                foot -= height
                parts.append(Part(kind, n, round(foot, 2), round(height, 2)))
        bars.append(Bar(day.day, round(place * step + step * 0.12, 2), day.day > found.today, tuple(parts)))
    today = next(place for place, day in enumerate(found.days) if day.day == found.today)
    return Chart(bars, most, round(step * 0.76, 2), round(today * step, 2))
