"""A template that is rendered for many: parsed by python-liquid, compiled to one Python function upon its first use.

python-liquid stays the judge: what the compiler does not cover, what comes near a limit and whatever fails is rendered by it, so
that the output and the errors are its own.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.content import ContentNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.ifchanged_tag import IfChangedNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.exceptions import LiquidError

from antiphon.content.links import Links
from antiphon.content.liquid.environment import HTML, PLAIN, Kind, all_nodes, parsed
from antiphon.content.liquid.errors import FAILURES, AbortError, TemplateError, UnsupportedError
from antiphon.content.liquid.expressions import Expressions
from antiphon.content.liquid.nodes import Nodes
from antiphon.content.liquid.runtime import NAMES
from antiphon.content.liquid.writer import Writer

_KEPT = 512
#: Text, outputs and tags; an email of blocks has some hundred.
_MOST_NODES = 10_000


class Template:
    """``source`` as python-liquid has parsed it (``bound``), rendered by compiled code where there is some."""

    __slots__ = ("_functions", "bound")

    def __init__(self, bound: BoundTemplate) -> None:
        self.bound = bound
        self._functions: dict[bool, Callable[..., str] | None] = {}

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for one person; raises what python-liquid raises."""
        render = self.compiled(links=False)
        if render is not None:
            try:
                return render(values, None)
            except (*FAILURES, AbortError):
                pass
        return self.bound.render(**values)

    def render_linked(self, values: Mapping[str, Any], links: Links) -> str:
        """The same with every link of the HTML rewritten, as :meth:`Links.in_html` does it."""
        render, before = self.compiled(links=True), len(links.urls)
        if render is not None:
            try:
                return render(values, links)
            except (*FAILURES, AbortError):
                links.forget(before)
        return links.in_html(self.render(values))

    def compiled(self, *, links: bool) -> Callable[..., str] | None:
        """The function that renders; ``None`` where the template holds what the compiler does not cover."""
        if links not in self._functions:
            try:
                self._functions[links] = _function(self.bound, links=links)
            except (*FAILURES, UnsupportedError, SyntaxError, RecursionError, MemoryError):
                self._functions[links] = None
        return self._functions[links]


@lru_cache(maxsize=_KEPT)
def _template(environment: Environment, source: str) -> tuple[Template, str]:
    """The template of ``source``, and the filters in it that there are not."""
    template = Template(parsed(environment, source))
    return template, ", ".join(sorted(set(template.bound.analyze().filters) - set(environment.filters)))


def compile_template(source: str, kind: Kind, what: str = "template") -> Template:
    """The template of ``source``; ``what`` names it in the :class:`TemplateError` that says what is wrong with it."""
    environment = HTML if kind == "html" else PLAIN
    try:
        template, unknown = _template(environment, source)
    except LiquidError as error:
        raise TemplateError(f"The {what} is not valid Liquid: {error}.", "Check the tags and their ends.") from error
    if unknown:
        raise TemplateError(f"The {what} uses a filter that there is not: {unknown}.", "Check its spelling.")
    return template


def _function(template: BoundTemplate, *, links: bool) -> Callable[..., str]:
    nodes = list(all_nodes(template))
    if len(nodes) > _MOST_NODES:
        raise UnsupportedError("so much that compiling it would take seconds")
    for node in nodes:
        if isinstance(node, ContentNode):
            node.text.encode()  # a person's values are asked where they are shown
    assigned = {str(node.name) for node in nodes if isinstance(node, (AssignNode, CaptureNode))}
    counted = {str(node.name) for node in nodes if isinstance(node, (IncrementNode, DecrementNode))}
    writer = Writer()
    if assigned:
        writer.line("L = {}")
    if counted or any(isinstance(node, (CycleNode, IfChangedNode)) for node in nodes):
        writer.line(f"C = {writer.constant(lambda: RenderContext(template))}()")
    Nodes(writer, Expressions(writer, template, assigned, counted), template, links=links).whole(template.nodes)
    names = {**NAMES, **writer.constants}
    exec(compile(writer.source("def render(V, link):"), "<template>", "exec"), names)  # noqa: S102 - see writer.py
    render: Callable[..., str] = names["render"]
    return render
