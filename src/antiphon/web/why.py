"""A decision's stored reasons, as a sentence and a grid of channels and moments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from antiphon.kit.durations import duration_words, parse_duration
from antiphon.kit.zones import local
from antiphon.web.figures import money
from antiphon.web.times import Place
from antiphon.web.words import CHANNELS, CONSENTS, look, rule_words

_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """``span`` neighbouring moments of one channel: one with a score, on a scale of 0 to 9, or all barred by one rule."""

    level: int | None = None
    score: float = 0.0
    rule: str = ""
    at: str = ""
    chosen: bool = False
    span: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    channel: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """``heads``: the moments in the person's time; ``days``: the days over them, each with how many it spans."""

    sentence: str
    heads: tuple[str, ...] = ()
    days: tuple[tuple[str, int], ...] = ()
    lines: tuple[Line, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    whose: str = ""


def read_reasons(reasons: Mapping[str, Any], place: Place) -> Why:
    """``place``: whose clock the moments are shown by."""
    grid = reasons.get("grid") or {}
    moments = [datetime.fromisoformat(slot) for slot in grid.get("slots", ())]
    wall = [local(place.zone, moment) for moment in moments]
    return Why(
        reasons.get("sentence", ""),
        tuple(f"{at:%H:%M}" for at in wall),
        tuple((day, len(list(run))) for day, run in groupby(f"{at:%a} {at.day} {at:%b}" for at in wall)),
        _lines(grid, moments, reasons.get("chosen"), place),
        _facts(reasons, place),
        place.label,
    )


def _lines(
    grid: Mapping[str, Any], moments: Sequence[datetime], chosen: Mapping[str, Any] | None, place: Place
) -> tuple[Line, ...]:
    scores = [cell[0] for channel in CHANNELS for cell in grid.get(channel, ()) if cell[0] is not None]
    top = max(scores, default=0.0)
    found = []
    for channel in CHANNELS:
        marked = _nearest(moments, chosen["at"]) if chosen and chosen["channel"] == channel else -1
        cells = []
        for n, (score, rule) in enumerate(grid.get(channel, ())):
            at = place.full(moments[n])
            if score is None:
                cells.append(Cell(rule=rule_words(rule), at=at))
            else:
                cells.append(Cell(_level(score, top), score, at=at, chosen=n == marked))
        if cells:
            found.append(Line(channel, tuple(_joined(cells))))
    return tuple(found)


def _joined(cells: Sequence[Cell]) -> list[Cell]:
    """Neighbours that one rule bars become one wide cell."""
    joined: list[Cell] = []
    for _, run in groupby(enumerate(cells), lambda pair: pair[1].rule or pair[0]):
        group = [cell for _, cell in run]
        first = group[0]
        joined.append(Cell(rule=first.rule, at=first.at, span=len(group)) if first.rule else first)
    return joined


def _level(score: float, top: float) -> int:
    return max(0, min(_LEVELS - 1, int((_LEVELS - 1) * score / top))) if top > 0 else 0


def _nearest(moments: Sequence[datetime], at: str) -> int:
    """The moment shown that is nearest to the chosen one: of a long window not every moment is shown."""
    wanted = datetime.fromisoformat(at)
    return min(range(len(moments)), key=lambda n: abs(moments[n] - wanted), default=-1)


def _facts(reasons: Mapping[str, Any], place: Place) -> tuple[tuple[str, str], ...]:
    inputs, chosen = reasons.get("inputs") or {}, reasons.get("chosen") or {}
    pairs = [(_words(channel), _channel_facts(inputs, channel, place)) for channel in CHANNELS if inputs]
    if instead := chosen.get("instead_of"):
        best = f"{_words(instead['channel'])} {_moment(instead['at'], place)}, worth {money(instead['score'])}"
        pairs.append(("Next best", f"{best}; the choice is worth {money(chosen['score'])}"))
    if inputs.get("value"):
        window = duration_words(parse_duration(inputs["window"]))
        pairs.append(("At stake", f"{money(inputs['value'])}, to be sent within {window}"))
    if inputs.get("zones"):
        pairs.append(("Zones", ", ".join(zone.replace("_", " ") for zone in inputs["zones"])))
    return tuple((name, value) for name, value in pairs if value)


def _channel_facts(inputs: Mapping[str, Any], channel: str, place: Place) -> str:
    """What was known of a channel when it was decided."""
    state = inputs.get("consents", {}).get(channel)
    parts = [look(CONSENTS, state).words.lower()] if state else []
    if channel == "sms" and inputs.get("consents", {}).get("cart"):
        parts.append("cart reminders by double opt-in")
    answered, planned = (inputs.get(name, {}).get(channel) for name in ("engaged_at", "planned_at"))
    parts.append(f"last answered {_moment(answered, place)}" if answered else "never answered")
    if planned:
        parts.append(f"other message {_moment(planned, place)}")
    return ", ".join(parts)


def _moment(at: str, place: Place) -> str:
    wall = local(place.zone, datetime.fromisoformat(at))
    return f"{wall:%a} {wall.day} {wall:%b} {wall:%H:%M}"


def _words(channel: str) -> str:
    return look(CHANNELS, channel).words
