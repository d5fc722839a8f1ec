"""A journey file as far as it can be drawn: half-written steps too, each with its ways and where each way is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml.comments import CommentedSeq

from antiphon.journeys.models import Step
from antiphon.journeys.steps.base import END, BaseStep
from antiphon.kit.documents import UnreadableError, load, plain

#: Where a way is written inside its step: ``("next",)``, ``("paths", 0, "next")``.
Slot = tuple[str | int, ...]

START = "Start with `journey: its-name`, `name:`, `trigger:` and `steps:`."
_BEHIND, _PROBE = "behind-0", "probe-0"
#: What somebody who put a step onto the canvas has to say next.
_LACKING = {
    "wait": "Wait: say until when",
    "branch": "Branch: say who goes which way",
    "split": "Split: say which shares go where",
    "message": "Message: write what it says",
    "recover": "Recovery: write the text",
    "offer": "Offer: choose which",
    "update": "Update: say what it writes",
    "call": "Call: say whom it tells",
    "enter": "Another journey: choose which",
}
_STEPS: TypeAdapter[Step] = TypeAdapter(Step)


@dataclass(frozen=True, slots=True)
class Way:
    """A way out: its name, where it leads ('' ends the run), and where it is written; no slot: it cannot be led elsewhere."""

    name: str
    to: str
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class Part:
    """A step. ``model`` is ``None`` while it is not whole; ``place`` is its number in the file."""

    id: str
    type: str
    place: int
    raw: Mapping[str, Any]
    model: Step | None = field(repr=False)
    ways: tuple[Way, ...]

    @property
    def icon(self) -> str:
        return self.model.icon if self.model is not None else icons().get(self.type, "circle-dot")

    @property
    def sentence(self) -> str:
        """The step in words; of one that is not whole what its writer noted, or what it lacks most."""
        if self.model is not None:
            return self.model.describe()
        return str(self.raw.get("note") or _LACKING.get(self.type, "Say what it does"))


@cache
def kinds() -> dict[str, type[BaseStep]]:
    """Every step type by its name, in the order in which journeys offer them."""
    union: Any = Step
    return {get_args(each.model_fields["type"].annotation)[0]: each for each in get_args(get_args(union)[0])}


@cache
def icons() -> dict[str, str]:
    return {name: kind.icon for name, kind in kinds().items()}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as plain values, and the lines of each step, from its first to behind its last; empty when it cannot be read."""

    document: Mapping[str, Any]
    lines: Mapping[int, tuple[int, int]]


@lru_cache(maxsize=64)
def read(source: str) -> Reading:
    """A file as far as it can be read; nobody may change what is given."""
    try:
        document = load(source, "journey", START)
    except UnreadableError:
        return Reading({}, {})
    steps = document.get("steps")
    lines = _lines(source, steps) if isinstance(steps, CommentedSeq) and steps.lc.data else {}
    return Reading(plain(document), lines)


def _lines(source: str, steps: CommentedSeq) -> dict[int, tuple[int, int]]:
    rows, found = source.splitlines(), {}
    starts = [int(steps.lc.item(place)[0]) for place in range(len(steps))]
    # the last ends where something stands that is not indented
    behind = next(
        (n for n in range(starts[-1] + 1, len(rows)) if rows[n].strip() and rows[n][0] not in " #"), len(rows)
    )
    for place, (start, end) in enumerate(pairwise([*starts, behind])):
        while end > start + 1 and not rows[end - 1].strip():
            end -= 1  # noqa: PLW2901  # empty lines between steps belong to neither
        found[place] = (start, end)
    return found


def outline(document: Mapping[str, Any]) -> list[Part]:
    """The steps of a file that could be read, those that have an id of their own; the first is the journey's first."""
    raws = document.get("steps")
    if not isinstance(raws, list):
        return []
    ids = [each.get("id") if isinstance(each, Mapping) else None for each in raws]
    found: list[Part] = []
    for place, raw in enumerate(raws):
        step = ids[place]
        if not isinstance(step, str) or not step or step in ids[:place]:
            continue
        behind = next((one for one in ids[place + 1 :] if isinstance(one, str) and one), END)
        found.append(_part(plain(raw), str(step), place, str(behind)))
    return found


def _part(raw: dict[str, Any], step: str, place: int, behind: str) -> Part:
    kind = str(raw.get("type", ""))
    model = whole(raw)
    if model is None:
        return Part(step, kind, place, raw, None, tuple(_guessed(raw, kind, behind)))
    slots = slots_of(model)
    ways = (Way(name, to, slots.get(name)) for name, to in model.leads_to(behind).items())
    return Part(step, kind, place, raw, model, tuple(ways))


def whole(raw: Any) -> Step | None:
    """A step as it is written, ``None`` while something of it does not fit."""
    try:
        return _STEPS.validate_python(raw)
    except ValidationError:
        return None


def slots_of(step: BaseStep) -> dict[str, Slot]:
    """Way → where it is written: found by leading each place elsewhere and seeing which way follows."""
    found: dict[str, Slot] = {}
    for slot, probed in _probes(step):
        for name, to in probed.leads_to(_BEHIND).items():
            if to == _PROBE:
                found[name] = slot
    return found


def _probes(step: BaseStep) -> Iterator[tuple[Slot, BaseStep]]:
    for name, info in type(step).model_fields.items():
        value = getattr(step, name)
        if name in {"id", "type", "note"}:
            continue
        if info.annotation is str or str in get_args(info.annotation):
            yield (info.alias or name,), step.model_copy(update={name: _PROBE})
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, BaseModel) and hasattr(each, "next"):
                    led = [*value[:number], each.model_copy(update={"next": _PROBE}), *value[number + 1 :]]
                    yield (info.alias or name, number, "next"), step.model_copy(update={name: led})


def _guessed(raw: Mapping[str, Any], kind: str, behind: str) -> Iterator[Way]:
    """The ways of a step that is not whole, by what its type would have."""

    def to(value: Any) -> str:
        return behind if value is None else str(value)

    if kind == "exit":
        return
    paths = raw.get("paths")
    for number, path in enumerate(paths if isinstance(paths, list) else ()):
        if isinstance(path, Mapping):
            name = str(path.get("name") or f"path {number + 1}")
            yield Way(name, to(path.get("next", "")), ("paths", number, "next"))
    if kind not in {"branch", "split"}:
        yield Way("then", to(raw.get("next")), ("next",))
    known = kinds().get(kind)
    always = known is not None and "otherwise" in known.model_fields and kind not in {"wait", "message"}
    if always or raw.get("otherwise") is not None:
        yield Way("otherwise", to(raw.get("otherwise")), ("otherwise",))
