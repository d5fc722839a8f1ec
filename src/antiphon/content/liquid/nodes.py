"""Tags and text of Liquid as Python statements."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from liquid import BlockNode, BoundTemplate, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import LoopExpression, StringLiteral
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

from antiphon.content.links import prepared
from antiphon.content.liquid.anchors import Anchor, Piece, with_anchors
from antiphon.content.liquid.errors import UnsupportedError
from antiphon.content.liquid.expressions import Expressions, Loop
from antiphon.content.liquid.writer import Writer

_OUTPUTS = (OutputNode, EchoNode)
_SILENT = (CommentNode, DocNode, InlineCommentNode)
#: Pieces that are put together at once.
_WIDTH = 32
#: python-liquid's limit of nested scopes is 30, of which it uses some itself.
_DEEPEST = 20


class Buffer:
    """A list of texts that generated code fills, and the number of characters in it; what waits is written as one."""

    def __init__(self, writer: Writer) -> None:
        self.parts, self.size = writer.name(), writer.name()
        self._writer = writer
        self._waiting: list[str] = []
        writer.line(f"{self.parts} = []")
        writer.line(f"{self.size} = 0")

    def add(self, name: str) -> None:
        """``name`` holds a text."""
        self._waiting.append(name)
        if len(self._waiting) == _WIDTH:
            self.flush()

    def count(self, name: str) -> None:
        """Count the characters of a text that stands elsewhere."""
        self._writer.line(f"{self.size} += len({name})")

    def flush(self) -> None:
        if not self._waiting:
            return
        writer, piece = self._writer, self._writer.name()
        writer.line(f'{piece} = f"{"".join(f"{{{name}}}" for name in self._waiting)}"')
        writer.line(f"{self.parts}.append({piece})")
        self.count(piece)
        with writer.block(f"if {self.size} > LONGEST:"):
            writer.line("raise Abort")
        self._waiting.clear()


class Nodes:
    """Writes the nodes of one template. ``links``: rewrite the links of HTML with the function ``link``."""

    def __init__(self, writer: Writer, expressions: Expressions, template: BoundTemplate, *, links: bool) -> None:
        self._writer, self._expressions = writer, expressions
        self._escapes, self._links = bool(template.env.autoescape), links
        self._buffer: Buffer | None = None
        self._how = ("calm" if links else "html") if self._escapes else "plain"
        self._writers: Mapping[type, Callable[[Any], None]] = {
            OutputNode: self._output,
            EchoNode: self._output,
            AssignNode: self._assign,
            CaptureNode: self._capture,
            IncrementNode: self._count,
            DecrementNode: self._count,
            CycleNode: self._cycle,
            IfChangedNode: self._changed,
            IfNode: self._branches,
            UnlessNode: self._branches,
            CaseNode: self._case,
            ForNode: self._for,
            BreakNode: self._leave,
            ContinueNode: self._leave,
            LiquidNode: lambda node: self._block(node.block),
        }

    def whole(self, nodes: Sequence[Node]) -> None:
        """A function's body that returns the text."""
        with self._into(Buffer(self._writer)) as buffer:
            self._sequence(nodes)
        self._writer.line(f"return finished({buffer.parts})")

    @contextmanager
    def _into(self, buffer: Buffer | None) -> Iterator[Any]:
        outer, self._buffer = self._buffer, buffer
        yield buffer
        if buffer is not None:
            buffer.flush()
        self._buffer = outer

    def _flush(self) -> None:
        if self._buffer is not None:
            self._buffer.flush()

    def _block(self, block: BlockNode) -> None:
        """A block of a tag, with what is known in it; one of nothing but blanks has its effects only."""
        with self._expressions.scope(), self._into(None if block.blank else self._buffer):
            self._sequence(block.nodes)
            self._flush()

    def _sequence(self, nodes: Sequence[Node]) -> None:
        pieces: Iterator[Piece] = iter(_merged(nodes))
        if self._links and self._buffer is not None:
            pieces = with_anchors(pieces, _OUTPUTS)  # type: ignore[arg-type]
        for piece in pieces:
            if isinstance(piece, str):
                self._text(piece)
            elif isinstance(piece, Anchor):
                self._anchor(piece)
            else:
                self._node(piece)

    def _node(self, node: Node) -> None:
        write = self._writers.get(type(node))
        if write is None:
            raise UnsupportedError(type(node).__name__)
        write(node)

    def _text(self, text: str) -> None:
        if text:
            self._show(self._writer.constant(text))

    def _anchor(self, anchor: Anchor) -> None:
        assert self._buffer is not None
        writer, buffer = self._writer, self._buffer
        buffer.add(writer.constant(anchor.opening))
        if len(anchor.pieces) == 1 and isinstance(anchor.pieces[0], str):
            fixed, url = prepared(anchor.pieces[0])
            # the token differs by person, not where the link leads
            buffer.add(writer.constant(fixed) if fixed else self._held(f"link.quoted({writer.constant(url)})"))
            return
        pieces = [
            writer.constant(piece) if isinstance(piece, str) else self._shown(piece, "within")
            for piece in anchor.pieces
        ]
        address = self._held(f'f"{"".join(f"{{{piece}}}" for piece in pieces)}"')
        buffer.count(address)
        buffer.add(self._held(f"link.attribute({address})"))

    def _shown(self, node: Any, how: str) -> str:
        """The name of the text that an output shows; ``how`` is the function that makes it."""
        code = self._expressions.named(node.expression)
        # letters and digits need no escape, and neither they nor ASCII can fail to be UTF-8
        quick = f"type({code}) is str and {code}.{'isalnum' if self._escapes else 'isascii'}()"
        return self._expressions.known((code, how), lambda: self._held(f"{code} if {quick} else {how}({code})"))

    def _held(self, code: str) -> str:
        name = self._writer.name()
        self._writer.line(f"{name} = {code}")
        return name

    def _output(self, node: Any) -> None:
        self._show(self._shown(node, self._how))

    def _show(self, name: str) -> None:
        if self._buffer is not None:
            self._buffer.add(name)

    def _assign(self, node: Any) -> None:
        self._give(node.name, self._expressions.value(node.expression))

    def _give(self, name: str, code: str) -> None:
        self._writer.line(f"L[{self._writer.constant(str(name))}] = {code}")
        self._writer.line("fits(L)")

    def _capture(self, node: Any) -> None:
        text = self._apart(node.block)
        self._give(node.name, f"Markup({text})" if self._escapes else text)

    def _changed(self, node: Any) -> None:
        text = self._held(self._apart(node.block))
        # what stays the same is left out, its characters counted all the same
        self._shown_once(f"{text} if C.ifchanged({text}) else ''")

    def _apart(self, block: BlockNode) -> str:
        """A block written into a buffer of its own: the expression that is its text."""
        if self._links and _has_markup(block):
            raise UnsupportedError("markup that is kept aside")
        self._flush()
        buffer = Buffer(self._writer)
        with self._expressions.scope(), self._into(buffer), self._into(None if block.blank else buffer):
            self._sequence(block.nodes)
        return f"finished({buffer.parts})"

    def _count(self, node: Any) -> None:
        action = "increment" if isinstance(node, IncrementNode) else "decrement"
        self._shown_once(f"str(C.{action}({self._writer.constant(str(node.name))}))")

    def _cycle(self, node: Any) -> None:
        group = self._expressions.value(node.group) if node.group else "None"
        arguments = ", ".join(self._expressions.value(each) for each in node.args)
        self._shown_once(f"{self._how}(cycle(C, {group}, {bool(node.group)}, [{arguments}]))")

    def _shown_once(self, code: str) -> None:
        self._show(self._held(code))

    def _branches(self, node: Any) -> None:
        self._flush()
        first = self._expressions.condition(node.condition)
        conditions = [f"not {first}" if isinstance(node, UnlessNode) else first]
        conditions += [self._expressions.condition(each.expression) for each in node.alternatives]
        blocks = [node.consequence, *(each.block for each in node.alternatives)]
        for number, (condition, block) in enumerate(zip(conditions, blocks, strict=True)):
            with self._writer.block(f"{'elif' if number else 'if'} {condition}:"):
                self._block(block)
        if node.default:
            with self._writer.block("else:"):
                self._block(node.default)

    def _case(self, node: Any) -> None:
        """Each ``when`` that is met shows its block, not only the first; one met twice shows it twice, which is rare."""
        self._flush()
        writer, unmet = self._writer, self._writer.name()
        writer.line(f"{unmet} = True")
        for block in node.blocks:
            if not isinstance(block, MultiExpressionBlockNode):
                with writer.block(f"if {unmet}:"):
                    self._block(block)
                continue
            left = self._expressions.named(block.expression.left)
            met = [self._expressions.equality(left, each) for each in block.expression.expressions]
            times = self._held(" + ".join(met))
            with writer.block(f"if {times}:"):
                writer.line(f"{unmet} = False")
                if len(met) > 1:
                    with writer.block(f"if {times} > 1:"):
                        writer.line("raise Abort")
                self._block(block.block)

    def _for(self, node: Any) -> None:
        self._flush()
        expressions, writer, loop = self._expressions, self._writer, node.expression
        if loop.identifier == "forloop" or len(expressions.loops) == _DEEPEST:
            raise UnsupportedError("for")
        inner = Loop(
            str(loop.identifier), writer.name(), writer.name(), writer.name(), f"{loop.identifier}-{loop.iterable}"
        )
        source = self._gone_through(loop)
        writer.line(f"{inner.turns} = len({source})")
        with writer.block(f"if {inner.turns}:"):
            turns = " * ".join(each.turns for each in (*expressions.loops, inner))
            with writer.block(f"if {turns} > MOST_TURNS:"):
                writer.line("raise Abort")
            if loop.reversed:
                writer.line(f"{source} = list({source})[::-1]")
            expressions.loops.append(inner)
            with writer.block(f"for {inner.index}, {inner.item} in enumerate({source}):"):
                self._block(node.block)
            expressions.loops.pop()
        if node.default:
            with writer.block("else:"):
                self._block(node.default)

    def _gone_through(self, loop: LoopExpression) -> str:
        """The name of what a ``for`` goes through."""
        iterable = self._expressions.named(loop.iterable)
        source = self._held(f"{iterable} if type({iterable}) is list else items({iterable})")
        if loop.limit is None and loop.offset is None:
            return source
        if isinstance(loop.offset, StringLiteral):
            raise UnsupportedError("offset: continue")
        limit, offset = (
            f"to_int({self._expressions.value(each)})" if each is not None else missing
            for each, missing in ((loop.limit, "None"), (loop.offset, "0"))
        )
        return self._held(f"part({source}, {limit}, {offset})")

    def _leave(self, node: Any) -> None:
        if not self._expressions.loops:
            raise UnsupportedError("break outside of a loop")
        self._flush()
        self._writer.line("break" if isinstance(node, BreakNode) else "continue")


def _merged(nodes: Sequence[Node]) -> Iterator[str | Node]:
    """Neighbouring texts as one; what shows nothing left out. Line ends as python-liquid's stream makes them."""
    text = ""
    for node in nodes:
        if type(node) is ContentNode:
            text += node.text.replace("\r\n", "\n").replace("\r", "\n")
        elif type(node) not in _SILENT:
            if text:
                yield text
            text = ""
            yield node
    if text:
        yield text


def _has_markup(block: BlockNode) -> bool:
    """Whether something in a block is text of the template that a search for links could take for a part of one."""
    waiting: list[Any] = [block]
    while waiting:
        node = waiting.pop()
        if type(node) is ContentNode and {"<", '"'} & set(node.text):
            return True
        waiting += node.children(None, include_partials=False)
    return False
