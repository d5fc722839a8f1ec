"""From messages and answers to the channel that people are written to on, and what that gained."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.integration.decisions.shop import NEW_YORK, Shop, policies
from tests.unit.decisions.batches import policy

from antiphon.cli import affinity as commands
from antiphon.decisions.affinity.learning import learn_affinity
from antiphon.decisions.affinity.standing import of_person, standing
from antiphon.decisions.decide import decide
from antiphon.decisions.settings import BrandSettings
from antiphon.kit.buckets import bucket_of, person_id
from antiphon.people.counting import ADD_DELIVERED
from antiphon.people.deliveries import add_up
from antiphon.people.engagement import HALF_LIFE, halvings
from antiphon.store.db import Database

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE, EMAILS, TEXTS = 1_010, 24, 6
EITHER = policy()

_PERSON = """
INSERT INTO person (bucket, id, die, zone, first_seen_at, last_seen_at)
SELECT b, p, 0, :zone, :now, :now FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(b, p)
"""
_EVENT = """
INSERT INTO event (bucket, person, at, id, name, received_at)
SELECT b, p, cast(:now AS timestamptz) - a * interval '1 second', i, n, cast(:now AS timestamptz) - a * interval '1 second'
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ago AS bigint[]), cast(:ids AS bigint[]),
              cast(:names AS text[])) k(b, p, a, i, n)
"""
_ANSWERS = """
INSERT INTO engagement (bucket, person, channel, answers, responses, last_at)
SELECT bucket, person, CASE WHEN name LIKE 'SMS %' THEN 'sms' ELSE 'email' END,
       sum(power(2::float8, extract(epoch FROM at - '2020-01-01 00:00+00') / :half)), count(*), max(at)
  FROM event WHERE name LIKE '% Clicked' GROUP BY 1, 2, 3
    ON CONFLICT (bucket, person, channel) DO UPDATE SET answers = excluded.answers, responses = excluded.responses,
       last_at = excluded.last_at
