"""Property filters as SQL over a JSONB column: never an error, whatever the JSON holds."""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Numeric, and_, any_, case, cast, func, literal, true
from sqlalchemy.dialects.postgresql import JSONB, TEXT

from antiphon.audiences.models import PropertyFilter

_COMPARE: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def node(document: ColumnElement[Any], prop: str) -> ColumnElement[Any]:
    """The JSON value at a path; null when it is missing."""
    return document.op("#>", return_type=JSONB())(_path(prop))


def text_of(document: ColumnElement[Any], prop: str) -> ColumnElement[str]:
    """The value at a path as text; null when missing or null."""
    return document.op("#>>", return_type=TEXT())(_path(prop))


def _path(prop: str) -> ColumnElement[Any]:
    """One value, however many names: functions take a hundred."""
    return literal(prop.split("."), ARRAY(TEXT))


def number_of(document: ColumnElement[Any], prop: str) -> ColumnElement[Any]:
    """The value at a path if it is a JSON number, else null: a cast of anything else would stop the whole crowd."""
    value = node(document, prop)
    return case((func.jsonb_typeof(value) == "number", cast(text_of(document, prop), Numeric)), else_=None)


def compile_filter(filter_: PropertyFilter, document: ColumnElement[Any]) -> ColumnElement[bool]:
    """Truth of one filter; a missing property is false for all but ``ne``, and never null."""
    value = node(document, filter_.prop)
    text = text_of(document, filter_.prop)
    match filter_.op:
        case "exists":
            truth: ColumnElement[bool] = text.is_not(None)
            return truth if filter_.value is not False else ~truth
        case "eq":
            truth = value == cast(_json(filter_.value), JSONB)
        case "ne":
            return func.coalesce(value != cast(_json(filter_.value), JSONB), true())
        case "in":
            options = filter_.value if isinstance(filter_.value, list) else []
            # one value for all: a statement has room for 65,535
            written = literal([orjson.dumps(option).decode() for option in options], ARRAY(TEXT))
            truth = value == any_(cast(written, ARRAY(JSONB)))
        case "contains":
            truth = func.strpos(func.lower(text), str(filter_.value).lower()) > 0
        case _:
            truth = _COMPARE[filter_.op](number_of(document, filter_.prop), filter_.value)
    return func.coalesce(truth, False)


def _json(value: Any) -> ColumnElement[Any]:
    return literal(value, JSONB(none_as_null=False))


def compile_filters(filters: list[PropertyFilter], document: ColumnElement[Any]) -> ColumnElement[bool]:
    """All of them at once; true when there are none."""
    return and_(true(), *(compile_filter(one, document) for one in filters))
