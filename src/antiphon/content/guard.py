"""Carry Liquid unharmed through tools that know only markup.

MJML and CSS inlining parse the source as markup, where a bare ``{% if %}`` between two sections or rows would be
refused or moved. So each Liquid tag becomes a comment where it stands in content, and a word where it stands inside a
tag or is an output, and comes back afterwards.
"""

import re
from dataclasses import dataclass

from antiphon.content.liquid.spans import spans

_MARK = re.compile(r"<!--(zq\d+qz)-->|(zq\d+qz)")
#: What opens and closes markup in which a comment would be out of place.
_EDGES = re.compile(r"""<!--|-->|<(?=[a-zA-Z/!])|>|["']""")


@dataclass(frozen=True, slots=True)
class Guarded:
    markup: str
    liquid: dict[str, str]

    def restore(self, markup: str) -> str:
        """``markup`` with every mark replaced by the Liquid that it stands for."""
        return _MARK.sub(lambda match: self.liquid.get(match[1] or match[2], match[0]), markup)


def guard(source: str) -> Guarded:
    liquid: dict[str, str] = {}
    parts: list[str] = []
    inside = ""  # what is open: '', '<', '<"', "<'", '<!--'
    end = 0
    for begin, until in spans(source):
        chunk = source[end:begin]
        inside = _after(chunk, inside)
        name = f"zq{len(liquid)}qz"
        liquid[name] = source[begin:until]
        comment = source.startswith("{%", begin) and not inside
        parts += [chunk, f"<!--{name}-->" if comment else name]
        end = until
    parts.append(source[end:])
    return Guarded("".join(parts), liquid)


def _after(chunk: str, inside: str) -> str:
    """What is open after ``chunk`` when ``inside`` was open before it."""
    for match in _EDGES.finditer(chunk):
        edge = match[0]
        if inside == "<!--":
            inside = "" if edge == "-->" else inside
        elif not inside:
            inside = edge if edge in {"<", "<!--"} else ""
        elif inside == "<":
            inside = "" if edge in {">", "-->"} else "<" + edge if edge in {'"', "'"} else inside
        elif edge == inside[1]:
            inside = "<"
    return inside
