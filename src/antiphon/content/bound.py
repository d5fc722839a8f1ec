"""The most segments that a text's template can need, before it is rendered: what may be reserved and spent.

The template's tree is added up: text as it is, of branches the largest, loops as often as they may turn, values at their limits
(:class:`Limits`). What is known of a person makes it smaller: known values count as they are, known conditions choose.
The renderer holds every text to the bound of its version: ``content.render`` says how.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from liquid import BoundTemplate, Expression, Node, RenderContext
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.echo_tag import EchoNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.ifchanged_tag import IfChangedNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.builtin.tags.inline_comment_tag import InlineCommentNode
from liquid.builtin.tags.liquid_tag import LiquidNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.stringify import to_liquid_string

from antiphon.content.gsm import EXTENDED, GSM, UCS, bound, is_gsm
from antiphon.content.languages import DEFAULT
from antiphon.content.links import URL
from antiphon.content.liquid.environment import all_nodes
from antiphon.content.liquid.errors import FAILURES
from antiphon.content.sms import names_brand, opt_out_words, plain, shows_way_out
from antiphon.content.templates import PLAIN, Template, TemplateError, parse

#: Carriers refuse longer texts (Twilio: 1,600 characters), and so do we.
LONGEST_TEXT = 1_600
#: Longer than any text, and than anything that is added up here.
_ENDLESS = 10 * LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class Limits:
    """How long values are taken to be, in units of either encoding, and how often a loop turns."""

    #: A name, a product, an amount. One sign outside of GSM-7 in it turns the whole text to UCS-2.
    value: int = 30
    #: An address behind a name with "url" or "link" in it, or in the text: it goes out as a short link of this length.
    link: int = 70
    #: The way to the preference centre, whose token holds the address.
    preferences: int = 150
    turns: int = 10


@dataclass(frozen=True, slots=True)
class Size:
    """At most so many septets in plain typography, and UTF-16 units as written; ``gsm``: nothing else can be in it."""

    septets: int = 0
    units: int = 0
    gsm: bool = True

    @classmethod
    def of(cls, text: str) -> Self:
        found = plain(text)
        septets = len(found) + sum(found.count(char) for char in EXTENDED)
        return cls(septets, len(text.encode("utf-16-le", "surrogatepass")) // 2, is_gsm(found))

    def __add__(self, other: "Size") -> "Size":
        return Size(self.septets + other.septets, self.units + other.units, self.gsm and other.gsm)

    def __or__(self, other: "Size") -> "Size":
        """The larger of two in each respect."""
        return Size(max(self.septets, other.septets), max(self.units, other.units), self.gsm and other.gsm)

    def __mul__(self, times: int) -> "Size":
        return Size(min(_ENDLESS, self.septets * times), min(_ENDLESS, self.units * times), self.gsm)

    @property
    def most(self) -> int:
        """The most segments of a text of this size; typography is made plain where that is less."""
        longest = min(self.units, 2 * LONGEST_TEXT)
        found = bound(longest, UCS)
        return min(found, bound(min(self.septets, 2 * LONGEST_TEXT), GSM)) if self.gsm else found


#: What templates call the person.
PERSON = frozenset({"person", "subscriber"})
_NOTHING, _ANYTHING = Size(), Size(_ENDLESS, _ENDLESS, gsm=False)

_LINK = re.compile(r"url|link", re.IGNORECASE)
_SILENT = (CommentNode, DocNode, InlineCommentNode, BreakNode, ContinueNode)
#: What a filter at most makes of one unit of its input; those with arguments are in ``_WITH_TEXT``. Capitals of a letter are
#: up to three; an entity has up to six; of a unit in UTF-8 come up to three bytes, three signs each in an address.
_GROWTH = {
    "upcase": 3, "downcase": 3, "capitalize": 3, "strip": 1, "lstrip": 1, "rstrip": 1, "strip_html": 1, "strip_newlines": 1,
    "first": 1, "last": 1, "truncate": 1, "truncatewords": 1, "slice": 1, "remove": 1, "remove_first": 1, "remove_last": 1,
    "money": 2, "round": 1, "ceil": 1, "floor": 1, "abs": 1, "plus": 1, "minus": 1, "escape": 6, "escape_once": 6,
    "url_encode": 9, "url_decode": 1, "size": 1, "times": 2, "divided_by": 1, "modulo": 1, "at_least": 1, "at_most": 1,
    "sort": 1, "sort_natural": 1, "where": 1, "map": 1, "uniq": 1, "reverse": 1, "compact": 1, "sum": 1, "split": 1,
}  # fmt: skip


class _Walk:
    """Adds up one template. ``known``: roots of which everything is known, with their values; ``sizes``: of a person's traits."""

    def __init__(
        self,
        bound_template: BoundTemplate,
        known: Mapping[str, Any],
        limits: Limits,
        base_url: str,
        sizes: Mapping[str, Size],
    ) -> None:
        self._known, self._limits, self._base, self._sizes = known, limits, base_url, sizes
        self._context = RenderContext(bound_template, globals=dict(known))
        self._made: dict[str, Size] = {}
        self._items: list[str] = []
        self._turns_left = _MOST_TURNS

    def nodes(self, nodes: Sequence[Node]) -> Size:
        found = _NOTHING
        for node in nodes:
            found += self._node(node)
        return found

    def _node(self, node: Any) -> Size:
        if isinstance(node, _SILENT):
            return _NOTHING
        found = _WALKS.get(type(node))
        return found(self, node) if found else _ANYTHING

    def text(self, node: ContentNode) -> Size:
        return self._linked(node.text)

    def output(self, node: Any) -> Size:
        return self._value(node.expression)

    def assign(self, node: AssignNode) -> Size:
        self._keep(str(node.name), self._value(node.expression))
        return _NOTHING

    def capture(self, node: CaptureNode) -> Size:
        self._keep(str(node.name), self.nodes(node.block.nodes))
        return _NOTHING

    def _keep(self, name: str, size: Size) -> None:
        # inside of a loop it may grow with each turn
        self._made[name] = _ANYTHING if self._items else size

    def block(self, node: Any) -> Size:
        return self.nodes(node.block.nodes)

    def number(self, _: Any) -> Size:
        return _of_ascii(6)

    def cycle(self, node: CycleNode) -> Size:
        return _largest(self._value(each) for each in node.args)

    def branches(self, node: Any) -> Size:
        """The branch that a person takes where everything about them is known, else the largest."""
        first = self._truth(node.condition)
        if first is not None and isinstance(node, UnlessNode):
            first = not first
        arms: list[tuple[bool | None, Any]] = [(first, node.consequence)]
        arms += [(self._truth(each.expression), each.block) for each in node.alternatives]
        possible: list[Any] = []
        for truth, block in arms:
            if truth is not False:
                possible.append(block.nodes)
            if truth:
                return self._one_of(possible)
        return self._one_of([*possible, node.default.nodes if node.default else []])

    def case(self, node: CaseNode) -> Size:
        """One of the blocks where no value stands twice, else they may all be shown."""
        values = [
            (type(each), each.value) if isinstance(each, _LITERALS) else None
            for block in node.blocks
            if isinstance(block, MultiExpressionBlockNode)
            for each in block.expression.expressions
        ]
        once = None not in values and len(set(values)) == len(values)
        blocks = [_inner(block).nodes for block in node.blocks]
        if once:
            return self._one_of([*blocks, []])
        return self.nodes([each for nodes in blocks for each in nodes])

    def loop(self, node: ForNode) -> Size:
        loop = node.expression
        known = self._evaluated(loop.iterable)
        if self._is_known(loop.iterable) and known is not _FAILED:
            body = self._turns(node, known)
        else:
            self._items.append(str(loop.identifier))
            # twice: what a turn assigns is met by the next
            self.nodes(node.block.nodes)
            body = self.nodes(node.block.nodes) * _limited(self._limits.turns, loop)
            self._items.pop()
        return body | (self.nodes(node.default.nodes) if node.default else _NOTHING)

    def _turns(self, node: ForNode, known: Any) -> Size:
        """A loop through what is known: each turn with its own item."""
        items = known if isinstance(known, range) else _gone_through(known)
        self._turns_left -= len(items)
        if self._turns_left < 0:
            return _ANYTHING
        name, before = str(node.expression.identifier), (self._known, self._context)
        hidden, self._items = self._items, [*(one for one in self._items if one != name), _TURN]
        self.nodes(node.block.nodes)  # what a turn assigns is met by the next
        bodies = []
        for item in items:
            self._known = {**before[0], name: item}
            self._context = RenderContext(before[1].template, globals=dict(self._known))
            bodies.append(self.nodes(node.block.nodes))
        (self._known, self._context), self._items = before, hidden
        turns = _limited(len(items), node.expression)
        return _largest(bodies) * turns if turns < len(items) else _sum(bodies)

    def _one_of(self, blocks: Iterable[Sequence[Node]]) -> Size:
        """The largest of several, each from what was known before; after them, names hold the largest that any gave."""
        before, found, after = self._made, _NOTHING, dict(self._made)
        for nodes in blocks:
            self._made = dict(before)
            found |= self.nodes(nodes)
            for name, size in self._made.items():
                after[name] = after.get(name, _NOTHING) | size
        self._made = after
        return found

    def _value(self, expression: Expression) -> Size:
        if self._is_known(expression):
            shown = self._shown(expression)
            if shown is not None:
                return self._linked(shown)
        if isinstance(expression, FilteredExpression):
            found = self._value(expression.left)
            for one in expression.filters or ():
                found = self._filtered(found, one)
            return found
        return self._path(expression) if isinstance(expression, Path) else _ANYTHING

    def _linked(self, text: str) -> Size:
        """Text with its addresses as short links; one that only begins in it is a link as well."""
        found = Size.of(URL.sub("", text)) + _of_ascii(self._limits.link) * text.count("://")
        for url in URL.findall(text):
            # an address of our own is left as it is
            if url.startswith(self._base):
                found += _of_ascii(max(0, len(url) - self._limits.link))
        return found

    def _path(self, path: Path) -> Size:
        names = [str(part) for part in path.path]
        if names[0] in self._made:
            return self._made[names[0]]
        if len(names) == 2 and names[0] in PERSON and names[1] in self._sizes and names[0] not in self._items:
            return self._sizes[names[1]]
        if names[0] == "preferences_url":
            return _of_ascii(self._limits.preferences)
        if names[0] in {"forloop", "tablerowloop"} or names[-1] == "size":
            return _of_ascii(6)
        if any(_LINK.search(name) for name in names):
            return _of_ascii(self._limits.link)
        return Size(self._limits.value, self._limits.value, gsm=False)

    def _filtered(self, size: Size, one: Filter) -> Size:
        arguments = [self._value(each.value) for each in one.args]
        if one.name in _WITH_TEXT:
            return _WITH_TEXT[one.name](size, arguments, self._limits)
        if one.name in _GROWTH:
            # the mark of what was cut, the currency behind an amount
            grown = Size(max(size.septets, 24), max(size.units, 24), size.gsm) * _GROWTH[one.name]
            return grown + _largest(arguments)
        return _ANYTHING

    def _truth(self, expression: Expression) -> bool | None:
        return bool(self._evaluated(expression)) if self._is_known(expression) else None

    def _shown(self, expression: Expression) -> str | None:
        found = self._evaluated(expression)
        return None if found is _FAILED else str(to_liquid_string(found, autoescape=False))

    def _evaluated(self, expression: Expression) -> Any:
        if not self._is_known(expression):
            return None
        try:
            return expression.evaluate(self._context)
        except FAILURES:
            return _FAILED

    def _is_known(self, expression: Expression) -> bool:
        """Whether an expression speaks of nothing but what is known; a date may be that of today, which changes."""
        if isinstance(expression, FilteredExpression) and any(one.name == "date" for one in expression.filters or ()):
            return False
        return all(
            isinstance(root, str) and root in self._known and root not in self._made and root not in self._items
            for root in _roots(expression)
        )


