"""The rules of :mod:`antiphon.store.statements`, one function each, over a parsed statement."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp

from antiphon.store.statement_joins import KEYS, Joins, key_of, table_of
from antiphon.store.statements import Checked

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of commands that it only passes through

_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)

#: What PostgreSQL declares STABLE or VOLATILE and people reach for; ``text || other`` is STABLE as well, but its types
#: are not known here.
_UNSTABLE = re.compile(
    r"(?<!%\()\b(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIMESTAMP|NOW|CLOCK_TIMESTAMP|STATEMENT_TIMESTAMP"
    r"|DATE_TRUNC|TO_CHAR|TO_TIMESTAMP|TIMEZONE|AGE|DATE_PART|EXTRACT|RANDOM|GEN_RANDOM_UUID|NEXTVAL"
    r"|JSONB?_BUILD_OBJECT|JSONB?_BUILD_ARRAY|TO_JSONB?|ROW_TO_JSON|CONCAT|CONCAT_WS|FORMAT|ARRAY_TO_STRING)\b",
    re.IGNORECASE,
)
_DEEP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_FUNCTION = re.compile(
    rf"\b(?P<word>FROM|USING) (?P<call>unnest{_DEEP}) (?:AS )?(?P<alias>\w+)(?P<columns>{_DEEP}) JOIN\b", re.IGNORECASE
)
_LOCAL_TYPES = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIME}


def check(sql: str) -> Checked:
    """Read a statement and hold it against every rule."""
    try:
        statement = _parse(sql.replace("%%", "%"))
    except sqlglot.ParseError as error:
        if re.match(
            r"\s*(LISTEN|UNLISTEN|NOTIFY|LOCK|RESET|DISCARD|ALTER|CREATE|DROP|SAVEPOINT|RELEASE|ROLLBACK)\b",
            sql,
            re.IGNORECASE,
        ):
            return Checked((), frozenset())
        return Checked((f"cannot be read: {str(error).splitlines()[0]}",), frozenset())
    if statement is None:
        return Checked((), frozenset())
    joins = Joins()
    joins.read(statement)
    broken = [*joins.broken, *_writing_ctes(statement), *_locks(statement), *_sets(statement), *_anti_insert(statement)]
    broken += _of_nothing(statement)
    return Checked(tuple(dict.fromkeys(broken)), frozenset(_targets(statement)))


def _parse(sql: str) -> Any:
    try:
        return sqlglot.parse_one(sql, read="postgres")
    except sqlglot.ParseError:
        # sqlglot takes no JOIN after a function in UPDATE … FROM and DELETE … USING, but after a subquery it does
        wrapped = _FUNCTION.sub(_wrap, sql)
        if wrapped == sql:
            raise
        return sqlglot.parse_one(wrapped, read="postgres")


def _wrap(found: re.Match[str]) -> str:
    return f"{found['word']} (SELECT * FROM {found['call']} {found['alias']}{found['columns']}) {found['alias']} JOIN"


def _targets(statement: Any) -> Iterator[str]:
    for node in statement.find_all(*_WRITES):
        yield table_of(node)
    if isinstance(statement, exp.TruncateTable):
        yield from (table.name for table in statement.expressions)
    if isinstance(statement, exp.Copy) and statement.args.get("kind"):
        yield table_of(statement)


def _writing_ctes(statement: Any) -> Iterator[str]:
    for each in statement.find_all(exp.CTE):
        if isinstance(each.this, _WRITES):
            yield f"a CTE that writes ({each.alias})"


def _locks(statement: Any) -> Iterator[str]:
    """FOR UPDATE reaches across buckets unless a condition names them."""
    for select in statement.find_all(exp.Select):
        if not select.args.get("locks"):
            continue
        keys = {key_of(table.name) for table in select.find_all(exp.Table)} - {None}
        where = select.args.get("where")
        named = {
            side.name
            for equal in (where.find_all(exp.EQ) if where else [])
            for side, other in ((equal.this, equal.expression), (equal.expression, equal.this))
            if isinstance(side, exp.Column) and not other.find(exp.Column)
        }
        for key in sorted(str(key) for key in keys - named):
            yield f"FOR UPDATE without a constant {key}"


def _sets(statement: Any) -> Iterator[str]:
    """What UPDATE and ON CONFLICT may set columns to, in tables that are spread."""
    for node in statement.find_all(exp.Update, exp.Insert):
        target = table_of(node)
        key = key_of(target)
        conflict = node.args.get("conflict")
        values = node.expressions if isinstance(node, exp.Update) else conflict.expressions if conflict else []
        if key is None:
            continue
        for each in values:
            if isinstance(each, exp.EQ):
                yield from _set(each, target, key)


def _set(each: exp.EQ, target: str, key: str) -> Iterator[str]:
    columns = each.this.expressions if isinstance(each.this, exp.Tuple) else [each.this]
    if any(column.name == key for column in columns):
        yield f"updates the distribution column {key} of {target}"
    value = each.expression
    place = f"setting {target}.{', '.join(column.name for column in columns)}"
    found = _UNSTABLE.search(value.sql("postgres"))
    if found:
        yield f"{found[0].lower()}() is not immutable, {place}"
    if value.find(exp.Interval) or any(cast.to.this == exp.DType.INTERVAL for cast in value.find_all(exp.Cast)):
        yield f"arithmetic with intervals is not immutable, {place}"
    if value.find(exp.AtTimeZone):
        yield f"AT TIME ZONE is not immutable, {place}"
    if any(cast.to.this in _LOCAL_TYPES and cast.find(exp.Column) for cast in value.find_all(exp.Cast)):
        yield f"a cast to local time is not immutable, {place}"
    if any(case.find(exp.Select) for case in value.find_all(exp.Case)):
        yield f"CASE over a subquery, {place}"


def _anti_insert(statement: Any) -> Iterator[str]:
    for insert in statement.find_all(exp.Insert):
        target = table_of(insert)
        if insert.args.get("conflict"):
            continue
        for each in insert.find_all(exp.Not):
            inside = each.this.find(exp.Select) if isinstance(each.this, exp.Exists | exp.Paren) else None
            if inside is not None and any(table.name == target for table in inside.find_all(exp.Table)):
                yield f"INSERT … WHERE NOT EXISTS ({target}): use ON CONFLICT DO NOTHING"


def _of_nothing(statement: Any) -> Iterator[str]:
    """In a statement over spread tables a cluster answers a subquery that looks at no other table first, whatever table that
    asks, and cannot keep rows without columns meanwhile."""
    if not any(key_of(table.name) for table in statement.find_all(exp.Table)):
        return
    for each in statement.find_all(exp.Exists):
        inside = each.this
        if not isinstance(inside, exp.Select) or inside.expressions:
            continue
        tables = list(inside.find_all(exp.Table))
        own = {table.alias_or_name for table in tables}
        if tables and all(column.table in own or not column.table for column in inside.find_all(exp.Column)):
            yield f"EXISTS (SELECT FROM {tables[0].name}): SELECT 1"


__all__ = ["KEYS", "check"]
