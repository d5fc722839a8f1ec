"""Liquid with limits: one environment that escapes for HTML, one for subjects and texts."""

from collections.abc import Iterator
from typing import Any, Literal

from liquid import BoundTemplate, Environment, Node, RenderContext
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidValueError

from antiphon.content.liquid.filters import register

Kind = Literal["html", "text"]

#: The longest range of numbers that a template may write down: filters and ``reversed`` make a list of it.
LONGEST_RANGE = 100_000


class Limited(Environment):
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 1_000_000


class BoundedRange(RangeLiteral):
    """A range that is refused where it is too long to be looked through, before anything is made of it."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        found = super()._make_range(start, stop)
        if found.stop - found.start > LONGEST_RANGE:
            raise LiquidValueError("range literal length limit reached", token=self.token)
        return found


def _environment(*, autoescape: bool) -> Environment:
    environment = Limited(autoescape=autoescape)
    register(environment)
    return environment


HTML = _environment(autoescape=True)
PLAIN = _environment(autoescape=False)


def parsed(environment: Environment, source: str) -> BoundTemplate:
    """``source`` parsed, its ranges bounded; raises python-liquid's errors."""
    template = environment.from_string(source)
    for node in all_nodes(template):
        waiting = list(node.expressions())
        while waiting:
            expression = waiting.pop()
            waiting += expression.children()
            if type(expression) is RangeLiteral:
                expression.__class__ = BoundedRange
    return template


def all_nodes(template: BoundTemplate) -> Iterator[Node]:
    """Every node of a template, those inside others too."""
    context = RenderContext(template)
    waiting = list(template.nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children(context, include_partials=False)
