"""Expressions of Liquid as Python: statements written ahead where a lookup may fail, and an expression that says the value.

Lookups have no effects and an error in one leads to python-liquid, so that those of a whole condition may stand before it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from liquid import BoundTemplate, Expression, Markup, RenderContext
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Nil, Path, StringLiteral
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import (
    Blank,
    Empty,
    FalseLiteral,
    FloatLiteral,
    IntegerLiteral,
    Literal,
    TrueLiteral,
)
from liquid.context import builtin

from antiphon.content.liquid.environment import BoundedRange
from antiphon.content.liquid.errors import UnsupportedError
from antiphon.content.liquid.writer import Writer

#: Properties that python-liquid makes up where a value has no such key.
_MADE_UP = frozenset({"size", "first", "last"})
_CLOCK = frozenset({"now", "today"})


@dataclass(frozen=True, slots=True)
class Loop:
    """A ``for`` around what is written: the Python names of the item, its index, and the number of turns."""

    identifier: str
    item: str
    index: str
    turns: str
    name: str


class Expressions:
    """Writes expressions of one template. ``assigned`` and ``counted``: the names that its tags give values to."""

    def __init__(self, writer: Writer, template: BoundTemplate, assigned: set[str], counted: set[str]) -> None:
        self._writer = writer
        self._environment = template.env
        self._context = RenderContext(template)
        self._assigned, self._counted = assigned, counted
        self.loops: list[Loop] = []
        self._known: list[dict[tuple[object, ...], str]] = [{}]

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is looked up inside is known until its end, because it may not run."""
        self._known.append({})
        yield
        self._known.pop()

    def known(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        """The name that holds ``key`` already, or the one that ``make`` writes."""
        for names in reversed(self._known):
            if key in names:
                return names[key]
        found = self._known[-1][key] = make()
        return found

    def value(self, expression: Expression) -> str:
        """A Python expression without effects: a name, a constant, or something cheap in parentheses."""
        if isinstance(expression, Path):
            return self._path(expression)
        if isinstance(expression, FilteredExpression):
            return self._filtered(expression)
        if isinstance(expression, BoundedRange):
            made = self._writer.constant(expression._make_range)  # noqa: SLF001 - of our own class
            return self._held(f"{made}({self.value(expression.start)}, {self.value(expression.stop)})")
        if type(expression) in _CONSTANTS:
            return self._constant(expression)
        return f"({self.condition(expression)})"

    def _constant(self, expression: Expression) -> str:
        if isinstance(expression, StringLiteral):
            text = expression.value
            return self._writer.constant(Markup(text) if self._environment.autoescape else text)
        if isinstance(expression, (Empty, Blank)):
            return self._writer.constant(expression)
        return "None" if isinstance(expression, Nil) else self._writer.constant(cast(Literal[Any], expression).value)

    def condition(self, expression: Expression) -> str:
        """A Python expression that is true or false as Liquid takes it."""
        if isinstance(expression, BooleanExpression):
            return self.condition(expression.expression)
        if isinstance(expression, (LogicalAndExpression, LogicalOrExpression)):
            joint = "and" if isinstance(expression, LogicalAndExpression) else "or"
            return f"({self.condition(expression.left)} {joint} {self.condition(expression.right)})"
        if type(expression) in _COMPARISONS:
            return _COMPARISONS[type(expression)](self, expression)
        if isinstance(expression, (Path, BoundedRange)) or type(expression) in _CONSTANTS:
            name = self.value(expression)
            return f"(type({name}) in SOLID or truthy({name}))"
        raise UnsupportedError(type(expression).__name__)

    def equality(self, left: str, right: Expression) -> str:
        """Whether the value named ``left`` equals ``right``."""
        other = self.value(right)
        if isinstance(right, StringLiteral):
            return f"({left} == {other} if type({left}) is str else equal({left}, {other}))"
        return f"equal({left}, {other})"

    def named(self, expression: Expression) -> str:
        """:meth:`value`, always as one name."""
        code = self.value(expression)
        return code if code.isidentifier() else self._held(code)

    def _held(self, code: str) -> str:
        name = self._writer.name()
        self._writer.line(f"{name} = {code}")
        return name

    def _path(self, path: Path) -> str:
        root, *rest = path.path
        if not isinstance(root, str):
            raise UnsupportedError("a path in brackets")
        loop = next((each for each in reversed(self.loops) if root in {each.identifier, "forloop"}), None)
        if loop is not None:
            if root == "forloop":
                return self._helper(len(self.loops) - 1, rest)
            return self._looked_up(root, loop.item, rest) if rest else loop.item
        if root == "partial":
            return self._looked_up(root, self._writer.constant(False), rest)
        return self._looked_up(root, None, rest)

    def _helper(self, depth: int, rest: list[Any]) -> str:
        """``forloop`` and its properties; the object itself is python-liquid's business."""
        while rest and rest[0] == "parentloop" and depth > 0:
            depth, rest = depth - 1, rest[1:]
        loop = self.loops[depth]
        properties = {
            "index": f"({loop.index} + 1)",
            "index0": loop.index,
            "rindex": f"({loop.turns} - {loop.index})",
            "rindex0": f"({loop.turns} - {loop.index} - 1)",
            "first": f"({loop.index} == 0)",
            "last": f"({loop.index} == {loop.turns} - 1)",
            "length": loop.turns,
        }
        if len(rest) != 1 or isinstance(rest[0], Path) or rest[0] not in {*properties, "name"}:
            raise UnsupportedError("forloop")
        return properties.get(rest[0]) or self._writer.constant(loop.name)

    def _looked_up(self, root: str, base: str | None, rest: list[Any]) -> str:
        keys = tuple(self._path(key) if isinstance(key, Path) else key for key in rest)
        if base is None and root in self._assigned | self._counted | _CLOCK:
            return self._lookup(root, self._scoped(root), rest, keys)
        start = base or f"V[{self._writer.constant(root)}]"
        kinds = tuple(type(key) for key in rest)
        return self.known((start, kinds, keys), partial(self._lookup, root, start, rest, keys))

    def _scoped(self, root: str) -> str:
        """A name that a tag may have given a value to, or that python-liquid knows: where to look, in its order."""
        key = self._writer.constant(root)
        code = f"V[{key}]"
        if root in self._counted:
            code = f"V[{key}] if {key} in V else C.counters[{key}]"
        if root in _CLOCK:
            code = f"V[{key}] if {key} in V else {self._writer.constant(builtin)}[{key}]"
        return f"(L[{key}] if {key} in L else {code})" if root in self._assigned else f"({code})"

    def _lookup(self, root: str, start: str, rest: list[Any], keys: tuple[Any, ...]) -> str:
        writer, name, code = self._writer, self._writer.name(), start
        for key, written in zip(rest, keys, strict=True):
            if isinstance(key, str) and key not in _MADE_UP:
                code = f"{code}[{writer.constant(key)}]"
            else:
                item = written if isinstance(key, Path) else writer.constant(key)
                code = f"{writer.constant(self._context.get_item)}({code}, {item})"
        with writer.block("try:"):
            writer.line(f"{name} = {code}")
        with writer.block("except NOWHERE:"):
            writer.line(f"{name} = {writer.constant(self._environment.undefined(root, token=None))}")
        return name

    def _filtered(self, expression: FilteredExpression) -> str:
        code = self.value(expression.left)
        for each in expression.filters or ():
            code = self._filter(each, code)
        return code

    def _filter(self, found: Filter, left: str) -> str:
        function = self._environment.filters[found.name]
        if getattr(function, "with_context", False):
            raise UnsupportedError(found.name)
        given: Mapping[str, Any] = {}
        if getattr(function, "with_environment", False):
            given = {"environment": self._environment}
        arguments, named = [left], []
        for argument in found.args:
            value = self.value(argument.value)
            if isinstance(argument, KeywordArgument):
                named.append(f"{self._writer.constant(argument.name)}: {value}")
            else:
                arguments.append(value)
        if named:
            arguments.append(f"**{{{', '.join(named)}}}")
        called = self._writer.constant(partial(function, **given) if given else function)
        code = f"{called}({', '.join(arguments)})"
        if found.name == "default" and left.isidentifier():
            code = f"{left} if type({left}) is str and {left} else {code}"
        return self._held(code)


def _equals(to: Expressions, expression: Any) -> str:
    return to.equality(to.named(expression.left), expression.right)


def _relation(form: str) -> Callable[[Expressions, Any], str]:
    """``form`` names the function and its arguments: l and r for the sides, k for the token of the operator."""

    def written(to: Expressions, expression: Any) -> str:
        names = {"l": to.value(expression.left), "r": to.value(expression.right)}
        names["k"] = to._writer.constant(expression.token)  # noqa: SLF001 - the same module
        function, *arguments = form.split()
        return f"{function}({', '.join(names[each] for each in arguments)})"

    return written


_COMPARISONS: Mapping[type, Callable[[Expressions, Any], str]] = {
    EqExpression: _equals,
    NeExpression: lambda to, expression: f"(not {_equals(to, expression)})",
    LtExpression: _relation("less k l r"),
    GtExpression: _relation("less k r l"),
    LeExpression: _relation("less_or_equal l r"),
    GeExpression: _relation("less_or_equal r l"),
    ContainsExpression: _relation("contains k l r"),
}
_CONSTANTS = frozenset({TrueLiteral, FalseLiteral, Nil, StringLiteral, IntegerLiteral, FloatLiteral, Empty, Blank})