"""


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db, NOW)


def lives(db: Database, rates: tuple[float, float], seed: int = 5) -> list[int]:
    """People who got emails and texts over 120 days, and answer so many of each on average, each more or less than others."""
    random = np.random.default_rng(seed)
    people = [person_id(serial, serial % 256) for serial in range(1, PEOPLE + 1)]
    rows, delivered = [], []
    for person in people:
        keen = random.lognormal(0, 0.7, 2)
        for channel, name, number in (("email", "Email", EMAILS), ("sms", "SMS", TEXTS)):
            rate = min(0.9, rates[int(channel == "sms")] * keen[int(channel == "sms")])
            for ago in (random.random(number) * 116 + 4) * 86_400:
                rows.append((person, int(ago), f"{name} Delivered"))
                delivered.append((bucket_of(person), person, channel, NOW - timedelta(seconds=int(ago))))
                if random.random() < rate:
                    rows.append((person, int(ago) - 600, f"{name} Clicked"))
    who, ago, names = zip(*rows, strict=True)
    with db.begin("test") as connection:
        buckets = [bucket_of(person) for person in people]
        connection.execute(text(_PERSON), {"zone": NEW_YORK, "now": NOW, "buckets": buckets, "people": people})
        connection.execute(
            text(_EVENT),
            {"now": NOW, "buckets": [bucket_of(each) for each in who], "people": list(who), "ago": list(ago),
             "ids": list(range(1, len(rows) + 1)), "names": list(names)},
        )  # fmt: skip
        connection.execute(ADD_DELIVERED, add_up(delivered))
        connection.execute(text(_ANSWERS), {"half": HALF_LIFE.total_seconds()})
    return people


def test_nothing_is_learned_of_nobody(db: Database) -> None:
    assert learn_affinity(db, NOW) is None
    with db.read() as connection:
        found = of_person(connection, 17, NOW)
        assert standing(connection)["gate"]["people"] == 0
    assert (found.by, found.channel, found.known, found.fitted) == ("mean", "sms", False, False)
    assert (found.email.rate, found.sms.rate) == pytest.approx((0.02, 0.08))


def test_below_the_gate_the_rule_stands_and_rates_are_told_all_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    person = shop.person(1, preferred=None)
    shop.engaged(person, "email", DAY)
    with shop.db.begin("test") as connection:
        connection.execute(
            text("UPDATE engagement SET sends = :one, answers = :one, delivered = 1"), {"one": 2 ** halvings(NOW)}
        )
    told = learn_affinity(shop.db, NOW)
    assert told is not None
    assert (told["gate"], told["gain"], told["used"]) == ({"people": 0, "email": 0, "sms": 0}, None, False)
    with shop.db.read() as connection:
        found = of_person(connection, person, NOW)
    assert (found.by, found.channel, found.fitted, found.version) == ("last engaged", "email", False, 1)
    assert found.email.sends == pytest.approx(1)
    assert found.email.low < found.email.everybody < found.email.rate < found.email.high
    _installed(shop.db, monkeypatch, tmp_path)
    commands.show(None, as_json=False)
    commands.show(str(person), as_json=False)
    words = capsysbinary.readouterr().out.decode()
    assert "0 of 1,000 people, 0 of 5,000 emails, 0 of 5,000 texts within 180 days" in words
    assert "Chosen: email; they last answered on it." in words
    declared = shop.person(2, preferred="sms")
    with shop.db.read() as connection:
        assert (of_person(connection, declared, NOW).by, of_person(connection, declared, NOW).channel) == (
            "declared",
            "sms",
        )


def test_a_model_that_is_shown_to_gain_chooses_channels(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    people = lives(shop.db, (0.04, 0.2))
    told = learn_affinity(shop.db, NOW)
    assert told is not None
    assert told["gate"] == {"people": PEOPLE, "email": PEOPLE * EMAILS, "sms": PEOPLE * TEXTS}
    assert learn_affinity(shop.db, NOW + timedelta(hours=1)) is None
    assert told["used"]
    assert told["gain"]["model"] > told["gain"]["rule"]
    with shop.db.read() as connection:
        stands = {person: of_person(connection, person, NOW) for person in people[:60]}
        found = standing(connection)
    assert found["model"]["email"]["mean"] == pytest.approx(0.05, rel=0.25)  # the mean of such people
    emailed = [
        person for person, each in stands.items() if (each.sms.last_at or NOW - 999 * DAY) < (each.email.last_at or NOW)
    ]
    texted = [person for person in emailed if (stands[person].by, stands[person].channel) == ("model", "sms")]
    assert texted  # they answered an email last, and are written a text
    person = texted[0]
    shop.address(person, "ann@example.com")
    shop.address(person, "+12125550101")
    shop.intent(person)
    with shop.db.begin("test") as connection:
        decide(connection, NOW, shop.asked(), 1, policies(first=EITHER), BrandSettings())
        row = connection.execute(text("SELECT channel, reasons FROM decision")).one()
    assert row.channel == "sms"
    rates = row.reasons["affinity"]["rates"]
    assert rates == pytest.approx([stands[person].email.rate, stands[person].sms.rate], abs=1e-4)
    assert "by how often they answer each" in row.reasons["sentence"]
    _commands_tell(shop.db, person, monkeypatch, tmp_path, capsysbinary)


def _installed(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(commands, "wall_clock", lambda: NOW)


def _commands_tell(
    db: Database, person: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capture: pytest.CaptureFixture[bytes]
) -> None:
    _installed(db, monkeypatch, tmp_path)
    capture.readouterr()  # what learning logs
    commands.show(str(person), as_json=True)
    one: dict[str, Any] = json.loads(capture.readouterr().out)
    assert (one["person"], one["by"], one["channel"]) == (str(person), "model", "sms")
    commands.show(str(person), as_json=False)
    commands.show(None, as_json=False)
    words = capture.readouterr().out.decode()
    assert "Chosen: text; it brings most by how often they answer each." in words
    assert "it chooses" in words
