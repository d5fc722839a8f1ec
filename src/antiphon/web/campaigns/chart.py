"""Messages by hour and channel as bars on one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from antiphon.kit.zones import local
from antiphon.web.times import Place

WIDTH, HEIGHT = 720, 160
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: ``parts`` are channel, messages, top and height in the picture."""

    x: float
    words: str
    parts: tuple[tuple[str, int, float, float], ...]

    def n(self, channel: str) -> int:
        return sum(n for of, n, _, _ in self.parts if of == channel)


@dataclass(frozen=True, slots=True)
class Chart:
    """``most``: messages of the fullest hour; ``ticks``: words below the picture, evenly spread; ``wide``: of a bar."""

    bars: Sequence[Bar]
    most: int
    wide: float
    ticks: tuple[str, ...]


def chart(review: Mapping[str, Any], place: Place) -> Chart | None:
    """A review's ``hours`` over its window; ``None`` where nothing goes out."""
    hours: Sequence[Mapping[str, Any]] = review["hours"]
    if not hours:
        return None
    by: dict[datetime, dict[str, int]] = {}
    for each in hours:
        by.setdefault(datetime.fromisoformat(each["at"]), {})[each["channel"]] = each["n"]
    opens, closes = (datetime.fromisoformat(review[name]) for name in ("opens_at", "closes_at"))
    first = min(*by, opens.replace(minute=0, second=0, microsecond=0))
    last = max(*by, closes - timedelta(microseconds=1))
    all_ = [first + _HOUR * n for n in range(int((last - first) / _HOUR) + 1)]
    most = max(sum(each.values()) for each in by.values()) or 1
    step = WIDTH / max(len(all_), 12)
    bars = [
        Bar(n * step + step * 0.1, _words(place, at), _parts(by.get(at, {}), most))
        for n, at in enumerate(all_)
        if at in by
    ]
    return Chart(bars, most, step * 0.8, _ticks(all_, place, step))


def _parts(counts: Mapping[str, int], most: int) -> tuple[tuple[str, int, float, float], ...]:
    found, foot = [], float(HEIGHT)
    for channel in ("email", "sms"):
        if n := counts.get(channel, 0):
            height = (HEIGHT - 4) * n / most
            foot -= height
            found.append((channel, n, foot, height))
    return tuple(found)


def _words(place: Place, at: datetime) -> str:
    here = local(place.zone, at)
    return f"{here:%a} {here.day} {here:%b %H:%M}"


def _ticks(all_: Sequence[datetime], place: Place, step: float) -> tuple[str, ...]:
    """The first hour, one in the middle and the end, where the bars fill the picture; else the first and last alone."""
    if step * len(all_) < WIDTH:
        return (_words(place, all_[0]),)
    return tuple(_words(place, at) for at in (all_[0], all_[len(all_) // 2], all_[-1]))
