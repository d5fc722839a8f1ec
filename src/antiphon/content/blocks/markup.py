"""Markup that authors write, made so that it stays in its block.

Three things hold of what comes out: each tag that it opens it closes, in each branch of its Liquid too; its Liquid is whole by
itself; and it holds no comment, no conditional comment, no style and no script. So nothing in it reaches its neighbours.
"""

import re
from html import escape

import nh3
from liquid import BoundTemplate, ConditionalBlockNode, Node, RenderContext
from liquid.builtin.expressions import FilteredExpression, StringLiteral
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.builtin.tags.unless_tag import UnlessNode

from antiphon.content.liquid.environment import all_nodes
from antiphon.content.liquid.spans import replaced
from antiphon.content.templates import HTML, TemplateError, parse

#: Signs that no text has (private use): they carry Liquid through the cleaning.
_OPEN, _CLOSE = "\ue000", "\ue001"
_CARRIED = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_DELIMITERS = re.compile(r"\{\{|\}\}|\{%|%\}")

_INLINE = {"b", "strong", "i", "em", "u", "s", "del", "small", "sub", "sup", "span", "br", "a", "code"}
_RICH = _INLINE | {"p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "div"}
_TABLES = {"table", "thead", "tbody", "tr", "td", "th", "img", "hr", "center"}
_STYLES = {
    "color", "background-color", "font-weight", "font-style", "font-size", "font-family", "text-align", "text-decoration",
    "line-height", "letter-spacing", "text-transform", "vertical-align", "padding", "padding-top", "padding-bottom",
    "padding-left", "padding-right", "border", "border-top", "border-bottom", "border-radius", "border-collapse", "width",
    "max-width", "height", "white-space", "list-style-type",
}  # fmt: skip
_EVERY = {"style", "title", "dir", "lang"}
_ATTRIBUTES = {
    "a": {"href", *_EVERY},
    "img": {"src", "alt", "width", "height", *_EVERY},
    "table": {"width", "align", "cellpadding", "cellspacing", "border", "role", *_EVERY},
    "td": {"width", "align", "valign", "colspan", "rowspan", "bgcolor", *_EVERY},
    "th": {"width", "align", "valign", "colspan", "rowspan", "bgcolor", *_EVERY},
    **dict.fromkeys(("p", "span", "h1", "h2", "h3", "h4", "div", "ul", "ol", "li", "blockquote", "tr"), _EVERY),
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_SILENT = {"script", "style", "title", "textarea", "xmp", "noscript", "iframe", "svg", "math", "template"}
_VOID = {"br", "hr", "img", "col", "wbr", "input", "meta", "link"}
_VOID_TAG = re.compile(r"<(br|hr|img|wbr)\b((?:[^<>\"]|\"[^\"]*\")*?)\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
#: What shows none of the values that it asks about.
_ASKING = (IfNode, UnlessNode, CaseNode, ConditionalBlockNode, MultiExpressionBlockNode)
_WORD = re.compile(r"\{%-?\s*(\w+)")


def clean(source: str, *, tables: bool = False) -> str:
    """Rich text as it may stand in an email; raises ``ValueError`` that says what cannot be kept in its place.

    What is not among the tags and attributes of emails is left out; what is open is closed. ``tables``: tables and pictures too.
    """
    markup, liquid = _carried(source)
    kept = nh3.clean(
        markup,
        tags=_RICH | _TABLES if tables else _RICH,
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        link_rel=None,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
    )
    found = _CARRIED.sub(lambda match: liquid[int(match[1])], _VOID_TAG.sub(r"<\1\2 />", kept))
    whole(found)
    balanced(found)
    return found


def escaped(text: str) -> str:
    """Text with Liquid in it for a place of text or for an attribute: only the Liquid stays as it is."""
    markup, liquid = _carried(text)
    return _CARRIED.sub(lambda match: liquid[int(match[1])], escape(markup, quote=True))


def _carried(source: str) -> tuple[str, list[str]]:
    """``source`` with its Liquid taken out, and the Liquid by its numbers."""
    if _OPEN in source or _CLOSE in source:
        raise ValueError("it has signs of the private use area (U+E000, U+E001), which no text needs")
    liquid: list[str] = []

    def taken(piece: str) -> str:
        liquid.append(piece)
        return f"{_OPEN}{len(liquid) - 1}{_CLOSE}"

    markup = replaced(source, taken)
    if stray := _DELIMITERS.search(markup):
        raise ValueError(f"`{stray[0]}` has no other end")
    return markup, liquid


def whole(source: str) -> None:
    """Raises ``ValueError`` unless the Liquid of ``source`` is whole by itself and ends nothing but its own loops."""
    try:
        template = parse(HTML, source, "text").bound
    except TemplateError as error:
        raise ValueError(str(error)) from error
    except Exception as error:  # python-liquid raises at a stray end or break while the tree is looked at
        if type(error).__module__.startswith("liquid"):
            raise ValueError(f"its Liquid is not whole: {error}") from error
        raise
    if _breaks_out(template, template.nodes, RenderContext(template)):
        raise ValueError("`break` and `continue` stand outside of a loop: they would end the whole email")
    _escapes(template)


def _escapes(template: BoundTemplate) -> None:
    """Raises ``ValueError`` where Liquid itself would write a tag: what a template says is not escaped, nor what is ``safe``."""
    for node in all_nodes(template):
        waiting = list(node.expressions())
        while waiting:
            one = waiting.pop()
            waiting += one.children()
            if isinstance(one, StringLiteral) and "<" in one.value and not isinstance(node, _ASKING):
                raise ValueError(f"Liquid writes a tag in {one.value[:40]!r}; write tags outside of the braces")
            if isinstance(one, FilteredExpression) and any(each.name == "safe" for each in one.filters or ()):
                raise ValueError("`| safe` lets a value write tags of its own, which reach beyond its block")


def _breaks_out(template: BoundTemplate, nodes: list[Node], context: RenderContext) -> bool:
    for node in nodes:
        if isinstance(node, BreakNode | ContinueNode):
            return True
        if isinstance(node, ForNode | TablerowNode):
            continue
        if _breaks_out(template, list(node.children(context, include_partials=False)), context):
            return True
    return False


def balanced(source: str) -> None:
    """Raises ``ValueError`` where a tag is left open or closes what it did not open, in the whole or in a branch of Liquid."""
    markup, liquid = _carried(source)
    if "<!" in markup or "<?" in markup or "-->" in markup:
        raise ValueError("it has a comment or a declaration; take it out, Liquid has {% comment %}")
    opened: list[str] = []
    branches: list[tuple[str, int]] = []
    for match in re.finditer(f"{_TAG.pattern}|{_CARRIED.pattern}", markup):
        if match[4] is not None:
            _branch(liquid[int(match[4])], branches, opened)
            continue
        name = match[2].lower()
        if match[1]:
            if not opened or opened[-1] != name or (branches and len(opened) <= branches[-1][1]):
                raise ValueError(f"</{name}> closes what is not open in its place")
            opened.pop()
        elif name not in _VOID and not match[3].endswith("/"):
            opened.append(name)
            if len(opened) > DEEPEST:
                raise ValueError(f"its tags stand more than {DEEPEST} levels inside each other")
    if opened:
        raise ValueError(f"<{opened[-1]}> is not closed")
    if "<" in (rest := _TAG.sub("", markup)):
        raise ValueError(f"`{rest[rest.index('<') :][:20]}` is not a whole tag; write &lt; for the sign itself")


#: Levels of tags inside each other.
DEEPEST = 100
_ARMS = {"else", "elsif", "when"}
_BLOCKS = {"if", "unless", "case", "for", "tablerow", "capture", "ifchanged"}


def _branch(liquid: str, branches: list[tuple[str, int]], opened: list[str]) -> None:
    """Where a branch begins and where it ends, and where a loop is left, equally many tags are open."""
    found = _WORD.match(liquid)
    word = found[1] if found else ""
    if word in _BLOCKS:
        branches.append((word, len(opened)))
    elif word in {"break", "continue"}:
        if len(opened) != next((depth for tag, depth in reversed(branches) if tag in {"for", "tablerow"}), -1):
            raise ValueError(f"`{liquid}` leaves its loop inside of a tag that nothing closes then")
    elif branches and (word in _ARMS or word.startswith("end")):
        if len(opened) != branches[-1][1]:
            raise ValueError(f"a tag begins on one side of `{liquid}` and ends on the other")
        if word.startswith("end") and word.removeprefix("end") in _BLOCKS:
            branches.pop()
