"""Conditions of every kind, made by hypothesis."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.integration.audiences.world import CHANNELS, END, NAMES, PRODUCTS, RELATIONS, STATES

from antiphon.audiences.models import Condition

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)

Plain = dict[str, Any]

SPANS = st.sampled_from(("1h", "5h", "1d", "3d", "30d", "90d", "400d"))
SCALARS = st.sampled_from(("US", "us", 18, 18.5, "18", True, False, "bern", ""))
NUMBERS = st.sampled_from((0, 17, 18, 18.5, 50, 49.99, -30))


@st.composite
def tests_of(draw: st.DrawFn, names: tuple[str, ...], key: str) -> Plain:
    op = draw(st.sampled_from(("eq", "ne", "in", "contains", "gt", "gte", "lt", "lte", "exists")))
    value: Any = draw(NUMBERS if op in {"gt", "gte", "lt", "lte"} else SCALARS)
    if op == "in":
        value = draw(st.lists(SCALARS, max_size=3))
    if op == "exists":
        value = draw(st.sampled_from((None, True, False)))
    return {key: draw(st.sampled_from(names)), "op": op, "value": value}


def _some(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Plain]:
    """Each of some fields, or not."""
    return st.fixed_dictionaries({}, optional=choices)


def _of(kind: str, *parts: st.SearchStrategy[Plain]) -> st.SearchStrategy[Plain]:
    def joined(fields: tuple[Plain, ...]) -> Plain:
        return {"kind": kind} | {name: value for each in fields for name, value in each.items()}

    return st.tuples(*parts).map(joined)


def _bounds(most: int) -> st.SearchStrategy[Plain]:
    number = st.integers(0, most)
    return st.one_of(
        number.map(lambda n: {"at_least": n}),
        number.map(lambda n: {"at_most": n}),
        st.tuples(number, number).map(lambda two: {"at_least": min(two), "at_most": max(two)}),
    )


def _field(name: str, values: Any) -> st.SearchStrategy[Plain]:
    chosen = values if isinstance(values, st.SearchStrategy) else st.sampled_from(values)
    return chosen.map(lambda value: {name: value})


NONE: st.SearchStrategy[Plain] = st.just({})
WINDOW = _field("within", SPANS)
SOME_PRODUCTS = st.lists(st.sampled_from((*PRODUCTS, "unheard of")), min_size=1, max_size=2)
SOME_CATEGORIES = st.lists(st.sampled_from(("shoes", "sale", "hats", "none")), min_size=1, max_size=2)
CLOCKS = st.sampled_from(("00:00", "01:30", "09:00", "17:45", "23:59"))
INSTANTS = st.integers(-4000, 4000).map(lambda hours: (END + timedelta(hours=hours)).isoformat())
WEEKDAYS = st.lists(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), min_size=1, max_size=4)

LEVELS = ("engaged", "cooling", "unengaged", "new", "none")
PATTERNS = ("both", "email_only", "sms_only", "neither", "new")
COUNTED = ("responses", "clicks", "replies", "opens", "visits", "orders", "delivered")

TRAIT = (_of("trait", tests_of(("country", "age", "vip", "home.city", "home", "unknown"), "trait")),)
CONSENT = (_of(
    "consent", _field("channel", CHANNELS), _field("purpose", ("marketing", "transactional", "cart")),
    _field("state", STATES), _some(double_opt_in=st.booleans()),
),)  # fmt: skip
FILTERS = _field("where", st.lists(tests_of(("color", "total", "missing"), "prop"), max_size=2))
EVENT = (
    _of("event", _field("event", NAMES), _bounds(4)),
    _of("event", _field("event", NAMES), st.one_of(NONE, _bounds(4)), WINDOW, FILTERS),
    _of("event", _field("event", NAMES), st.one_of(NONE, _bounds(4)), _field("since", ("occasion",)), FILTERS),
)
ENGAGEMENT = (
    _of(
        "engagement",
        _field("channel", CHANNELS),
        _field("level", st.lists(st.sampled_from(LEVELS), min_size=1, max_size=2)),
    ),
    _of("engagement", _field("pattern", PATTERNS)),
    _of("engagement", _field("channel", CHANNELS), _field("responded_within", SPANS)),
    _of("engagement", _field("channel", CHANNELS), _field("delivered_within", SPANS)),
    _of("engagement", _field("channel", CHANNELS), _field("count", COUNTED), _bounds(6)),
)
PURCHASE = (
    _of("purchase", st.one_of(NONE, _bounds(4)), st.one_of(NONE, WINDOW, _field("since", ("occasion",)))),
    _of("purchase", _field("measure", ("sum",)), _bounds(200), st.one_of(NONE, WINDOW, _field("since", ("occasion",)))),
    _of("purchase", _field("measure", ("order",)), _bounds(100), st.one_of(WINDOW, _field("since", ("occasion",)))),
    _of("purchase", _field("age_of", ("first", "last")), _field("older_than", SPANS), _some(newer_than=SPANS)),
    _of("purchase", _field("age_of", ("first", "last")), _field("newer_than", SPANS)),
    _of("purchase", _field("product", SOME_PRODUCTS), _some(within=SPANS)),
    _of("purchase", _field("category", SOME_CATEGORIES), _some(within=SPANS, product=SOME_PRODUCTS)),
)
SEGMENT = (_of("segment", _field("segment", ("regulars", "strangers", "unheard of"))),)
AFFINITY = (_of("affinity", _field("channel", CHANNELS)),)
PREDICTION = (
    _of("prediction", _field("prediction", ("high_value", "lapsing"))),
    _of(
        "prediction", _field("measure", ("revenue_365d", "orders_365d", "days_since_order")),
        _field("statistic", ("high_value_revenue", "lapse_days", "usual_orders", "not_yet_learned")),
        _some(side=st.sampled_from(("at_least", "below"))),
    ),
)  # fmt: skip
PRODUCT = (
    _of("product", _field("relation", RELATIONS), WINDOW, _some(product=SOME_PRODUCTS)),
    _of("product", _field("relation", RELATIONS), _some(product=SOME_PRODUCTS, category=SOME_CATEGORIES, within=SPANS)),
    _of("product", _field("of", ("occasion",)), _field("in_stock", (True, False)), _some(price_below=st.just(20))),
    _of("product", _field("of", ("occasion",)), _field("price_below", (5.01, 10, 10.01, 100))),
)
CHANCE = (
    _of("chance", _field("share", st.sampled_from((0, 0.1, 0.5, 1))), _some(salt=st.sampled_from(("", "a", "b|1")))),
)
DATE = (
    _of("date", _field("after", INSTANTS)),
    _of("date", _field("before", INSTANTS)),
    _of("date", _field("weekdays", WEEKDAYS)),
    _of(
        "date", _field("from_hour", CLOCKS), _field("until_hour", CLOCKS), _some(weekdays=WEEKDAYS)
    ).filter(lambda one: one["from_hour"] != one["until_hour"]),
    _of("date", st.just({"anniversary": "birthday"}), _field("within", ("0s", "1d", "30d", "364d"))),
)  # fmt: skip

KINDS: dict[str, tuple[st.SearchStrategy[Plain], ...]] = {
    "trait": TRAIT, "consent": CONSENT, "event": EVENT, "engagement": ENGAGEMENT, "purchase": PURCHASE, "segment": SEGMENT,
    "affinity": AFFINITY, "prediction": PREDICTION, "product": PRODUCT, "chance": CHANCE, "date": DATE,
}  # fmt: skip


def _valid(plain: Plain) -> bool:
    """Whether somebody can match: bounds that exclude each other are refused, and tested elsewhere."""
    return not (plain["kind"] == "purchase" and plain.get("at_least", 0) > plain.get("at_most", 10**9))


#: Each question that a kind can be asked with, on its own.
QUESTIONS = {f"{kind} {n}": one.filter(_valid) for kind, several in KINDS.items() for n, one in enumerate(several)}

ANY = st.one_of(*QUESTIONS.values())
COMPOSED = st.recursive(
    ANY,
    lambda inner: st.one_of(
        st.builds(lambda kind, of: {"kind": kind, "of": of}, st.sampled_from(("all", "any")), st.lists(inner, max_size=3)),
        inner.map(lambda one: {"kind": "not", "of": one}),
    ),
    max_leaves=5,
).filter(lambda one: one["kind"] in {"all", "any", "not"}).map(ADAPTER.validate_python)  # fmt: skip