#: Stands among the names of items while a loop is gone through of which each item is known.
_TURN = ""
#: Turns of loops through what is known; of more nothing is said.
_MOST_TURNS = 2_000
_FAILED = object()
_LITERALS = (StringLiteral, IntegerLiteral, FloatLiteral)
_WALKS: Mapping[type, Callable[[_Walk, Any], Size]] = {
    ContentNode: _Walk.text,
    OutputNode: _Walk.output,
    EchoNode: _Walk.output,
    AssignNode: _Walk.assign,
    CaptureNode: _Walk.capture,
    IncrementNode: _Walk.number,
    DecrementNode: _Walk.number,
    CycleNode: _Walk.cycle,
    IfChangedNode: _Walk.block,
    LiquidNode: _Walk.block,
    IfNode: _Walk.branches,
    UnlessNode: _Walk.branches,
    CaseNode: _Walk.case,
    ForNode: _Walk.loop,
}


def _default(size: Size, arguments: Sequence[Size], _: Limits) -> Size:
    return size | _largest(arguments)


def _joined(size: Size, arguments: Sequence[Size], _: Limits) -> Size:
    found = size
    for each in arguments:
        found += each
    return found


def _of_a_list(size: Size, arguments: Sequence[Size], limits: Limits) -> Size:
    return (size + _largest(arguments)) * limits.turns


