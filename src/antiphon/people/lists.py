"""Changes of traits that are lists, told without the list: values that are added, and values that go.

A change lies where the trait's value would, ``{"$change": {"append": […], "remove": […]}}``, until what it changes is
known. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_NAME = "$change"


def change(append: Iterable[Any], remove: Iterable[Any]) -> dict[str, Any]:
    """A change: first ``remove`` goes, then ``append`` is added. Told twice, it has changed nothing the second time."""
    return {_NAME: {"append": list(append), "remove": list(remove)}}


def is_change(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {_NAME}:
        return False
    parts = value[_NAME]
    return isinstance(parts, dict) and all(isinstance(parts.get(name), list) for name in ("append", "remove"))


def changed(value: Any, by: Mapping[str, Any]) -> Any:
    """A trait's value after a change of it; of a value that is no list, a list. ``None``: there was none."""
    append, remove = by[_NAME]["append"], by[_NAME]["remove"]
    if is_change(value):
        before = value[_NAME]
        return change(_with(_without(before["append"], remove), append), _with(before["remove"], remove))
    old = value if isinstance(value, list) else [] if value is None else [value]
    found = _with(_without(old, remove), append)
    if isinstance(value, list) or found != old:
        return found
    return value  # nothing to change


def unless(one: Mapping[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a change that a later one, ``by``, takes back in part: in whatever order the two are made then."""
    before, after = one[_NAME], by[_NAME]
    append = _without(before["append"], _without(after["remove"], after["append"]))
    return change(append, _without(before["remove"], after["append"]))


def parted(told: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What is told of traits: their values, and the changes of lists."""
    changes = {name: value for name, value in told.items() if is_change(value)}
    return {name: value for name, value in told.items() if name not in changes} if changes else told, changes


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)  # JSON's true is not its 1


def _without(values: Iterable[Any], remove: Iterable[Any]) -> list[Any]:
    gone = list(remove)
    return [value for value in values if not any(_same(value, each) for each in gone)]


def _with(values: Iterable[Any], append: Iterable[Any]) -> list[Any]:
    found = list(values)
    for value in append:
        if not any(_same(value, each) for each in found):
            found.append(value)
    return found
