"""Carrying what came by an identifier to the person whom the identifier goes to."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers.carrying import carry_codes
from antiphon.decisions.timing import counting as rhythms
from antiphon.delivery.models import QUIET
from antiphon.intake import split_queries
from antiphon.intake.homes import Split
from antiphon.kit.buckets import bucket_of
from antiphon.people import answers, counting
from antiphon.people.counted import JUDGED, RESPONSES, VALUED
from antiphon.people.deliveries import add_up


def carry_splits(connection: Connection, splits: Sequence[Split]) -> None:
    """Carry out ``splits``, under the locks of all buckets and abuckets concerned.

    Events go with the identifier that they came by, runs with the event that they are about, messages with their run, and what
    belongs to no run, such as a campaign's, with its address.
    Totals, engagement, products and the watch of both people are counted anew from the events and messages that each has
    then.
    """
    given: dict[str, Any] = {
        "from_buckets": [bucket_of(s.from_person) for s in splits],
        "from_people": [s.from_person for s in splits],
        "to_buckets": [bucket_of(s.to_person) for s in splits],
        "to_people": [s.to_person for s in splits],
        "vias": [f"{s.key[0]}:{s.key[1]}" for s in splits],
    }
    _carry_runs(connection, given)
    for statement in (
        split_queries.FRESH_BETWEEN,
        split_queries.FRESH_GONE,
        split_queries.FRESH_STAY,
        split_queries.EVENTS,
        split_queries.EVENTS_GONE,
        split_queries.PLACES,
        split_queries.PLACES_GONE,
        *split_queries.BY_ADDRESS,
    ):
        connection.execute(statement, given)
    _count_anew(connection, sorted({p for s in splits for p in (s.from_person, s.to_person)}))


def _carry_runs(connection: Connection, splits: dict[str, Any]) -> None:
    """Before the events go: runs are found by the event that they are about."""
    found = {name: connection.execute(query, splits).all() for name, query in split_queries.RUNS.items()}
    rows = [row for rows in found.values() for row in rows]
    if not rows:
        return
    reached = {row.run: row for row in connection.execute(split_queries.GOALS, splits)}
    given: dict[str, Any] = {
        "buckets": [row.bucket for row in rows],
        "runs": [row.id for row in rows],
        "to_buckets": [row.to_bucket for row in rows],
        "to_people": [row.to_person for row in rows],
        "from_buckets": [row.bucket for row in rows],
        "from_people": [row.person for row in rows],
    }
    connection.execute(split_queries.FORGET_ENTRIES, given)
    for statement in split_queries.CARRY_RUNS:
        connection.execute(statement, given)
    for statement in split_queries.ENTRIES.values():
        connection.execute(statement, given)
    kept = [(row.to_bucket, row.id, goal.goal_at, goal.goal_version) for row in rows if (goal := reached.get(row.id))]
    if kept:
        names = ("buckets", "runs", "goals", "versions")
        goals = dict(zip(names, map(list, zip(*kept, strict=True)), strict=True))
        connection.execute(split_queries.REMEMBER_GOALS, goals)
    connection.execute(split_queries.REPOINT, given)
    carry_codes(connection, {row.id: (row.person, row.to_person) for row in rows})


def _count_anew(connection: Connection, people: Sequence[int]) -> None:
    counted: dict[str, Any] = {"buckets": [bucket_of(p) for p in people], "people": list(people)}
    connection.execute(split_queries.FORGET_TOTALS, counted)
    connection.execute(split_queries.RECOUNT, {**counted, "valued": list(VALUED), "judged": list(JUDGED)})
    _count_engagement_anew(connection, counted)
    connection.execute(split_queries.FORGET_PRODUCTS, counted)
    connection.execute(split_queries.RECOUNT_PRODUCTS, {**counted, **counting.PRODUCTS_VALUES})
    connection.execute(split_queries.FORGET_RHYTHM, counted)
    zone = connection.execute(split_queries.BRAND_ZONE).scalar_one()
    connection.execute(split_queries.RECOUNT_RHYTHM, {**counted, **rhythms.VALUES, "zone": zone})
    connection.execute(split_queries.FORGET_WATCH, counted)
    connection.execute(split_queries.REWATCH, {**counted, **split_queries.WATCHED})


def _count_engagement_anew(connection: Connection, counted: dict[str, Any]) -> None:
    connection.execute(split_queries.FORGET_ENGAGEMENT, counted)
    connection.execute(split_queries.RECOUNT_ENGAGEMENT, {**counted, **counting.acts_values(RESPONSES)})
    connection.execute(split_queries.RECOUNT_ANSWERS, {**counted, **answers.VALUES})
    connection.execute(split_queries.RECOUNT_VISITS, {**counted, **counting.VISITS_VALUES})
    connection.execute(split_queries.RECOUNT_ORDERS, {**counted, **counting.ORDERS_VALUES})
    connection.execute(split_queries.FORGET_DELIVERED, counted)
    rows = connection.execute(split_queries.DELIVERED, {**counted, "quiet": list(QUIET)}).all()
    if rows:
        connection.execute(counting.ADD_DELIVERED, add_up(tuple(row) for row in rows))
