"""What the canvas draws: a file as steps, ways, problems and changes, as plain JSON."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from antiphon.journeys.changes import Changes, compare
from antiphon.journeys.describe import describe_caps, describe_exit, describe_goal, describe_reentry, describe_trigger
from antiphon.journeys.editing import TRIGGER
from antiphon.journeys.models import Caps, Exit, Goal, Journey, Reentry
from antiphon.journeys.outline import Part, kinds, outline, read
from antiphon.journeys.publish import flaws
from antiphon.journeys.source import examine
from antiphon.journeys.trigger import Trigger
from antiphon.kit.problems import Problem
from antiphon.web import assets

_HEAD = ("name", "about", "trigger", "reentry", "exits", "goal", "caps", "priority")


def draw(connection: Connection, slug: str, source: str, base: str | None) -> dict[str, Any]:
    """A draft: its steps, what is wrong with it here, and how it differs from the version ``base`` (its file)."""
    journey, problems = examine(source)
    if journey is not None:
        problems = sorted([*problems, *flaws(connection, journey, source)], key=lambda one: one.line)
        if journey.journey != slug:
            what = f"`journey` is `{journey.journey}`, but these are the changes of `{slug}`."
            problems.insert(0, Problem("journey", what, "A journey keeps its name in files; start a new one instead."))
    reading = read(source)
    document, lines = reading.document, reading.lines
    parts = outline(document)
    changes = compare(base, source) if base is not None else None
    return {
        "source": source,
        "readable": bool(document),
        "head": _head(document, journey),
        "steps": [_step(part, lines) for part in parts],
        "problems": [_problem(one, document) for one in problems],
        **_changed(changes),
    }


def drawn(source: str, changes: Changes | None = None) -> dict[str, Any]:
    """A published version, as it is."""
    reading = read(source)
    document, lines = reading.document, reading.lines
    try:
        journey = Journey.model_validate(document)
    except ValidationError:
        journey = None
    steps = [_step(part, lines) for part in outline(document)]
    head = _head(document, journey)
    whole = {"source": source, "readable": True, "head": head, "steps": steps, "problems": []}
    return whole | {"slug": str(document.get("journey", ""))} | _changed(changes)


def _changed(changes: Changes | None) -> dict[str, Any]:
    if changes is None:
        return {"changes": {}, "removed": []}
    return {"changes": changes.kinds(), "removed": [_step(part, {}) for part in changes.removed]}


def _step(part: Part, lines: Mapping[int, tuple[int, int]]) -> dict[str, Any]:
    return {
        "id": part.id,
        "type": part.type,
        "icon": part.icon,
        "sentence": part.sentence,
        "whole": part.model is not None,
        "raw": part.raw,
        "lines": lines.get(part.place),
        "ways": [{"name": way.name, "to": way.to, "slot": way.slot} for way in part.ways],
        **_sends(part),
    }


def _sends(part: Part) -> dict[str, Any]:
    """Of a message its channels, which have their colours everywhere."""
    channels = part.raw.get("channels") if part.type == "message" else ["sms"] if part.type == "recover" else []
    return {"channels": channels if isinstance(channels, list) else []}


def _head(document: Mapping[str, Any], journey: Journey | None) -> dict[str, Any]:
    """The journey's own part, in sentences as far as each holds by itself."""
    values = {name: document.get(name) for name in _HEAD}
    said: dict[str, Any] = {"trigger": "Nothing starts it yet", "reentry": "", "exits": [], "aims": []}
    try:
        said["trigger"] = describe_trigger(Trigger.model_validate(document.get("trigger") or {}))
        said["exits"] = [describe_exit(Exit.model_validate(one)) for one in document.get("exits") or ()]
        said["aims"] = [*_aims(document)]
        said["reentry"] = describe_reentry(journey) if journey is not None else _mode(document)
    except (ValidationError, TypeError):
        pass  # a problem says so
    return {"values": values, "said": said}


def _aims(document: Mapping[str, Any]) -> Iterator[str]:
    """The goal and the caps."""
    if document.get("goal"):
        yield f"For {describe_goal(Goal.model_validate(document['goal']))}"
    if document.get("caps"):
        yield describe_caps(Caps.model_validate(document["caps"]))


def _mode(document: Mapping[str, Any]) -> str:
    found = Reentry.model_validate(document.get("reentry") or {})
    return {"once": "Each person once", "each_key": "Once for each key", "after": "Again after a time"}[found.mode]


def _problem(one: Problem, document: Mapping[str, Any]) -> dict[str, Any]:
    """``step``: the id of the step it is about, '' for the journey itself; ``field``: the path inside."""
    parts = one.where.split(".")
    step, field = TRIGGER, one.where
    if parts[0] == "steps" and len(parts) > 1 and parts[1].isdigit():
        steps = document.get("steps")
        place = int(parts[1])
        known = steps[place] if isinstance(steps, list) and place < len(steps) else {}
        step = str(known.get("id", "")) if isinstance(known, dict) else ""
        field = ".".join(parts[2:])
    said = {"what": one.what, "hint": one.hint, "line": one.line, "warning": one.warning}
    return {"step": step, "field": field, **said}


@cache
def schemas() -> dict[str, Any]:
    """Step type → its JSON Schema, from which forms are made where there is none of its own."""
    return {name: kind.model_json_schema(by_alias=True) for name, kind in kinds().items()}


def icons() -> dict[str, str]:
    """The insides of the icons that the canvas draws by itself."""
    return {name: assets.icon_body(name) for name in (*_ICONS, *{kind.icon for kind in kinds().values()})}


_ICONS = (
    *("zap", "log-out", "plus", "x", "check", "trash-2", "copy"),
    *("undo-2", "redo-2", "circle-alert", "triangle-alert", "code", "maximize", "zoom-in"),
    *("zoom-out", "circle-dot", "arrow-up", "arrow-down", "mail", "message-square-text", "upload"),
    *("minus", "pencil", "flag", "corner-down-right", "clock", "send", "split", "git-fork"),
    *("footprints", "ticket-percent", "life-buoy", "user-pen", "webhook"),
)
