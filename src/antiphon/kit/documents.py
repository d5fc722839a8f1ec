"""Files that people write in YAML: read into plain values, with the line of what is wrong."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import RoundTripScanner

MAX_BYTES = 1_000_000
#: Levels of brackets inside each other, ten times what anybody writes.
DEEPEST = 100
#: Keys and values that a file may come to: more than fit into one without aliases that anybody would write.
MAX_PARTS = 300_000


class UnreadableError(Exception):
    """Why a file is no document; ``line`` counts from 1, 0 when there is none."""

    def __init__(self, what: str, hint: str = "", line: int = 0) -> None:
        super().__init__(what)
        self.what, self.hint, self.line = what, hint, line


class _Scanner(RoundTripScanner):
    """Gives up at brackets in brackets in brackets: what it does for each grows with their number, to half a minute."""

    def fetch_flow_collection_start(self, *what: Any, **opens: Any) -> None:
        if self.flow_level >= DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(*what, **opens)


def load(text: str, kind: str, start: str) -> CommentedMap:
    """The one mapping that a file holds. ``kind`` names it (``journey``), ``start`` says how one begins."""
    if len(text.encode()) > MAX_BYTES:
        raise UnreadableError("the file is over 1 MB.", f"A {kind} is text of some kilobytes.")
    yaml = YAML(typ="rt")
    yaml.Scanner = _Scanner
    yaml.allow_duplicate_keys = False
    yaml.preserve_quotes = True  # a document that is written again keeps its looks
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        hint = "Check the indentation and the quotes around there."
        raise UnreadableError(f"this is not YAML: {error.problem}.", hint, line) from error
    except RecursionError as error:
        raise UnreadableError("the file is nested too deep.", f"A {kind} needs some ten levels at most.") from error
    except (YAMLError, ValueError) as error:
        raise UnreadableError(f"this is not YAML: {error}.") from error
    if not isinstance(document, CommentedMap):
        raise UnreadableError(f"a {kind} file holds one mapping.", start, 1)
    _check_parts(document, kind)
    return document


def _check_parts(document: CommentedMap, kind: str) -> None:
    """Refuses what neither JSON nor the database can keep, NUL and halves of characters that escapes in quotes write; and
    aliases of aliases, of which a few lines are millions of parts, or in rings parts without end."""
    left: list[tuple[Any, int]] = [(document, 1)]
    parts = 0
    while left:
        node, line = left.pop()
        parts += 1
        if parts > MAX_PARTS:
            raise UnreadableError(
                "with its aliases written out the file has no end.", f"Write the {kind} without them."
            )
        if isinstance(node, str) and ("\0" in node or any("\ud800" <= each <= "\udfff" for each in node)):
            raise UnreadableError("a text holds a NUL character, or half of one.", "Write it without.", line)
        if isinstance(node, CommentedMap):
            for key, value in node.items():
                left += [
                    (each, node.lc.data[key][0] + 1 if key in (node.lc.data or ()) else line) for each in (key, value)
                ]
        elif isinstance(node, CommentedSeq):
            left += [(value, node.lc.data[place][0] + 1 if node.lc.data else line) for place, value in enumerate(node)]


def dump(document: CommentedMap, indented: int = 2) -> str:
    """A document that was read, as text again: comments, quotes and folds stay. ``indented``: the column of lists' dashes."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096  # nothing is folded that was not
    yaml.indent(mapping=2, sequence=indented + 2, offset=indented)
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def plain(node: Any) -> Any:
    """The document as plain values; ``on`` and the like stay the words that were written."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    return int(node) if isinstance(node, int) else float(node) if isinstance(node, float) else str(node)


def line_of(document: Any, path: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest part of the path that exists in the document."""
    line, node = 1, document
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return line
