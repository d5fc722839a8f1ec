"""Where Liquid stands in a source, found in one pass: a search by pattern looks to the end from each brace that is not closed."""

import re
from collections.abc import Callable, Iterator

_ENDS = {"{{": "}}", "{%": "%}"}
_OPENING = re.compile(r"\{[{%]")
_RAW = re.compile(r"\{%-?\s*(end)?raw\b")


def spans(source: str) -> Iterator[tuple[int, int]]:
    """Where each ``{{ … }}`` and ``{% … %}`` begins and ends; what has no end is none."""
    endless: set[str] = set()
    found = _OPENING.search(source)
    while found is not None:
        begin, kind = found.start(), found[0]
        end = -1 if kind in endless else source.find(_ENDS[kind], begin + 2)
        if end < 0:
            endless.add(kind)
            found = _OPENING.search(source, begin + 1)
            continue
        yield begin, end + 2
        found = _OPENING.search(source, end + 2)


def replaced(source: str, by: Callable[[str], str]) -> str:
    """``source`` with something else in place of each piece of Liquid."""
    parts: list[str] = []
    end = 0
    for begin, until in spans(source):
        parts += (source[end:begin], by(source[begin:until]))
        end = until
    return "".join((*parts, source[end:]))


def open_raws(source: str) -> int:
    """How many ``{% raw %}`` stand behind the last ``{% endraw %}``: the parser looks to the end for each of them."""
    count = 0
    for found in _RAW.finditer(source):
        count = 0 if found[1] else count + 1
    return count
