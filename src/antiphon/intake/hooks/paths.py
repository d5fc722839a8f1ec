"""Where a value stands in a document: dotted names, places of lists, names with dots in quotes. Pure.

``review.products[0].id``, ``["a name.with dots"].x``, ``tags[-1]``; an empty path is the whole document.
"""

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"']+)|\[(?P<place>-?\d+)\]|\.?\[(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\]"""
)
_DEEPEST = 32


@lru_cache(maxsize=1_000)
def steps(path: str) -> tuple[str | int, ...]:
    """The steps of a path. Raises ``ValueError`` for what is none."""
    found: list[str | int] = []
    at = 0
    text = path.strip().removeprefix("$").lstrip(".")
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or len(found) == _DEEPEST:
            raise ValueError(f"{path!r} is no path; write it as review.products[0].id")
        if step["place"] is not None:
            found.append(int(step["place"]))
        else:
            found.append(next(each for each in (step["name"], step["double"], step["single"]) if each is not None))
        at = step.end()
    return tuple(found)


def value_at(document: Any, path: str) -> Any:
    """What stands at ``path``; ``None`` where nothing does."""
    for step in steps(path):
        if isinstance(step, str) and isinstance(document, dict):
            document = document.get(step)
        elif isinstance(step, int) and isinstance(document, list) and -len(document) <= step < len(document):
            document = document[step]
        else:
            return None
    return document
