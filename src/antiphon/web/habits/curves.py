"""A person's hours as charts: one for work days and one for weekends, on the same scale."""

from dataclasses import dataclass

from antiphon.decisions.models import CHANNELS
from antiphon.decisions.timing.curves import HOURS
from antiphon.decisions.timing.person import PersonHours
from antiphon.decisions.timing.windows import WINDOW

#: Units of a chart: an hour is 20 wide.
STEP, HEIGHT = 20, 120
WIDTH = STEP * HOURS
_DAYS = ("Work days", "Weekends")


@dataclass(frozen=True, slots=True)
class Window:
    """Three hours from the hour at which a channel's messages leave; two parts where they go round midnight."""

    channel: str
    hour: int
    parts: tuple[tuple[int, int], ...]  # x and width

    @property
    def clock(self) -> str:
        return clock(self.hour)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a chart, in percent of what is done on such days."""

    clock: str
    own: float
    low: float
    high: float
    brand: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines and the band as points of an SVG; ``sentence`` says the same to whoever cannot see it."""

    name: str
    own: str
    brand: str
    band: str
    windows: tuple[Window, ...]
    hours: tuple[Hour, ...]
    sentence: str


def clock(hour: int) -> str:
    return f"{hour % HOURS:02d}:00"


def charts(found: PersonHours) -> tuple[Chart, Chart]:
    """Both charts, from zero to the highest point of either."""
    top = float(max(found.high.max(), found.brand.max())) if found.known else float(found.brand.max()) * 1.5
    work, weekend = (_chart(found, kind, top) for kind in (0, 1))
    return work, weekend


def _chart(found: PersonHours, kind: int, top: float) -> Chart:
    own, low, high = (each[kind].tolist() for each in (found.curves, found.low, found.high))
    brand = found.brand.tolist()
    best = (found.best if found.known else found.usual)[:, kind].tolist()
    windows = tuple(_window(name, hour) for name, hour in zip(CHANNELS, best, strict=True) if hour >= 0)
    peak = max(range(HOURS), key=own.__getitem__)
    return Chart(
        _DAYS[kind],
        _points(own, top),
        _points(brand, top),
        " ".join((_points(high, top), " ".join(reversed(_points(low, top).split())))),
        windows,
        tuple(
            Hour(f"{clock(hour)} to {clock(hour + 1)}", *(100 * each[hour] for each in (own, low, high, brand)))
            for hour in range(HOURS)
        ),
        f"{_DAYS[kind]}: most between {clock(peak)} and {clock(peak + 1)}, {100 * own[peak]:.1f} % of what they do, "
        f"everybody {100 * brand[peak]:.1f} %",
    )


def _points(values: list[float], top: float) -> str:
    """A line through the middles of the hours, led on to both edges around midnight."""
    edge = (values[0] + values[-1]) / 2
    xs = [0.0, *(STEP * (hour + 0.5) for hour in range(HOURS)), float(WIDTH)]
    return " ".join(
        f"{x:g},{HEIGHT - (HEIGHT - 6) * value / top:.1f}" for x, value in zip(xs, [edge, *values, edge], strict=True)
    )


def _window(channel: str, hour: int) -> Window:
    end = hour + WINDOW
    parts = [(hour, min(end, HOURS))] + ([(0, end - HOURS)] if end > HOURS else [])
    return Window(channel, hour, tuple((STEP * start, STEP * (stop - start)) for start, stop in parts))
