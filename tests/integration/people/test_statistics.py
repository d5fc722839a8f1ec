"""The figures of everybody equal those that the database works out over all at once, and stand for a day."""

from datetime import datetime, timedelta
from random import Random

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.kit.buckets import BUCKETS, bucket_of, person_id
from antiphon.people.statistics import LEAST, refresh
from antiphon.store.db import Database

DAY = timedelta(days=1)
_OVER_ALL = text("""
SELECT (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY s) FROM (
            SELECT sum((props->>'revenue')::float8) AS s FROM event
             WHERE name = 'Order Completed' AND at > :now - interval '365 days' GROUP BY person) r),
       (SELECT percentile_cont(0.8) WITHIN GROUP (ORDER BY extract(epoch FROM gap) / 86400) FROM (
            SELECT at - lag(at) OVER (PARTITION BY person ORDER BY at) AS gap FROM event
             WHERE name = 'Order Completed' AND at > :now - interval '730 days') g),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(props->>'value', props->>'revenue')::float8) FROM event
         WHERE at > :now - interval '90 days' AND name IN ('Order Completed', 'Cart Abandoned'))
""")


def _lives(db: Database, people: int, random: Random, most: int = 6) -> None:
    rows, number = [], 0
    for n in range(people):
        person = person_id(n + 1, BUCKETS[n % 256])
        for _ in range(random.randint(1, most)):
            number += 1
            at: datetime = NOON - random.random() * 500 * DAY
            name, key = random.choice([("Order Completed", "revenue"), ("Cart Abandoned", "value"), ("Other", "value")])
            rows.append(
                {
                    "bucket": bucket_of(person),
                    "person": person,
                    "at": at,
                    "id": number,
                    "name": name,
                    "props": Jsonb({key: round(random.lognormvariate(4, 1), 2)}),
                }
            )
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                "VALUES (:bucket, :person, :at, :id, :name, :props, :at)"
            ),
            rows,
        )


def test_figures_equal_those_over_everybody_at_once(db: Database) -> None:
    _lives(db, 300, Random(3))
    found = refresh(db, NOON)
    assert found is not None
    with db.read() as connection:
        expected = connection.execute(_OVER_ALL, {"now": NOON}).one()
        stored = {row.name: row for row in connection.execute(text("SELECT name, value, n, at FROM statistic"))}
    names = ("high_value_revenue", "lapse_days", "median_cart")
    assert [found[name].value for name in names] == pytest.approx(list(expected))
    assert {name: (row.value, row.n, row.at) for name, row in stored.items()} == {
        name: (found[name].value, found[name].n, NOON) for name in names
    }


def test_figures_stand_for_a_day(db: Database) -> None:
    _lives(db, 100, Random(4))
    assert refresh(db, NOON) is not None
    assert refresh(db, NOON + 0.99 * DAY) is None
    assert refresh(db, NOON + DAY) is not None
    assert refresh(db, NOON + DAY, stopping=lambda: True, force=True) is None


def test_few_tell_nothing_and_odd_amounts_stop_nobody(db: Database) -> None:
    _lives(db, LEAST - 1, Random(5), most=1)
    with db.begin("test") as connection:
        for number, amount in enumerate(('"dear"', "1e300", "null", "[5]")):
            connection.execute(
                text(
                    "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                    "VALUES (0, 1, :at, :id, 'Order Completed', jsonb_build_object('revenue', cast(:amount AS jsonb)), :at)"
                ),
                {"at": NOON - DAY, "id": 10_000 + number, "amount": amount},
            )
        connection.execute(text("INSERT INTO statistic VALUES (1, 'lapse_days', 9, 40, :at)"), {"at": NOON - 9 * DAY})
    assert refresh(db, NOON) == {}
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM statistic")).scalar_one() == 0
