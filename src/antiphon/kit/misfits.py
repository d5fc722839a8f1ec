"""What does not fit the model of a definition: where it stands in the file, and what is wrong in words."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from antiphon.kit.documents import line_of
from antiphon.kit.faults import fault, own_words, shape
from antiphon.kit.problems import Problem

_QUOTE = "'"
#: How what was refused is written.
_SHAPED = {
    "text": "If it is a number or a date, put it in quotes.",
    "a list": "Write its parts as lines that begin with `- `.",
    "a mapping of names to values": "Write its parts as lines `name: value`, indented below it.",
}
_WRITTEN = {
    "campaign": "Small letters, digits and hyphens, such as `black-friday`.",
    "use": "It is the name of an email of the library, such as `black-friday`.",
    "journey": "Small letters, digits and hyphens, such as `abandoned-cart`.",
    "id": "Small letters, digits, hyphens and underscores, such as `first-email`.",
    "until_local": "Write a time of day in quotes, such as '09:30'.",
    "trait": "Write a trait by its name, such as `country`.",
    "prop": "Write a property by its path, such as `shipping.country`.",
}


def problems_of(document: Any, error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """One problem for each place, though a choice of shapes is refused once for each shape.

    ``model`` is what the document was to be: misspelt names are held against its own.
    """
    places: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for one in error.errors(include_url=False):
        places.setdefault(_path(document, one), []).append(one)
    return [
        Problem(".".join(map(str, path)), *_words(_name(document, path), path, found, model), line_of(document, path))
        for path, found in places.items()
    ]


def _path(document: Any, error: ErrorDetails) -> tuple[str | int, ...]:
    """The path inside the file: without the names of kinds and shapes, which the models put in."""
    loc = error["loc"]
    if error["type"] in {"missing", "extra_forbidden"}:
        return (*_inside(document, loc[:-1]), loc[-1])
    return tuple(_inside(document, loc))


def _inside(node: Any, loc: Sequence[str | int]) -> list[str | int]:
    """The parts of ``loc`` that lead through the document. A kind may be called as a name beside it: the longer way counts."""
    if not loc:
        return []
    without = _inside(node, loc[1:])
    if not _has(node, loc[0]):
        return without
    through = [loc[0], *_inside(node[loc[0]], loc[1:])]
    return through if len(through) > len(without) else without


def _has(node: Any, part: str | int) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


def _name(document: Any, path: Sequence[str | int]) -> str:
    if not path:
        return "the file"
    if not isinstance(path[-1], int):
        return f"`{path[-1]}`"
    node = document
    for part in path:
        node = node[part]
    if isinstance(node, dict) and "id" in node:
        return f"step `{node['id']}`"
    return f"number {path[-1] + 1} of `{path[-2]}`"


def _words(
    name: str, path: Sequence[str | int], errors: Sequence[ErrorDetails], model: type[BaseModel]
) -> tuple[str, str]:
    """What is wrong at one place, and the way out."""
    shapes = list(dict.fromkeys(filter(None, map(shape, errors))))
    if shapes:
        hint = "" if shapes[0] == "text" and isinstance(errors[0]["input"], list | dict) else _SHAPED.get(shapes[0], "")
        return f"{name} must be {' or '.join(filter(None, (', '.join(shapes[:-1]), shapes[-1])))}.", hint
    error, last = errors[0], str(path[-1]) if path else ""
    kind, facts = error["type"], error.get("ctx", {})
    if kind == "union_tag_invalid":
        what = f"{facts['discriminator'].strip(_QUOTE)} `{facts['tag']}` is unknown."
        hint = f"It can be one of {facts['expected_tags']}."
    elif kind == "union_tag_not_found":
        what, hint = f"{name} has no `{facts['discriminator'].strip(_QUOTE)}`.", "Say which kind this is."
    elif kind == "string_pattern_mismatch" and last not in _WRITTEN:
        what = f"{name} cannot be `{str(error['input'])[:60]}`."
        hint = f"It is written by the pattern `{facts['pattern']}`."
    elif words := own_words(error):
        what, hint = f"{name}: {words}.", ""
    else:
        what, hint = f"{name} {fault(error)}.", _WRITTEN.get(last, "")
    if kind == "missing":
        hint = f"Add `{last}:` here."
    elif kind == "extra_forbidden":
        near = get_close_matches(last, _names(model), 1)
        hint = f"Did you mean `{near[0]}`?" if near else "Is it misspelt, or indented too far?"
        if near == [last]:
            hint = "It belongs to something else, not to this."
    return what, hint


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    """Every name that stands anywhere in a file of this kind."""
    schema = model.model_json_schema(by_alias=True)
    parts = (schema, *schema["$defs"].values())
    return frozenset(name for part in parts for name in part.get("properties", ()))
