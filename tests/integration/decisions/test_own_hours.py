"""From what people did to the hours they are written to at, and to what that gained."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.integration.decisions.shop import LOS_ANGELES, Shop, policies
from tests.unit.decisions.batches import policy

from antiphon.cli import timing
from antiphon.decisions.decide import decide
from antiphon.decisions.replaying import queries as replaying
from antiphon.decisions.replaying.keeping import replay_row
from antiphon.decisions.replaying.replay import Outcome
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing.arms import BY_LOT, DRAWN
from antiphon.decisions.timing.asking import gained
from antiphon.decisions.timing.curves import brand_curve
from antiphon.decisions.timing.learning import count_outcomes, learn_hours
from antiphon.decisions.timing.loading import gains
from antiphon.decisions.timing.models import Arm
from antiphon.decisions.timing.standing import standing
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.store.db import Database

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)  # a Tuesday, nine in Los Angeles
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENT = policy(("email",), hours=24, half_life=10_000)
PEOPLE = 60


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db, NOW)


def rows_of(db: Database, sql: str) -> list[Any]:
    with db.read() as connection:
        return list(connection.execute(text(sql)))


def decided(shop: Shop, person: int, due: datetime, arm: Arm | None) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO decision (bucket, id, person, run, journey, version, step, visit, at, decided_at, channel, due_at, "
                "purpose, occasion_key, occasion_at, occasion_event, entry_key, reasons, tick, arm) VALUES (:bucket, :id, "
                ":person, 1, 1, 1, 'a', 1, :due, :due, 'email', :due, 'marketing', 'k', :due, 1, 'k#1', '{}', 1, :arm)"
            ),
            {"bucket": bucket_of(person), "id": hash64(f"{person}{due}"), "person": person, "due": due, "arm": arm},
        )


def answers(shop: Shop, person: int, name: str, at: datetime, *, machine: bool = False) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                "VALUES (:bucket, :person, :at, :id, :name, cast(:props AS jsonb), :at)"
            ),
            {"bucket": bucket_of(person), "person": person, "at": at, "id": hash64(f"{person}{name}"), "name": name,
             "props": '{"machine": true}' if machine else "{}"},
        )  # fmt: skip


def lives(shop: Shop, number: int = PEOPLE, acts: int = 20) -> list[int]:
    """People, half of whom are about at eight in the evening and half at seven in the morning, every other day."""
    people = [shop.person(serial, zone=LOS_ANGELES, die=serial * 7_919) for serial in range(1, number + 1)]
    rows = []
    for place, person in enumerate(people):
        shop.address(person, f"p{place}@example.com")
        hour = 20 if place % 2 else 7
        for act in range(acts):
            day = NOW.replace(hour=0) - (act * 2 + 2) * DAY
            at = day + timedelta(hours=hour + 8)  # eight hours behind UTC in winter
            rows.append({"bucket": bucket_of(person), "person": person, "at": at, "id": place * 1000 + act + 1})
    if not rows:
        return people
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO event (bucket, person, at, id, name, props, received_at) "
                "VALUES (:bucket, :person, :at, :id, 'Product Viewed', '{}', :at)"
            ),
            rows,
        )
    return people


def counted(db: Database) -> None:
    with db.begin("test") as connection:
        connection.exec_driver_sql(import_module("antiphon.store.migrations.versions.0030_rhythms")._FILL)


def test_nothing_is_learned_of_nothing(db: Database) -> None:
    assert learn_hours(db, NOW) is None


def test_people_are_written_to_at_their_own_hours_where_the_lot_says_so(shop: Shop) -> None:
    people = lives(shop)
    counted(shop.db)
    told = learn_hours(shop.db, NOW)
    assert told is not None
    assert (told["people"], told["asked"]) == (PEOPLE, PEOPLE)
    assert learn_hours(shop.db, NOW + HOUR) is None
    model = rows_of(shop.db, "SELECT * FROM rhythm_model")[0]
    assert model.version == 1
    assert model.kappa == max(told["by_evidence"], told["by_later"])
    everybody = [0.0] * 24
    everybody[7] = everybody[20] = sum(2 ** (-(act * 2 + 2) / 365) for act in range(20)) * PEOPLE / 2
    assert model.hours == pytest.approx(brand_curve(np.array(everybody)).tolist(), rel=0.02)
    for person in people:
        shop.intent(person)
    with shop.db.begin("test") as connection:
        report = decide(connection, NOW, shop.asked(), 1, policies(first=PATIENT), BrandSettings())
    assert report.email == PEOPLE
    rows = {row.person: row for row in rows_of(shop.db, "SELECT id, person, arm, due_at, reasons FROM decision")}
    arms = [rows[person].arm for person in people]
    assert {*DRAWN, None} == set(arms)
    with shop.db.read() as connection:
        for person in dict(zip(arms, people, strict=True)).values():  # one of each arm
            kept = {"bucket": bucket_of(person), "id": rows[person].id}
            again = replay_row(connection, connection.execute(replaying.DECISION, kept).one())
            assert (again.outcome, list(again.differences)) == (Outcome.SAME, [])
    for place, person in enumerate(people):
        row = rows[person]
        local = (row.due_at - 8 * HOUR).hour
        by = row.reasons["timing"]["hours"]
        if row.arm == Arm.OWN:
            assert by == "own"
            # from the beginning of the three hours in which they are about
            assert local in ({18, 19, 20} if place % 2 else {5, 6, 7, 8})
        elif row.arm in BY_LOT:
            assert by == Arm(row.arm).name.lower()
            lot = row.reasons["timing"]["lot"]
            assert (lot["hour"], lot["own"] in {18, 19, 20}) == (local, bool(place % 2))
            assert sum(lot["chances"].values()) == pytest.approx(1, abs=1e-3)
        else:
            assert by == "brand"
    # what drawn hours tell, once three days are over
    drawn = [person for person in people if rows[person].arm in BY_LOT]
    answers(shop, drawn[0], "Email Clicked", rows[drawn[0]].due_at + HOUR)
    answers(shop, drawn[1], "Email Clicked", rows[drawn[1]].due_at + HOUR, machine=True)
    assert gained(shop.db, NOW + DAY)["email"]["drawn"]["messages"] == 0
    count_outcomes(shop.db, NOW + 6 * DAY)
    found = gained(shop.db, NOW + 6 * DAY)["email"]
    assert found["drawn"]["messages"] == len(drawn)
    assert 0 < found["drawn"]["own"]["size"] <= len(drawn)
    assert sum(arm["messages"] for arm in found["arms"].values()) == PEOPLE - arms.count(None)
    assert sum(arm["answered"] for arm in found["arms"].values()) == 1
    assert found["needed"]["have"] == min(arms.count(Arm.BRAND), arms.count(Arm.OWN))


def outcome(db: Database, channel: str, arm: Arm, messages: int, answered: int) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO timing_outcome VALUES ('2026-01-01', :channel, :arm, :messages, :answered)"),
            {"channel": channel, "arm": arm, "messages": messages, "answered": answered},
        )


def test_the_gain_is_told_by_channel(
    db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome(db, "email", Arm.OWN, 200_000, 6_000)
    outcome(db, "email", Arm.BRAND, 200_000, 4_000)
    outcome(db, "sms", Arm.OWN, 1_000, 60)
    with db.read() as connection:
        found = gains(connection)
    assert found["sms"] is None
    assert found["email"] is not None
    assert found["email"].shown
    assert found["email"].share == pytest.approx(0.01)
    with db.read() as connection:
        told = standing(connection)
    assert (told["model"], told["gains"]["sms"], told["gains"]["email"]["used"]) == (None, None, True)
    assert told["arms"]["email"]["own"] == {"messages": 200_000, "answered": 6_000}
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    timing.gain()
    said = capsys.readouterr().out
    assert "email: own hours gain +1.00 points over the brand's (+0." in said
    assert (
        "email: to show +5% of 2.50% takes 249,600 messages in each arm; there are 200,000, about 1 more day." in said
    )
    assert "sms: too few answers" in said


def test_outcomes_are_counted_once_their_days_are_over(shop: Shop) -> None:
    people = lives(shop, 4, 0)
    due = NOW - 5 * DAY
    for place, (person, arm) in enumerate(zip(people, (Arm.OWN, Arm.OWN, Arm.BRAND, None), strict=True)):
        decided(shop, person, due, arm)
        if place < 2:
            answers(shop, person, "Email Clicked", due + HOUR, machine=place == 1)
    answers(shop, people[2], "SMS Clicked", due + HOUR)  # on another channel
    answers(shop, people[2], "Email Opened", due + HOUR)
    decided(shop, people[0], NOW - 2 * DAY, Arm.OWN)  # not over yet
    assert count_outcomes(shop.db, NOW) == 2
    assert count_outcomes(shop.db, NOW) == 0
    found = [
        tuple(row)
        for row in rows_of(shop.db, "SELECT day, channel, arm, messages, answered FROM timing_outcome ORDER BY arm")
    ]
    day = date(2026, 2, 26)
    assert found == [(day, "email", Arm.BRAND, 1, 0), (day, "email", Arm.OWN, 2, 1)]
    count_outcomes(shop.db, NOW + 2 * DAY)
    assert rows_of(shop.db, "SELECT sum(messages) FROM timing_outcome")[0][0] == 4
