"""Which tables of a statement are joined by which key. Part of :mod:`antiphon.store.statements`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlglot import exp

from antiphon.store.schema import metadata

#: The distribution column of each kind of table, and the kind's name.
KEYS = {"bucket": "per-person", "abucket": "per-address", "pbucket": "per-product"}

_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)


def key_of(table: str) -> str | None:
    """The distribution column of a table: the first column of its primary key, where that is a bucket."""
    found = metadata.tables.get(table)
    first = next(iter(found.primary_key.columns), None) if found is not None else None
    return first.name if first is not None and first.name in KEYS else None


@dataclass(slots=True)
class Source:
    """Something that rows come from: a table, a subquery, a CTE, a function. ``keys``: of the tables inside it."""

    name: str
    number: int
    keys: frozenset[str] = frozenset()
    label: str = ""


@dataclass(slots=True)
class Result:
    """What a query gives its reader: the keys of the tables inside, and where its column ``bucket`` comes from."""

    keys: frozenset[str] = frozenset()
    exposed: dict[str, list[int]] = field(default_factory=dict)
    inner: list[Source] = field(default_factory=list)
    correlated: bool = False


Scope = dict[str, Source]


class Joins:
    """Reads one statement; ``broken`` holds what it found."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._numbers = count()
        self._parents: dict[tuple[str, Any], Any] = {}
        self._ctes: dict[str, Result] = {}
        self._reach = 0  # how many scopes out a column was found that the scope under way uses

    def read(self, statement: Any) -> Result:
        """Read a query, UPDATE or DELETE of the whole statement, or the query of an INSERT."""
        self._with(statement)
        if isinstance(statement, exp.Insert):
            return self._insert(statement)
        if isinstance(statement, exp.Update | exp.Delete):
            return self._scope(statement, [statement.this, *_origins(statement)], [])
        return self._query(statement, [])

    def _insert(self, statement: exp.Insert) -> Result:
        target = table_of(statement)
        key = key_of(target)
        query = statement.expression
        result = self._query(query, []) if isinstance(query, _QUERIES) else Result()
        foreign = result.keys - {key}
        if key and foreign and not (target == "outbox" and key not in result.keys):
            self.broken.append(
                f"mixes {' and '.join(sorted(KEYS[each] for each in {key, *foreign}))} tables ({target})"
            )
        return result

    def _with(self, statement: Any) -> None:
        listed = statement.args.get("with_")
        for each in listed.expressions if listed else []:
            if isinstance(each.this, _QUERIES):
                self._ctes[each.alias] = self._query(each.this, [])

    def _query(self, query: Any, outer: list[Scope]) -> Result:
        query = query.unnest() if isinstance(query, exp.Subquery) else query
        self._with(query)
        if isinstance(query, exp.SetOperation):
            left, right = self._query(query.this, outer), self._query(query.expression, outer)
            exposed = {key: [*left.exposed.get(key, []), *right.exposed.get(key, [])] for key in KEYS}
            return Result(
                left.keys | right.keys, exposed, left.inner + right.inner, left.correlated or right.correlated
            )
        if not isinstance(query, exp.Select):
            return Result()
        return self._scope(query, _origins(query), outer)

    def _scope(self, statement: Any, origins: Iterable[Any], outer: list[Scope]) -> Result:
        """One FROM with its conditions."""
        scope: Scope = {}
        was, self._reach = self._reach, 0
        for origin in origins:
            self._source(origin, scope, outer)
        nested = self._conditions(statement, scope, outer)
        self._check(scope, nested)
        keys = frozenset[str]().union(*(source.keys for source in scope.values()))
        result = Result(keys, self._exposed(statement, scope, outer), list(scope.values()), self._reach > 0)
        self._reach = max(
            was, self._reach - 1
        )  # what reached past the reader of this one reached out of the reader, too
        if _single_row(statement):
            result.keys = frozenset()
        return result

    def _source(self, origin: Any, scope: Scope, outer: list[Scope]) -> None:
        source = Source(origin.alias_or_name or f"?{len(scope)}", next(self._numbers))
        lateral = isinstance(origin, exp.Lateral)
        inner = origin.this if lateral else origin
        if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Identifier):
            source.label = inner.name
            known = self._ctes.get(inner.name)
            if known is None:
                source.keys = frozenset(key for key in [key_of(inner.name)] if key)
            else:
                self._adopt(source, known)
        elif isinstance(inner, exp.Subquery):
            # a plain subquery cannot look aside; LATERAL can. Both are as well joined as what is inside them.
            result = self._query(inner, [scope, *outer] if lateral else outer)
            self._adopt(source, result)
            if result.correlated:
                for each in result.inner:
                    for key in each.keys:
                        self._join(key, source.number, each.number)
        scope[source.name] = source

    def _adopt(self, source: Source, result: Result) -> None:
        source.keys, source.label = result.keys, source.label or source.name
        for key, numbers in result.exposed.items():
            for number in numbers:
                self._join(key, source.number, number)

    def _conditions(self, statement: Any, scope: Scope, outer: list[Scope]) -> list[tuple[Result, bool]]:
        """Join what the statement's conditions join; the subqueries among its expressions, and whether they are joined
        to their reader: by a column of its, or by IN."""
        nested: list[tuple[Result, bool]] = []
        for join in _joins(statement):
            for column in join.args.get("using") or []:
                numbers = [source.number for source in scope.values()]
                for number in numbers[1:]:
                    self._join(column.name, numbers[0], number)
        for node in _expressions(statement):
            if isinstance(node, exp.Column) and node.table:
                self._resolve(node, [scope, *outer])  # may reach out of this scope
            elif isinstance(node, exp.EQ):
                self._equal(node.this, node.expression, [scope, *outer])
            elif isinstance(node, exp.In) and node.args.get("query") is not None:
                nested.append((self._membership(node, [scope, *outer]), True))
            elif isinstance(node, _QUERIES) and not isinstance(node.parent, exp.In):
                result = self._query(node, [scope, *outer])
                nested.append((result, result.correlated))
        return nested

    def _membership(self, node: exp.In, scopes: list[Scope]) -> Result:
        result = self._query(node.args["query"], scopes)
        columns = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        for column in columns:
            if isinstance(column, exp.Column) and column.name in KEYS:
                found = self._resolve(column, scopes)
                for number in result.exposed.get(column.name, []):
                    if found is not None:
                        self._join(column.name, found.number, number)
        return result

    def _equal(self, left: Any, right: Any, scopes: list[Scope]) -> None:
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            for one, other in zip(left.expressions, right.expressions, strict=False):
                self._equal(one, other, scopes)
            return
        for one, other in ((left, right), (right, left)):
            if not (isinstance(one, exp.Column) and one.name in KEYS):
                continue
            source = self._resolve(one, scopes)
            if source is None:
                continue
            if isinstance(other, exp.Column):
                # a bucket may be called otherwise on the other side: an identifier's, a command's, a parameter's
                partner = self._resolve(other, scopes)
                if partner is not None:
                    self._join(one.name, source.number, partner.number)
            elif not isinstance(other, exp.Any) and not other.find(exp.Column):
                self._join(one.name, source.number, other.sql())

    def _resolve(self, column: exp.Column, scopes: list[Scope]) -> Source | None:
        for depth, scope in enumerate(scopes):
            found = scope.get(column.table) if column.table else self._owner(column.name, scope)
            if found is not None:
                self._reach = max(self._reach, depth)
                return found
        return None

    @staticmethod
    def _owner(name: str, scope: Scope) -> Source | None:
        """Whose column an unqualified one is: the only source's, else the first that has such a key."""
        if len(scope) == 1:
            return next(iter(scope.values()))
        return next((source for source in scope.values() if name in source.keys), None)

    def _exposed(self, statement: Any, scope: Scope, outer: list[Scope]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {key: [] for key in KEYS}
        for projection in statement.expressions if isinstance(statement, exp.Select) else []:
            column = projection.this if isinstance(projection, exp.Alias) else projection
            if isinstance(projection, exp.Star) or (
                isinstance(column, exp.Column) and isinstance(column.this, exp.Star)
            ):
                for key in KEYS:
                    found[key] += [source.number for source in scope.values()]
            elif isinstance(column, exp.Column) and projection.alias_or_name in KEYS:
                source = self._resolve(column, [scope, *outer])
                if source is not None:
                    found[projection.alias_or_name].append(source.number)
        return found

    def _check(self, scope: Scope, nested: list[tuple[Result, bool]]) -> None:
        """Hold a scope, and each subquery that looks at it beside it, against the rules on joins."""
        mine = list(scope.values())
        for sources in [mine, *([*mine, *result.inner] for result, related in nested if related)]:
            present = {key for source in sources for key in source.keys}
            if len(present) > 1:
                names = ", ".join(sorted({source.label for source in sources if source.keys}))
                self.broken.append(f"joins per-person and per-address tables ({names})")
            for key in sorted(present):
                keyed = [source for source in sources if key in source.keys]
                if len({self._root(key, source.number) for source in keyed}) > 1:
                    names = ", ".join(sorted({source.label for source in keyed}))
                    self.broken.append(f"joins {KEYS[key]} tables without {key} ({names})")

    def _root(self, key: str, number: Any) -> Any:
        while (parent := self._parents.get((key, number), number)) != number:
            number = parent
        return number

    def _join(self, key: str, one: Any, other: Any) -> None:
        self._parents[key, self._root(key, one)] = self._root(key, other)


def table_of(statement: Any) -> str:
    """The target of an INSERT, UPDATE, DELETE, MERGE or COPY."""
    target = statement.this
    return str(target.this.name if isinstance(target, exp.Schema) else target.name)


def _listed(statement: Any) -> list[Any]:
    """What stands in FROM or USING before any JOIN."""
    start = statement.args.get("from_")
    return [*([start.this] if start is not None else []), *(statement.args.get("using") or [])]


def _joins(statement: Any) -> list[Any]:
    inner = [join for each in _listed(statement) for join in each.args.get("joins") or []]
    return [*inner, *(statement.args.get("joins") or [])]


def _origins(statement: Any) -> list[Any]:
    return [*_listed(statement), *(join.this for join in _joins(statement))]


def _single_row(statement: Any) -> bool:
    """Whether a SELECT is one row of totals, which anything may be joined with."""
    if not isinstance(statement, exp.Select) or statement.args.get("group"):
        return False
    return bool(statement.expressions) and all(each.find(exp.AggFunc, exp.Exists) for each in statement.expressions)


def _expressions(statement: Any) -> Iterator[Any]:
    """The nodes of a statement's own conditions and values, down to its subqueries and not into them."""
    stack: list[Any] = [join.args["on"] for join in _joins(statement) if join.args.get("on") is not None]
    for name, value in statement.args.items():
        if name not in {"from_", "joins", "with_", "using", "this"}:
            stack += value if isinstance(value, list) else [value]
    while stack:
        node = stack.pop()
        if not isinstance(node, exp.Expression):
            continue
        yield node
        if isinstance(node, exp.In) and node.args.get("query") is not None:
            stack.append(node.this)
        elif not isinstance(node, _QUERIES):
            for value in node.args.values():
                stack += value if isinstance(value, list) else [value]
