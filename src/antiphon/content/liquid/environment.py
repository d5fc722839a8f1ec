"""Liquid with limits: one environment that escapes for HTML, one for subjects and texts."""

from collections.abc import Iterator
from typing import Any, Literal

from liquid import BoundTemplate, Environment, Node, RenderContext
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidSyntaxError, LiquidValueError

from antiphon.content.liquid.filters import register
from antiphon.content.liquid.spans import open_raws, spans

Kind = Literal["html", "text"]

#: The longest range of numbers that a template may write down: filters and ``reversed`` make a list of it.
LONGEST_RANGE = 100_000
#: Neither end is further from 0: of numbers of a thousand digits a list is far larger than it is long.
FURTHEST = 10**18
#: Signs of one tag or output: brackets inside each other are looked at from each of them.
LONGEST_TAG = 10_000


class Limited(Environment):
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 1_000_000


class BoundedRange(RangeLiteral):
    """A range that is refused where it is too long to be looked through, before anything is made of it."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        found = super()._make_range(start, stop)
        if found.stop - found.start > LONGEST_RANGE or max(abs(found.start), abs(found.stop)) > FURTHEST:
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
    if open_raws(source) > 1:
        raise LiquidSyntaxError("raw tag was never closed", token=None)
    if any(until - begin > LONGEST_TAG for begin, until in spans(source)):
        raise LiquidSyntaxError(f"a tag is longer than {LONGEST_TAG:,} signs", token=None)
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
