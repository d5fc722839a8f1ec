"""Changing a journey file step by step: each change gives the file anew, with its comments, quotes and order kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from antiphon.journeys.outline import START, Part, Slot, kinds, outline
from antiphon.journeys.steps.base import END
from antiphon.kit.documents import UnreadableError, dump, load, plain
from antiphon.kit.errors import AntiphonError

#: The name of the trigger among the steps: its one way leads to the first.
TRIGGER = ""

_HEAD = ("name", "about", "trigger", "reentry", "exits", "goal", "caps", "priority")


class EditError(AntiphonError):
    """A change that cannot be made."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The file after a change. ``step``: which one to look at now; ``also``: those that went along."""

    source: str
    step: str = ""
    also: tuple[str, ...] = ()


@dataclass
class _Draft:
    """``wanted``: where each way of each step is to lead once the file's order has changed."""

    document: CommentedMap
    parts: list[Part]
    wanted: dict[str, dict[Slot, str]] = field(default_factory=dict)

    @property
    def steps(self) -> CommentedSeq:
        found: CommentedSeq = self.document["steps"]
        return found

    def raw(self, step: str) -> CommentedMap:
        found: CommentedMap = self.steps[self.place(step)]
        return found

    def place(self, step: str) -> int:
        return next(place for place, each in enumerate(self.steps) if each.get("id") == step)

    def part(self, step: str) -> Part:
        found = next((part for part in self.parts if part.id == step), None)
        if found is None:
            raise EditError(f"There is no step `{step[:80]}`.", "Somebody may have taken it out: load the page again.")
        return found


def _opened(source: str) -> _Draft:
    try:
        document = load(source, "journey", START)
    except UnreadableError as error:
        raise EditError(f"Mend the file first: {error.what}", error.hint) from error
    if not isinstance(document.get("steps"), CommentedSeq) or not document["steps"]:
        document["steps"] = CommentedSeq()  # a list of its own look, not `[]`
    parts = outline(document)
    if len(parts) < len(document["steps"]):
        raise EditError("Mend the file first: each step needs an id of its own.")
    wanted = {part.id: {way.slot: way.to for way in part.ways if way.slot is not None} for part in parts}
    return _Draft(document, parts, wanted)


def _closed(draft: _Draft) -> str:
    """The file, with every way written out that the new order would change."""
    for part in outline(draft.document):
        behind = draft.steps[part.place + 1]["id"] if part.place + 1 < len(draft.steps) else END
        for way in part.ways:
            to = draft.wanted.get(part.id, {}).get(way.slot or (), way.to)
            if to == way.to or way.slot is None:
                continue
            *above, name = way.slot
            holder = draft.raw(part.id)
            for step in above:
                holder = holder[step]
            if to == behind and not above:
                holder.pop(name, None)
            else:
                holder[name] = to
    column = draft.steps.lc.col if draft.steps.lc.col is not None else 2
    return _spaced(dump(draft.document, column), f"{' ' * column}- ")


def _spaced(text: str, begins: str) -> str:
    """One empty line between steps. ``begins``: how the first line of a step begins, and no other line among them."""
    found: list[str] = []
    among = first = False
    for line in text.splitlines():
        if line[:1] not in {"", " ", "-", "#"}:
            among = first = line.startswith("steps:")
        elif among and line.startswith(begins):
            while found and not found[-1].strip():
                found.pop()
            found += [] if first else [""]
            first = False
        found.append(line)
    return "\n".join(found).rstrip("\n") + "\n"


def add(source: str, kind: str, behind: str, slot: Slot) -> Edited:
    """A new step of a type on a way: ``slot`` of the step ``behind``, or the trigger's one way."""
    if kind not in kinds():
        raise EditError(f"There is no step type `{kind[:40]}`.", f"The types are {', '.join(kinds())}.")
    draft = _opened(source)
    to = _leads(draft, behind, slot)
    new = _fresh(kind, _free(draft, kind), to)
    _insert(draft, new, behind, slot, to)
    return Edited(_closed(draft), str(new["id"]))


def _leads(draft: _Draft, behind: str, slot: Slot) -> str:
    if behind == TRIGGER:
        return draft.parts[0].id if draft.parts else END
    ways = draft.wanted[draft.part(behind).id]
    if slot not in ways:
        raise EditError("This way is gone.", "Load the page again.")
    return ways[slot]


def _insert(draft: _Draft, new: CommentedMap, behind: str, slot: Slot, to: str) -> None:
    """Before the step that the way leads to, so that the file reads in the order in which people go."""
    if behind == TRIGGER:
        place = 0
    elif to != END and draft.place(to) > 0:
        place = draft.place(to)
    else:
        place = draft.place(behind) + 1
    name = str(new["id"])
    # what runs on into the next step of the file is led around the new one, before it stands there
    draft.steps.insert(place, new)
    if behind != TRIGGER:
        draft.wanted[behind][slot] = name
    fresh = next(part for part in outline(draft.document) if part.id == name)
    given = draft.wanted.get(name, {})
    draft.wanted[name] = {way.slot: given.get(way.slot, to) for way in fresh.ways if way.slot is not None}


