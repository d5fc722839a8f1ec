"""From messages and their answers to hours by answers, and to decisions that go by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text
from tests.integration.decisions.shop import LOS_ANGELES, Shop, policies
from tests.unit.decisions.batches import policy
from tests.unit.decisions.timing.answering import answer, hump

from antiphon.decisions.decide import decide
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing.answering import learn_answers
from antiphon.decisions.timing.answers import read_answers
from antiphon.decisions.timing.learning import learn_hours
from antiphon.decisions.timing.models import Arm
from antiphon.decisions.timing.standing import standing
from antiphon.kit.buckets import bucket_of
from antiphon.store.db import Database

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENT = policy(("email",), hours=24, half_life=10_000)
PEOPLE, EACH = 70, 50


def rows_of(db: Database, sql: str) -> list[Any]:
    with db.read() as connection:
        return list(connection.execute(text(sql)))


@pytest.fixture
def shop(db: Database) -> Shop:
    """Half of the people answer in the morning and half in the evening, whenever they are written to."""
    shop = Shop(db, NOW)
    people = [shop.person(serial, zone=LOS_ANGELES, die=serial * 7_919) for serial in range(1, PEOPLE + 1)]
    for place, person in enumerate(people):
        shop.address(person, f"p{place}@example.com")
    random = np.random.default_rng(5)
    who = np.repeat(np.arange(PEOPLE), EACH)
    hour = np.asarray(random.integers(8, 21, len(who)) + 0.5, np.float64)
    truth = np.array([hump(20 if place % 2 else 8, 0.98) for place in range(PEOPLE)])
    came = answer(random, who, hour, truth, ready=12)
    _write(db, people, came.person, hour, came.until, came.answered)
    return shop


def _write(
    db: Database,
    people: list[int],
    who: NDArray[np.int64],
    hour: NDArray[np.float64],
    until: NDArray[np.float64],
    answered: NDArray[np.bool_],
) -> None:
    days = np.arange(len(who)) % EACH * 4 + 4
    sent = [NOW.replace(hour=8) - int(day) * DAY + float(at) * HOUR for day, at in zip(days, hour, strict=True)]
    columns = {
        "buckets": [bucket_of(people[each]) for each in who],
        "people": [people[each] for each in who],
        "ids": list(range(1, len(who) + 1)),
        "sent": sent,
    }
    some = np.flatnonzero(answered)
    came = {
        "buckets": [columns["buckets"][row] for row in some],
        "people": [columns["people"][row] for row in some],
        "ids": some.tolist(),
        "at": [sent[row] + float(until[row]) * HOUR for row in some],
    }
    counts = {
        "buckets": [bucket_of(person) for person in people],
        "people": people,
        "responses": [int(answered[who == place].sum()) for place in range(len(people))],
    }
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, "
                "step, occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at, accepted_at) "
                "SELECT k.id % 64, k.id, md5(k.id::text)::uuid, 'a', 'email', 1, 'marketing', k.bucket, k.person, 1, k.id % 7, "
                "1, 'a', 'k', k.at, 1, '{}', k.at, k.at, 'accepted', k.at, k.at FROM unnest(cast(:buckets AS smallint[]), "
                "cast(:people AS bigint[]), cast(:ids AS bigint[]), cast(:sent AS timestamptz[])) k(bucket, person, id, at)"
            ),
            columns,
        )
        connection.execute(
            text(
                "INSERT INTO event (bucket, person, at, id, name, props, received_at) SELECT k.bucket, k.person, k.at, k.id, "
                "'Email Clicked', '{}', k.at FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), "
                "cast(:ids AS bigint[]), cast(:at AS timestamptz[])) k(bucket, person, id, at)"
            ),
            came,
        )
        connection.execute(
            text(
                "INSERT INTO engagement (bucket, person, channel, responses, delivered) SELECT k.bucket, k.person, 'email', "
                f"k.responses, {EACH} FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), "
                "cast(:responses AS int[])) k(bucket, person, responses)"
            ),
            counts,
        )
        connection.execute(
            text(
                "INSERT INTO person_rhythm (bucket, person, hours, acts, last_at) SELECT bucket, person, "
                "array_fill(1::real, ARRAY[48]), 480, last_at FROM (SELECT bucket, person, now() AS last_at FROM engagement) e"
            )
        )


def test_hours_are_learned_of_answers_and_decided_by(shop: Shop) -> None:
    assert learn_hours(shop.db, NOW) is not None
    assert rows_of(shop.db, "SELECT 1 FROM answer_model") == []  # far fewer than 50,000 were delivered
    told = learn_answers(shop.db, NOW, least=PEOPLE * EACH)
    assert told is not None
    assert (told["version"], told["people"], told["own"]) == (1, PEOPLE, PEOPLE)
    assert told["own_weight"]["interval"][0] > 0
    rhythms = np.array([row.answers for row in rows_of(shop.db, "SELECT answers FROM person_rhythm ORDER BY person")])
    assert rhythms.mean(axis=1) == pytest.approx([1] * PEOPLE, abs=0.01)
    serial = [row.id for row in rows_of(shop.db, "SELECT id FROM person ORDER BY id")]
    evening = {row.person for row in rows_of(shop.db, "SELECT person FROM person_address WHERE address ~ '[13579]@'")}
    late = rhythms[:, 16:22].mean(axis=1) > rhythms[:, 5:11].mean(axis=1)
    assert np.mean([(person in evening) == each for person, each in zip(serial, late.tolist(), strict=True)]) > 0.95

    again = learn_answers(shop.db, NOW, least=1)
    assert again is not None
    assert (again["version"], again["fingerprint"]) == (2, told["fingerprint"])
    with shop.db.read() as connection:
        assert standing(connection)["answers"]["fingerprint"] == told["fingerprint"]
        model = read_answers(connection)
    assert model is not None
    for person in serial:
        shop.intent(person)
    with shop.db.begin("test") as connection:
        decide(connection, NOW, shop.asked(), 1, policies(first=PATIENT), BrandSettings())
    rows = rows_of(shop.db, f"SELECT person, due_at, reasons FROM decision WHERE arm = {Arm.ANSWERS:d}")
    assert len(rows) > 2
    for row in rows:
        timing = row.reasons["timing"]
        assert (timing["hours"], timing["answers"], timing["propensity"]) == ("answers", 2, 0.1)
        local = (row.due_at - 8 * HOUR).hour
        assert local >= 15 if row.person in evening else local <= 12


def test_nothing_is_learned_of_answers_before_hours_are(db: Database) -> None:
    assert learn_answers(db, NOW, least=0) is None