def _dated(size: Size, arguments: Sequence[Size], _: Limits) -> Size:
    """No directive of ``strftime`` says more than 16 signs for each of its own."""
    return size + _largest(arguments) * 16


def _replaced(size: Size, arguments: Sequence[Size], _: Limits) -> Size:
    """Each sign may become what stands last, and it is put between them all where nothing is looked for."""
    put = arguments[1] if len(arguments) > 1 else _NOTHING
    return size + put * (max(size.septets, size.units) + 1)


_WITH_TEXT: Mapping[str, Callable[[Size, Sequence[Size], Limits], Size]] = {
    "default": _default,
    "append": _joined,
    "prepend": _joined,
    "join": _of_a_list,
    "date": _dated,
    "replace": _replaced,
    "replace_first": _replaced,
}


def _inner(block: Any) -> Any:
    return block.block if isinstance(block, MultiExpressionBlockNode) else block


def _of_ascii(length: int) -> Size:
    return Size(length, length)


def _limited(turns: int, loop: Any) -> int:
    return min(turns, max(0, loop.limit.value)) if isinstance(loop.limit, IntegerLiteral) else turns


def _gone_through(known: Any) -> Sequence[Any]:
    """What a ``for`` goes through; a value that is none counts once, which is never too little."""
    if isinstance(known, Mapping):
        return list(known.items())
    if isinstance(known, (list, tuple)):
        return known
    return [known] if isinstance(known, (str, int, float)) and known else []