def remove(source: str, step: str) -> Edited:
    """Take a step out: what led to it goes on along that of its ways on which most comes.

    What nobody can come to any more then goes along.
    """
    draft = _opened(source)
    part = draft.part(step)
    ahead = [way.to for way in part.ways if way.to != step]
    to = max(ahead, key=lambda each: len(_reached(draft, each, without=step)), default=END)
    left = [each for each in draft.parts if each.id != step]
    first = draft.parts[0].id if draft.parts[0].id != step else to
    if not left or not first:
        raise EditError("A journey needs a step.", "Add another one first.")
    before = _reached(draft, draft.parts[0].id)
    for ways in draft.wanted.values():
        ways.update({slot: to for slot, target in ways.items() if target == step})
    del draft.wanted[step]
    after = _reached(draft, first)
    also = tuple(each.id for each in left if each.id in before and each.id not in after)
    for gone in (step, *also):
        draft.steps.pop(draft.place(gone))
        draft.wanted.pop(gone, None)
    if (place := draft.place(first)) > 0:
        draft.steps.insert(0, draft.steps.pop(place))
    return Edited(_closed(draft), first if step == draft.parts[0].id else "", also)


def _reached(draft: _Draft, first: str, without: str = "") -> set[str]:
    """The steps that somebody can come to from ``first``, themselves included."""
    seen, todo = set[str](), [first]
    while todo:
        step = todo.pop()
        if step != without and step not in seen and step in draft.wanted:
            seen.add(step)
            todo += draft.wanted[step].values()
    return seen


def duplicate(source: str, step: str) -> Edited:
    """The same step once more, behind itself."""
    draft = _opened(source)
    part = draft.part(step)
    slots = [way for way in part.ways if way.slot is not None]
    if not slots or slots[0].slot is None:
        raise EditError("Nothing comes behind this step.", "Put a new one where you want it.")
    new = _made(dict(part.raw))
    new["id"] = _free(draft, step)
    draft.wanted[str(new["id"])] = {way.slot: way.to for way in slots if way.slot is not None}
    _insert(draft, new, step, slots[0].slot, slots[0].to)
    return Edited(_closed(draft), str(new["id"]))


def put(source: str, step: str, values: Mapping[str, Any]) -> Edited:
    """A step's new content; another ``id`` is followed by every way that leads to it."""
    draft = _opened(source)
    place = draft.place(draft.part(step).id)
    name = str(values.get("id") or step)
    if name != step:
        if any(part.id == name for part in draft.parts):
            raise EditError(f"There is a step `{name[:60]}` already.", "Give this one another id.")
        for ways in draft.wanted.values():
            ways.update({slot: name for slot, target in ways.items() if target == step})
        draft.wanted[name] = draft.wanted[step]
    draft.wanted.pop(step if name != step else name, None)  # its own ways are as its new content says
    draft.steps[place] = _merged(draft.steps[place], dict(values) | {"id": name})
    return Edited(_closed(draft), name)


def put_head(source: str, values: Mapping[str, Any]) -> Edited:
    """The journey's own part: name, what it is about, trigger, re-entry, exits."""
    draft = _opened(source)
    for name in _HEAD:
        if name not in values:
            continue
        value = values[name]
        if value in (None, "", [], {}) and name not in {"name", "trigger"}:
            draft.document.pop(name, None)
        elif name in draft.document:
            draft.document[name] = _merged(draft.document[name], value)
        else:
            draft.document.insert(list(draft.document).index("steps"), name, _made(value))
    return Edited(_closed(draft), TRIGGER)


def _merged(old: Any, new: Any) -> Any:
    """What was written, as far as it stays; what several places share is written out where it changes."""
    if plain(old) == new:
        return old
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        found = CommentedMap(old.items()) if old.yaml_anchor() or old.merge else old
        for name in [each for each in found if each not in new]:
            del found[name]
        for name, value in new.items():
            found[name] = _merged(found[name], value) if name in found else _made(value)
        return found
    if isinstance(old, CommentedSeq) and isinstance(new, list) and not old.yaml_anchor():
        for place in range(len(old) - 1, len(new) - 1, -1):
            del old[place]
        for place, value in enumerate(new):
            if place < len(old):
                old[place] = _merged(old[place], value)
            else:
                old.append(_made(value))
        return old
    return _made(new)


def _made(value: Any) -> Any:
    if isinstance(value, dict):
        found = CommentedMap((name, _made(each)) for name, each in value.items())
        if (
            "kind" in value
            and len(repr(value)) < 100
            and not any(isinstance(one, dict | list) for one in value.values())
        ):
            found.fa.set_flow_style()
        return found
    if isinstance(value, list):
        seq = CommentedSeq(_made(each) for each in value)
        if all(isinstance(each, str | int | float) for each in value):
            seq.fa.set_flow_style()
        return seq
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def _free(draft: _Draft, wanted: str) -> str:
    ids = {part.id for part in draft.parts}
    return next(name for n in range(1, 10_000) if (name := wanted if n == 1 else f"{wanted}-{n}") not in ids)


def _fresh(kind: str, step: str, to: str) -> CommentedMap:
    """A step to begin with; what nobody can guess is left out, and shown as missing."""
    starts: dict[str, Callable[[], dict[str, Any]]] = {
        "wait": lambda: {"for": "1d"},
        "branch": lambda: {"paths": [{"name": "Yes", "if": {"kind": "all", "of": []}, "next": to}]},
        "split": lambda: {"paths": [{"name": name, "share": 50, "next": to} for name in ("A", "B")]},
        "message": lambda: {"channels": ["email"], "content": {}},
    }
    found: CommentedMap = _made({"id": step, "type": kind} | starts.get(kind, dict)())
    return found
