"""Gains with their intervals as the page draws them: a line with a point on it, and a mark at nothing."""

from dataclasses import dataclass
from typing import Any

#: Units of a drawing.
WIDTH = 400
_MARGIN = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """``low``, ``at``, ``high`` and ``zero`` are places from the left, in units; words say the figures."""

    low: float
    at: float
    high: float
    zero: float
    words: str
    interval: str
    used: bool


def drawn(share: float, low: float, high: float, *, unit: str, used: bool) -> Drawn:
    """A gain between its ends; ``unit`` is "points" or "money" (for 1,000 messages)."""
    left, right = min(low, 0.0), max(high, 0.0)
    span = (right - left) or 1.0

    def place(value: float) -> float:
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * (value - left) / span, 1)

    words = [_words(each, unit) for each in (share, low, high)]
    noun = " points" if unit == "points" else ""
    return Drawn(place(low), place(share), place(high), place(0.0), words[0] + noun, f"{words[1]} to {words[2]}", used)


def _words(value: float, unit: str) -> str:
    text = f"{100 * value:+.2f}" if unit == "points" else f"{1000 * value:+,.2f}"
    return text.replace("-", "−")


def own_hours(standing: dict[str, Any]) -> dict[str, Drawn | None]:
    """By channel what own hours gain; None while too little is known."""
    return {
        name: gain and drawn(gain["share"], *gain["interval"], unit="points", used=gain["used"])
        for name, gain in standing.get("gains", {}).items()
    }


def by_model(standing: dict[str, Any]) -> Drawn | None:
    """What choosing channels by the model gains, for 1,000 messages."""
    gain = standing["gain"]
    return gain and drawn(gain["share"], gain["low"], gain["high"], unit="money", used=standing["used"])
