"""Links of an HTML template, found when it is compiled: between the pieces of a person's values, only their tokens differ.

The search of the whole output (:meth:`antiphon.content.links.Links.in_html`) is what counts. What a person brings is escaped and
can neither open nor close a tag, so its matches are those of the template's own text, as long as each link stands in one
sequence of text and outputs. Where it does not, the whole is searched as ever.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from liquid import Node

from antiphon.content.links import HREF
from antiphon.content.liquid.errors import UnsupportedError

#: Where the search stands at the end of a text without a whole link: inside the quotes of one, or too early to say.
_IN_QUOTES = re.compile(r'(<a\b(?:[^<>]|<(?!a\b))*?\bhref=)"([^"]*)\Z', re.IGNORECASE)
_IN_TAG = re.compile(r"<a\b(?:[^<>]|<(?!a\b))*\Z|<\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link: ``opening`` up to the quotes, and the pieces between them."""

    opening: str
    pieces: tuple["str | Node", ...]


Piece = str | Node | Anchor


def with_anchors(pieces: Iterable[str | Node], outputs: tuple[type[Node], ...]) -> Iterator[Piece]:
    """The pieces of one sequence with their links; raises :class:`UnsupportedError` where a tag of Liquid stands in one."""
    opening: str | None = None
    inside: list[str | Node] = []
    for piece in pieces:
        if not isinstance(piece, str):
            if opening is None:
                yield piece
            elif type(piece) in outputs:
                inside.append(piece)
            else:
                raise UnsupportedError("a tag in a link")
            continue
        text = piece
        if opening is not None:
            head, quote, text = text.partition('"')
            inside.append(head)
            if not quote:
                continue
            yield Anchor(opening, tuple(inside))
        opening, inside = yield from _split(text)
    if opening is not None:
        raise UnsupportedError("a link that goes on")


def _split(text: str) -> Generator[Piece, None, tuple[str | None, list[str | Node]]]:
    end = 0
    for match in HREF.finditer(text):
        yield text[end : match.start()]
        yield Anchor(match[1], (match[2],))
        end = match.end()
    rest = text[end:]
    if begun := _IN_QUOTES.search(rest):
        yield rest[: begun.start()]
        return begun[1], [begun[2]]
    if _IN_TAG.search(rest):
        raise UnsupportedError("a value in the tag of a link")
    yield rest
    return None, []
