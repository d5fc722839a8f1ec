"""How large a condition may be: looked at before anything walks down into it, so that no depth ends a process."""

import re
from typing import Any

#: Levels of ``all``, ``any`` and ``not`` inside each other, the innermost condition included.
MAX_DEPTH = 16
#: Conditions in all, ``all``, ``any`` and ``not`` included: each becomes SQL of its own.
MAX_PARTS = 200
#: Halves of pairs, which JSON can name and UTF-8 cannot.
_LONE = re.compile("[\ud800-\udfff]")


def within_bounds(document: Any) -> Any:
    """The document itself. Raises ``ValueError`` for one that is nested too deep, too large, or holds what no text can.

    Goes level by level, over plain values or models, without recursion.
    """
    level, parts, depth = [document], 0, 0
    while level:
        depth += 1
        parts += len(level)
        if depth > MAX_DEPTH:
            raise ValueError(f"a condition is nested more than {MAX_DEPTH} deep; take it apart into segments")
        if parts > MAX_PARTS:
            raise ValueError(f"a condition holds more than {MAX_PARTS} parts; take it apart into segments")
        if any(map(_holds_nul, level)):
            raise ValueError("a text in a condition cannot hold a NUL character, nor half of a pair")
        level = [inner for node in level for inner in _inside(node)]
    return document


def _inside(node: Any) -> list[Any]:
    inner = node.get("of") if isinstance(node, dict) else getattr(node, "of", None)
    if isinstance(inner, list):
        return inner
    return [] if inner is None or isinstance(inner, str) else [inner]


def _holds_nul(node: Any) -> bool:
    values = node.values() if isinstance(node, dict) else ()
    return any("\x00" in text or _LONE.search(text) for value in values for text in _texts(value))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
