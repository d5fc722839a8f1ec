"""The pages of send times and of one person's hours and channels."""

import re
from datetime import timedelta
from importlib import import_module

import numpy as np
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.decisions.affinity.models import Channel, Model
from antiphon.decisions.timing.curves import brand_curve
from antiphon.decisions.timing.heat import count_hours, week
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.people.engagement import halvings
from antiphon.store.db import Database

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MODEL = Model(Channel(0.03, 0.5, 20), Channel(0.09, 0.5, 12), fitted=True)
GAIN = {"share": 0.012, "low": 0.004, "high": 0.02, "people": 4_200, "different": 900, "rule": 0.05, "model": 0.06}


def run(db: Database, sql: str, **values: object) -> None:
    with db.begin("test") as connection:
        connection.execute(text(sql), values)


def learned(db: Database, *, used: bool, fitted: bool = True) -> None:
    """A model of channels, and one of hours of which emails' gain is shown."""
    model = MODEL.document() | {"fitted": fitted}
    gate = {"people": 5_000 if fitted else 412, "email": 60_000 if fitted else 2_100, "sms": 9_000 if fitted else 340}
    told = {"asked": 5_000, "gate": gate, "gain": GAIN | {"low": 0.004 if used else -0.003}, "used": used}
    given = {"at": NOON, "model": Jsonb(model), "told": Jsonb(told)}
    run(db, "INSERT INTO affinity_model VALUES (1, :at, :model, :told)", **given)
    hours = {"hours": brand_curve(np.ones(24)).tolist(), "told": Jsonb({"people": 5_000}), "at": NOON}
    run(db, "INSERT INTO rhythm_model VALUES (1, :at, :hours, 24, :told)", **hours)
    for arm, answered in ((3, 6_000), (2, 4_000)):
        run(db, "INSERT INTO timing_outcome VALUES ('2026-01-01', 'email', :arm, 200000, :n)", arm=arm, n=answered)


def known(shop: ShopUnderTest) -> int:
    """Somebody who is about at eight in the evening and answers texts."""
    shop.knows("C1", firstName="Zoë", email="zoe@example.com", phone="+12125550101", timezone="America/New_York")
    shop.settle()
    person: int = shop.one("SELECT person FROM identifier WHERE value = 'C1'")
    worth = 2 ** halvings(NOON)
    for channel, sends, answers in (("email", 30, 1), ("sms", 9, 5)):
        run(
            shop.db,
            "INSERT INTO engagement (bucket, person, channel, delivered, responses, sends, answers, last_at) "
            "VALUES (:bucket, :person, :channel, :sends, :answers, :sent, :answered, :at)",
            bucket=bucket_of(person), person=person, channel=channel, sends=sends, answers=answers,
            sent=sends * worth, answered=answers * worth, at=NOON - (DAY if channel == "email" else 9 * DAY),
        )  # fmt: skip
    for act in range(12):
        at = (NOON - (act * 3 + 2) * DAY).replace(hour=1)  # eight in the evening in New York, in winter
        run(
            shop.db,
            "INSERT INTO event (bucket, person, at, id, name, received_at) "
            "VALUES (:bucket, :person, :at, :id, 'Product Viewed', :at)",
            bucket=bucket_of(person), person=person, at=at, id=hash64(f"{act}"),
        )  # fmt: skip
    run(shop.db, "DELETE FROM person_rhythm")
    with shop.db.begin("test") as connection:
        connection.exec_driver_sql(import_module("antiphon.store.migrations.versions.0030_rhythms")._FILL)
    return person


def sent(db: Database, person: int, channel: str, ago: timedelta) -> None:
    run(
        db,
        "INSERT INTO decision (bucket, id, person, run, journey, version, step, visit, at, decided_at, channel, due_at, purpose, "
        "occasion_key, occasion_at, occasion_event, entry_key, reasons, tick) VALUES (:bucket, :id, :person, 1, 1, 1, 'a', 1, "
        ":due, :due, :channel, :due, 'marketing', 'k', :due, 1, 'k#1', '{}', 1)",
        bucket=bucket_of(person), id=hash64(f"{channel}{ago}"), person=person, channel=channel, due=NOON - ago,
    )  # fmt: skip


