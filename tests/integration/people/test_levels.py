"""What SQL says of levels and patterns is what Python says, on random people and at every boundary."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import column, func, literal, select, text, values
from sqlalchemy.types import BigInteger, SmallInteger
from tests.conftest import NOON

from antiphon.kit.buckets import bucket_of
from antiphon.people import engagement as pure
from antiphon.people import levels
from antiphon.people.tables import engagement
from antiphon.store.db import Database
from antiphon.store.schema import Instant

_SPANS = (0, 29, 30, 31, 44, 45, 46, 89, 90, 91, 179, 180, 181, 400)
_NOW = literal(NOON, Instant)


def _instant(random: Random, empty: float) -> datetime | None:
    if random.random() < empty:
        return None
    return NOON - timedelta(days=random.choice(_SPANS), seconds=random.choice((-1, 0, 1)))


def _people(random: Random, many: int) -> dict[int, dict[str, pure.Engagement]]:
    people: dict[int, dict[str, pure.Engagement]] = {}
    for person in range(1, many + 1):
        people[person] = {
            channel: pure.Engagement(
                channel,
                delivered=random.choice((0, 4, 5, 60)),
                first_delivered_at=_instant(random, 0.2),
                last_at=_instant(random, 0.3),
                opened_at=_instant(random, 0.7),
                weight=random.random() * 1000,
            )
            for channel in pure.CHANNELS
            if random.random() < 0.8
        }
    return people


@pytest.fixture
def people(db: Database) -> dict[int, dict[str, pure.Engagement]]:
    found = _people(Random(7), 600)
    names = ("delivered", "first_delivered_at", "last_at", "opened_at", "weight")
    rows: list[dict[str, Any]] = [
        {"bucket": bucket_of(person), "person": person, "channel": channel}
        | {name: getattr(one, name) for name in names}
        for person, channels in found.items()
        for channel, one in channels.items()
    ]
    with db.begin("test") as connection:
        connection.execute(engagement.insert(), rows)
    return found


def test_levels_equal_the_pure_ones(db: Database, people: dict[int, dict[str, pure.Engagement]]) -> None:
    row = engagement
    columns = (levels.level(row, _NOW), levels.valid_until(row, _NOW))
    endless = text("'9999-01-01 00:00+00'::timestamptz")
    until = func.least(columns[1], endless)
    statement = select(row.c.person, row.c.channel, columns[0], until)
    with db.read() as connection:
        found = {(r[0], r[1]): r[2:] for r in connection.execute(statement)}
    seen = set()
    for person, channels in people.items():
        for channel, one in channels.items():
            level, until_ = found[person, channel]
            assert level == pure.level(one, NOON), one
            expected = pure.valid_until(one, NOON)
            assert until_ == expected if expected else until_.year == 9999, one
            seen.add((channel, level))
    assert len(seen) == 10  # every level occurs on both channels


def test_levels_and_patterns_of_people_of_an_outer_query(
    db: Database, people: dict[int, dict[str, pure.Engagement]]
) -> None:
    who = values(column("bucket", SmallInteger), column("person", BigInteger), name="who").data(
        [(bucket_of(person), person) for person in [*people, 1_000_000]]
    )
    email, sms = (levels.level_of(channel, who.c.bucket, who.c.person, _NOW) for channel in pure.CHANNELS)
    both = levels.pattern_of(who.c.bucket, who.c.person, _NOW)
    endless = text("'9999-01-01 00:00+00'::timestamptz")
    ends = [func.least(each.valid_until, endless) for each in (email, sms, both)]
    statement = select(who.c.person, email.value, sms.value, both.value, *ends)
    with db.read() as connection:
        rows = connection.execute(statement).all()
    assert len(rows) == len(people) + 1
    for person, *now, email_until, sms_until, until in rows:
        told = people.get(person, {})
        expected = [pure.level(told.get(channel), NOON) for channel in pure.CHANNELS]
        assert now == [*expected, pure.pattern(*expected)]
        assert until == min(email_until, sms_until)
    assert {row[3] for row in rows} == {"both", "email_only", "sms_only", "neither", "new"}
