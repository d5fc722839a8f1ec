"""What differs between two versions of a journey, in words and as lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition
from antiphon.journeys.outline import Part, outline, read
from antiphon.kit.durations import duration_words, parse_duration

_LONGEST = 60
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
#: Names of fields in words; others are words already.
_FIELDS = {
    "for": "how long",
    "until_local": "until their hour",
    "until": "what it waits for",
    "timeout": "at most",
    "paths": "way",
    "if": "who",
    "where": "which",
    "match": "about the same",
    "mjml": "code",
    "sms": "text",
    "max_lateness": "at most late",
    "half_life": "half of its worth gone after",
    "min_value": "worth at least",
    "when_dry": "where no code is left",
    "enter_members": "members enter too",
    "double_opt_in": "confirmed twice",
}
#: Parts of a journey beside its steps, in words.
_HEAD = {
    "name": "Name",
    "about": "What it is about",
    "trigger": "What starts it",
    "reentry": "Who may enter again",
    "exits": "What ends it",
    "goal": "What it is for",
    "caps": "How much it writes",
    "priority": "Whether it goes before others",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A step (or ``what`` of the journey itself) that was added, removed or changed; ``details`` say how."""

    kind: Literal["added", "removed", "changed"]
    step: str
    what: str
    icon: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """``removed``: the steps that the newer one does not have, to be drawn beside it."""

    all: tuple[Change, ...]
    removed: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.all)

    def kinds(self) -> dict[str, str]:
        """Step → added, removed or changed; the journey's own part under ''."""
        return {one.step: one.kind for one in self.all}


def compare(before: str, after: str) -> Changes:
    """Two files, of which each may be unreadable: then it is as if it were empty."""
    old, new = read(before).document, read(after).document
    parts, were = {part.id: part for part in outline(new)}, {part.id: part for part in outline(old)}
    found = list(_head(old, new))
    for part in parts.values():
        was = were.get(part.id)
        if was is None:
            found.append(Change("added", part.id, part.sentence, part.icon))
        elif details := tuple(_details(was, part)):
            found.append(Change("changed", part.id, part.sentence, part.icon, details))
    gone = tuple(part for part in were.values() if part.id not in parts)
    found += [Change("removed", part.id, part.sentence, part.icon) for part in gone]
    return Changes(tuple(found), gone)


def lines(before: str, after: str, names: tuple[str, str]) -> list[str]:
    """The two files as a unified diff, without its head."""
    return list(unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=2))[2:]


def _head(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    details = [
        line
        for name, words in _HEAD.items()
        if old.get(name) != new.get(name)
        for line in (_differences(words, old.get(name), new.get(name)) if old else ())
    ]
    if details:
        yield Change("changed", "", "The journey itself", "zap", tuple(details))


def _details(was: Part, now: Part) -> Iterator[str]:
    skipped = {"next", "otherwise", "id"}
    for name in dict.fromkeys([*was.raw, *now.raw]):
        if name not in skipped and was.raw.get(name) != now.raw.get(name):
            yield from _differences(_called(str(name)).capitalize(), was.raw.get(name), now.raw.get(name))
    led = {way.name: way.to for way in was.ways}
    for way in now.ways:
        if way.name in led and led[way.name] != way.to and way.slot and way.slot[0] in skipped:
            yield f"“{way.name}” leads to {_end(way.to)} now, it was {_end(led[way.name])}"


def _end(step: str) -> str:
    return step or "the end"


def _differences(name: str, old: Any, new: Any) -> Iterator[str]:
    """One line for each value that differs, by its path."""
    if isinstance(old, dict) and isinstance(new, dict) and "kind" not in old:
        for part in dict.fromkeys([*old, *new]):
            if old.get(part) != new.get(part):
                yield from _differences(f"{name} {_called(part)}", old.get(part), new.get(part))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and _nested(old):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                yield from _differences(f"{name} {number + 1}", one, other)
    elif old is None:
        yield f"{name}: {_short(new)}"
    elif new is None:
        yield f"{name}: no more {_short(old)}"
    else:
        yield f"{name}: {_short(old)} → {_short(new)}"


def _called(name: str) -> str:
    """A path inside a step in words: ``paths 1 if`` is who goes the first way."""
    return " ".join(_FIELDS.get(part, part) for part in name.split())


def _condition(value: Any) -> str | None:
    """A condition as a sentence, ``None`` for what is none, or none that can be read."""
    try:
        return describe(_CONDITION.validate_python(value))
    except ValidationError:
        return None


def _time(value: str) -> str:
    """``1 day`` for ``1d``, nothing for what is no time."""
    try:
        return duration_words(parse_duration(value))
    except ValueError:
        return ""


def _nested(value: Sequence[Any]) -> bool:
    return any(isinstance(one, dict) for one in value)


def _short(value: Any) -> str:
    if isinstance(value, list) and not _nested(value):
        return ", ".join(map(str, value)) or "none"
    if (
        isinstance(value, dict)
        and "kind" not in value
        and not any(isinstance(one, dict | list) for one in value.values())
    ):
        value = ", ".join(f"{name} {'yes' if one is True else one}" for name, one in value.items())
    if isinstance(value, dict) and "kind" in value:
        return _condition(value) or "another condition"
    if isinstance(value, dict | list):
        return f"{len(value)} parts"
    if isinstance(value, str) and (time := _time(value)):
        return time
    words = " ".join(str(value).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