def test_a_week_is_counted_once_by_its_readers_clocks(shop: ShopUnderTest) -> None:
    person = known(shop)
    at = 6 * DAY + 2 * HOUR
    for ago in (at, at - HOUR, at - 3 * DAY):  # the last one's time is not over
        sent(shop.db, person, "email", ago)
    run(
        shop.db,
        "INSERT INTO event (bucket, person, at, id, name, received_at, props) VALUES "
        "(:bucket, :person, :at, 1, 'Email Clicked', :at, '{}'), (:bucket, :person, :at, 2, 'Email Clicked', :at, :machine)",
        bucket=bucket_of(person), person=person, at=NOON - at + 5 * HOUR, machine=Jsonb({"machine": True}),
    )  # fmt: skip
    assert count_hours(shop.db, NOON)
    assert count_hours(shop.db, NOON) == 0
    with shop.db.read() as connection:
        found = week(connection, "email", NOON)
        assert week(connection, "sms", NOON) == [(0, 0, 0)] * 168
    zone_hours = {slot: each for slot, each in enumerate(found) if any(each)}
    local = NOON - at
    first = local.weekday() * 24 + local.hour - 5  # New York in winter
    assert zone_hours == {first: (1, 1, 0), first + 1: (1, 1, 0), first + 5: (0, 0, 1)}


def test_send_times_without_anything_say_what_will_come(owner: TestClient) -> None:
    body = owner.get("/send-times?channel=sms&show=nonsense").text
    assert "No texts to draw yet" in body
    assert "Nothing is learned yet" in body
    assert "0 of 1,000" in body


def test_send_times_show_the_week_and_what_is_gained(site: Site, owner: TestClient) -> None:
    learned(site.db, used=True)
    run(
        site.db,
        "INSERT INTO send_hour SELECT :day, 'email', s, CASE WHEN s = 5 THEN 7 ELSE 1000 + s END, CASE WHEN s = 5 THEN 7 "
        "ELSE 10 + s / 4 END, s FROM generate_series(0, 167) s",
        day=NOON.date() - DAY,
    )
    body = owner.get("/send-times").text
    cells = re.findall(r'data-words="([^"]+)"', body)
    assert len(cells) == 168
    assert cells[5] == "Monday 05:00 to 06:00: 7 sent, too few to tell how many are answered, 5 answers came"
    assert "Best: Sunday 20:00" in body
    assert re.search(r"heat-email-9", body)
    assert "+1.00 points" in body
    assert "+12.00" in body
    assert body.count("In use") == 2  # own hours of emails, and the model of channels
    assert body.count("On probation") == 1
    assert "1,083" in owner.get("/send-times?show=sent").text


@pytest.mark.parametrize(("used", "channel"), [(False, "Emails"), (True, "Texts")])
def test_a_persons_page_says_what_is_chosen_and_why(
    shop: ShopUnderTest, site: Site, owner: TestClient, used: bool, channel: str
) -> None:
    site.now = NOON
    person = known(shop)
    learned(shop.db, used=used)
    assert f'href="/people/{person}/habits"' in owner.get(f"/people/{person}").text
    body = owner.get(f"/people/{person}/habits").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body))
    assert "Almost certainly answers texts more often" in words
    assert f"{channel}, because" in words
    assert "from 19:00" in words
    assert "Work days: most between 20:00 and 21:00" in body
    assert "9 delivered, 5 answers" in words


def test_somebody_unknown_is_taken_for_everybody(shop: ShopUnderTest, owner: TestClient) -> None:
    shop.knows("C1", email="a@example.com")
    shop.settle()
    person = shop.one("SELECT person FROM identifier WHERE value = 'C1'")
    body = owner.get(f"/people/{person}/habits").text
    assert "Knows little" in body
    assert "Nothing is known of their hours" in body
    assert "Nothing was sent to them yet" in body
    assert owner.get("/people/99/habits").status_code == 404
