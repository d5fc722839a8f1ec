"""``match``: an event is about the same thing as a run's occasion, such as the same cart or one product of both."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Boolean, ColumnElement, Table, Text, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from antiphon.audiences.filters import text_of
from antiphon.people.tables import event

#: Between a list and the property of its lines: ``products[].product_id``.
_LINES = "[]."

#: A property that both sides have, by path; or one of a list's lines, of which they share one value.
Match = Annotated[str, Field(max_length=200, pattern=r'^[^\[\]"\\]+(\[\]\.[^\[\]"\\]+)?$', examples=["cart_id"])]


def same(match: str | None, props: ColumnElement[Any], occasion: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether two events are about the same thing; where one of them lacks the property, they are.

    Of lines one in common will do; an event about a single product carries the property itself, without a list.
    """
    if match is None:
        return literal(True)
    if _LINES not in match:
        return func.coalesce(text_of(props, match) == text_of(occasion, match), True)
    theirs, ours = _values(match, props), _values(match, occasion)
    none = literal([], JSONB)
    shared = _texts(theirs).op("&&", return_type=Boolean())(_texts(ours))
    return func.coalesce(or_(theirs == none, ours == none, shared), True)


def match_words(match: str | None) -> str:
    """``of the same cart_id``, ``of one of the same products``, with a space before it; nothing where anything will do."""
    if match is None:
        return ""
    return f" of one of the same {match.split(_LINES)[0]}" if _LINES in match else f" of the same {match}"


def occasion_props(runs: Table, match: str | None) -> ColumnElement[Any]:
    """The properties of the event that a run is about, by primary key; null where nothing is to be matched."""
    if match is None:
        return literal(None, JSONB)
    occasion = event.alias("occasion")
    return (
        select(occasion.c.props)
        .where(
            occasion.c.bucket == event.c.bucket,
            occasion.c.person == event.c.person,
            occasion.c.at == runs.c.occasion_at,
            occasion.c.id == runs.c.occasion_event,
        )
        .correlate(event, runs)
        .scalar_subquery()
    )


def _values(match: str, props: ColumnElement[Any]) -> ColumnElement[Any]:
    """The values as a JSON array. All functions are immutable, and none stands in a FROM: a cluster takes both nowhere."""
    lines, prop = match.split(_LINES)
    inside = "".join(f'."{name}"' for name in prop.split("."))
    listed = "".join(f'."{name}"' for name in lines.split("."))
    paths = (f"${inside} ? (@ != null)", f"${listed}[*]{inside} ? (@ != null)")
    found = [func.jsonb_path_query_array(props, cast(literal(path, Text), JSONPATH), type_=JSONB) for path in paths]
    return found[0].op("||", return_type=JSONB())(found[1])


def _texts(values: ColumnElement[Any]) -> ColumnElement[Any]:
    """The values as an array of texts, in which the product 42 is the product "42": shops tell of both.

    Compared as JSON, two carts of 1,600 lines took 1.2 s, and sixty of them the whole time of a statement; so 0.3 s. In an
    array of texts nothing but its own quotes can be a quote, a comma, a blank and a quote: those inside are escaped.
    """
    quoted = cast(_only("string", values), Text)
    inside = func.substr(quoted, 3, func.greatest(func.length(quoted) - 4, 0))
    bare = func.regexp_replace(cast(_only("number", values), Text), r"\.0+(?=[],])", "", "g")  # 43.0 is 43
    return func.array_cat(func.string_to_array(inside, '", "'), func.string_to_array(func.btrim(bare, "[]"), ", "))


def _only(kind: str, values: ColumnElement[Any]) -> ColumnElement[Any]:
    path = cast(literal(f'$[*] ? (@.type() == "{kind}")', Text), JSONPATH)
    return func.jsonb_path_query_array(values, path, type_=JSONB)
