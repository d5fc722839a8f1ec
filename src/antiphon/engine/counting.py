"""What a tick counts of the people in its buckets: totals, engagement, hours, products."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Connection

from antiphon.decisions.timing import counting as rhythms
from antiphon.engine import queries
from antiphon.people import answers, counting
from antiphon.people.counted import ACTS, JUDGED, RELATIONS, RESPONSES, VALUED, VISITS
from antiphon.people.deliveries import add_up

_ACTS = counting.acts(counting.FRESH)
_VISITS = counting.visits(counting.NEWS)
_ORDERS = counting.orders(counting.NEWS)
_PRODUCTS = counting.products(counting.FRESH)

#: Names of what tells at which hours people are about.
_ABOUT = frozenset(rhythms.NAMES)

#: The statements that count engagement, for whoever measures them.
ENGAGEMENT = (_ACTS, answers.COUNT_FRESH, _VISITS, _ORDERS, counting.TAKE_DELIVERED, counting.ADD_DELIVERED)


def count(connection: Connection, values: Callable[..., dict[str, Any]], names: AbstractSet[str], zone: int) -> None:
    """Count fresh events. ``names``: what they are called, so that nothing is looked for in vain."""
    connection.execute(queries.COUNT_EVENTS, values(valued=list(VALUED), judged=list(JUDGED)))
    if not names.isdisjoint(ACTS):
        connection.execute(_ACTS, values(**counting.acts_values(RESPONSES)))
    if not names.isdisjoint(VISITS):
        connection.execute(_VISITS, values(**counting.VISITS_VALUES))
    if not names.isdisjoint(VALUED):
        connection.execute(_ORDERS, values(**counting.ORDERS_VALUES))
    if not names.isdisjoint(RELATIONS):
        connection.execute(_PRODUCTS, values(**counting.PRODUCTS_VALUES))
    if not names.isdisjoint(RESPONSES):
        connection.execute(answers.COUNT_FRESH, values(**answers.VALUES))
        connection.execute(queries.COUNT_HOURS, values(responses=list(RESPONSES), zone=zone))
    if not names.isdisjoint(_ABOUT):
        connection.execute(rhythms.COUNT_FRESH, values(**rhythms.VALUES, zone=zone))


def count_delivered(connection: Connection, buckets: Sequence[int]) -> set[tuple[int, int]]:
    """Count what providers took since the last tick; returns of whom (bucket, person).

    Taken out first, then counted: dispatch adds rows without these buckets' locks, and what comes between stays.
    """
    rows = connection.execute(counting.TAKE_DELIVERED, {"buckets": buckets}).all()
    if rows:
        connection.execute(counting.ADD_DELIVERED, add_up(tuple(row) for row in rows))
    return {(row[0], row[1]) for row in rows}