def _sum(sizes: Iterable[Size]) -> Size:
    found = _NOTHING
    for size in sizes:
        found += size
    return found


def _largest(sizes: Iterable[Size]) -> Size:
    found = _NOTHING
    for size in sizes:
        found |= size
    return found


def _roots(expression: Expression) -> Iterator[object]:
    """What the paths of an expression begin with."""
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Path):
            yield one.path[0]
        waiting += one.children()


def most_segments(
    template: Template,
    brand: str,
    *,
    known: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    base_url: str = "https://",
    language: str = DEFAULT,
    promotional: bool = True,
    sizes: Mapping[str, Size] | None = None,
) -> int:
    """The most segments that a template can need: for anyone, or for the person whose values are ``known``, or for those whose
    traits are no larger than their ``sizes``."""
    bound_template = template.bound
    walk = _Walk(bound_template, known or {}, limits_of(template, limits or Limits()), base_url, sizes or {})
    found = walk.nodes(bound_template.nodes)
    if promotional:
        always = "".join(node.text for node in bound_template.nodes if type(node) is ContentNode)
        if not names_brand(always, brand):
            found = Size.of(f"{brand}: ") + found
        if not shows_way_out(always):
            found += Size.of(f"\n{opt_out_words(language)}")
    return max(1, found.most)


def limits_of(template: Template, limits: Limits) -> Limits:
    """``limits``, values as long as the longest that the template cuts itself: ``{{ x | truncate: 80 }}``."""
    cuts = [
        each.value.value
        for node in all_nodes(template.bound)
        for expression in node.expressions()
        if isinstance(expression, FilteredExpression)
        for one in expression.filters or ()
        if one.name == "truncate"
        for each in one.args[:1]
        if isinstance(each.value, IntegerLiteral)
    ]
    return replace(limits, value=max(limits.value, *cuts)) if cuts else limits


def clipped(values: Any, limits: Limits) -> Any:
    """``values`` cut to the limits: texts end in "...", lists early; an address stays whole, for it goes out short."""
    if isinstance(values, str):
        return values if URL.fullmatch(values) else _cut(values, limits.value)
    if isinstance(values, Mapping):
        return {name: clipped(value, limits) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [clipped(value, limits) for value in values[: limits.turns]]
    return values


def _cut(text: str, most: int) -> str:
    size = Size.of(text)
    if max(size.septets, size.units) <= most:
        return text
    left, end = most - len("..."), 0
    for char in text:
        one = Size.of(char)
        left -= max(one.septets, one.units)
        if left < 0:
            break
        end += 1
    kept = text[:end]
    # half of an address leads nowhere
    return kept[: kept.rfind("http")].rstrip() + "..." if "://" in kept else kept.rstrip() + "..."


def upper_bound(text: str, brand: str = "x" * 30, sizes: Mapping[str, Size] | None = None) -> int:
    """The most segments that a promotional text's template can need for anyone, its brand's name up to 30 signs long; or for
    those whose traits are no larger than their ``sizes``."""
    try:
        return most_segments(parse(PLAIN, text, "text"), brand, sizes=sizes)
    except TemplateError:
        return max(1, Size.of(text).most)
