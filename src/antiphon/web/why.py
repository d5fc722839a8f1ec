"""A decision's stored reasons, as a sentence and a grid of channels and moments."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from antiphon.decisions.moments import grid_of
from antiphon.kit.durations import duration_words, parse_duration
from antiphon.kit.zones import local
from antiphon.rules.laws.naming import BRAND, Named, named
from antiphon.web.figures import money, percent
from antiphon.web.times import Place
from antiphon.web.words import CHANNELS, CONSENTS, look, rule_words

_LEVELS = 10
_OWN_HOURS = Named(BRAND, "The brand’s own hours", "", "Settings", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """``span`` neighbouring moments of one channel: one with its worth, on a scale of 0 to 9, or all barred by one rule.

    Neither: the moment was looked at for the other channel alone.
    """

    level: int | None = None
    worth: str = ""
    rule: str = ""
    at: str = ""
    chosen: bool = False
    span: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    channel: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class HeldLaw:
    """A law that holds for the person's texts; ``held``: how many moments of the window it barred."""

    law: Named
    held: int

    @property
    def words(self) -> str:
        if not self.held:
            return "barred nothing"
        return f"barred {self.held} moment{'s' if self.held != 1 else ''}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self.law) | {"moments_barred": self.held}


@dataclass(frozen=True, slots=True)
class Why:
    """``heads``: the moments in the person's time; ``days``: the days over them, each with how many it spans.

    ``laws``: of texts, those that barred most first.
    """

    sentence: str
    heads: tuple[str, ...] = ()
    days: tuple[tuple[str, int], ...] = ()
    lines: tuple[Line, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    whose: str = ""
    laws: tuple[HeldLaw, ...] = ()


#: A channel's moments: the score of each, or the rule that bars it.
_Row = dict[datetime, tuple[float | None, str | None]]


def read_reasons(reasons: Mapping[str, Any], place: Place) -> Why:
    """``place``: whose clock the moments are shown by."""
    rows = _rows(reasons)
    moments = sorted({moment for row in rows.values() for moment in row})
    wall = [local(place.zone, moment) for moment in moments]
    scores = [score for row in rows.values() for score, _ in row.values() if score is not None]
    scale = _Scale(max(scores, default=0.0))
    chosen = reasons.get("chosen")
    marked = (chosen["channel"], datetime.fromisoformat(chosen["at"])) if chosen else None
    return Why(
        reasons.get("sentence", ""),
        tuple(f"{at:%H:%M}" for at in wall),
        tuple((day, len(list(run))) for day, run in groupby(f"{at:%a} {at.day} {at:%b}" for at in wall)),
        tuple(Line(channel, _cells(channel, row, moments, scale, marked, place)) for channel, row in rows.items()),
        _facts(reasons, scale, place),
        place.label,
        laws_of(reasons),
    )


def laws_of(reasons: Mapping[str, Any]) -> tuple[HeldLaw, ...]:
    """The laws that a decision looked at for a text, where the step may send one at all, and the brand's own hours."""
    inputs = reasons.get("inputs") or {}
    held = inputs.get("held") or {}
    if "channel.not_allowed" in (reasons.get("barred") or {}).get("sms", {}):
        return ()
    found = [HeldLaw(named(law), held.get(law, 0)) for law in inputs.get("laws") or ()]
    if BRAND in held:
        found.append(HeldLaw(_OWN_HOURS, held[BRAND]))
    return tuple(sorted(found, key=lambda one: -one.held))


def _rows(reasons: Mapping[str, Any]) -> dict[str, _Row]:
    """What is known of each channel's moments. Of a long window only some were kept: the best of each channel joins them."""
    grid, chosen = grid_of(reasons), reasons.get("chosen") or {}
    moments = [datetime.fromisoformat(slot) for slot in grid.get("slots", ())]
    rows: dict[str, _Row] = {
        channel: dict(zip(moments, map(tuple, grid[channel]), strict=True)) for channel in CHANNELS if grid.get(channel)
    }
    for best in filter(None, (chosen, chosen.get("instead_of"))):
        rows.setdefault(best["channel"], {})[datetime.fromisoformat(best["at"])] = (best["score"], None)
    return rows


@dataclass(frozen=True, slots=True)
class _Scale:
    """How worths are shown beside one another: all with as many decimals as the best of them needs."""

    top: float

    def words(self, score: float) -> str:
        return f"{score:.{2 if self.top >= 1 else 3}f}".replace("-", "−")

    def level(self, score: float) -> int:
        return max(0, min(_LEVELS - 1, int((_LEVELS - 1) * score / self.top))) if self.top > 0 else 0


def _cells(
    channel: str,
    row: _Row,
    moments: Sequence[datetime],
    scale: _Scale,
    marked: tuple[str, datetime] | None,
    place: Place,
) -> tuple[Cell, ...]:
    cells = []
    for moment in moments:
        score, rule = row.get(moment) or (None, _between(row, moment))
        if score is None:
            cells.append(Cell(rule=rule_words(rule) if rule else "", at=place.full(moment)))
        else:
            here = marked == (channel, moment)
            cells.append(Cell(scale.level(score), scale.words(score), at=place.full(moment), chosen=here))
    return tuple(_joined(cells))


def _between(row: _Row, moment: datetime) -> str | None:
    """The rule that bars the moments on both sides of one that was not kept."""
    before = max((each for each in row if each < moment), default=None)
    after = min((each for each in row if each > moment), default=None)
    rules = {row[each][1] for each in (before, after) if each is not None}
    return rules.pop() if len(rules) == 1 else None


def _joined(cells: Sequence[Cell]) -> list[Cell]:
    """Neighbours that one rule bars become one wide cell."""
    joined: list[Cell] = []
    for _, run in groupby(enumerate(cells), lambda pair: pair[1].rule or pair[0]):
        group = [cell for _, cell in run]
        first = group[0]
        joined.append(Cell(rule=first.rule, at=first.at, span=len(group)) if first.rule else first)
    return joined


def _facts(reasons: Mapping[str, Any], scale: _Scale, place: Place) -> tuple[tuple[str, str], ...]:
    inputs, chosen = reasons.get("inputs") or {}, reasons.get("chosen") or {}
    pairs = [(_words(channel), _channel_facts(inputs, channel, place)) for channel in CHANNELS if inputs]
    if instead := chosen.get("instead_of"):
        worth = f"worth {scale.words(instead['score'])}; the choice is worth {scale.words(chosen['score'])}"
        pairs.append((f"{_words(instead['channel'])} instead", f"{_moment(instead['at'], place)}, {worth}"))
    if affinity := reasons.get("affinity"):
        pairs.append(("Expected to answer", _affinity_words(affinity)))
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


def _affinity_words(affinity: Mapping[str, Any]) -> str:
    """How often, by whose figures, and whether that chose the channel."""
    email, sms = (percent(rate, 1) for rate in affinity["rates"])
    whose = "by what they answered so far" if affinity["own"] else "as everybody does"
    chose = "; this chose the channel" if affinity["chose"] else ""
    return f"{email} of emails, {sms} of texts, {whose}{chose} (model {affinity['model']})"


def _moment(at: str, place: Place) -> str:
    wall = local(place.zone, datetime.fromisoformat(at))
    return f"{wall:%a} {wall.day} {wall:%b} {wall:%H:%M}"


def _words(channel: str) -> str:
    return look(CHANNELS, channel).words
