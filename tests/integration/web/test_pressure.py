"""The page of pressure, its limits in Settings, and the command that tells the same."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.web.conftest import Site, post

from antiphon.cli import pressure
from antiphon.decisions.pressure.report import report
from antiphon.kit.buckets import bucket_of, hash64, person_id
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

DAY = timedelta(days=1)
_DECIDED = text("""
INSERT INTO decision (bucket, id, person, run, journey, version, step, visit, at, decided_at, channel, due_at, purpose,
                      occasion_key, occasion_at, occasion_event, entry_key, reasons, lost, tick)
VALUES (:bucket, :id, :person, 1, :journey, 1, 'a', 1, :at, :at, :channel, :due, 'marketing', 'x', :at, 0, 'x',
        cast(:reasons AS json), :lost, 1)
""")


def decided(db: Database, days: int, channel: str | None, people: int, each: int = 1, **more: Any) -> None:
    """``people`` with ``each`` messages on a day, or with none that lost."""
    rows = []
    for serial in range(people):
        person = person_id(serial, serial % 256)
        for number in range(each):
            given = {"journey": 1, "lost": None, "reasons": {}} | more
            key = f"{serial}|{number}|{days}|{channel}|{given['journey']}"
            at = NOON + days * DAY
            rows.append(
                given
                | {"bucket": bucket_of(person), "person": person, "channel": channel, "at": at, "due": channel and at}
                | {"id": hash64(key), "reasons": json.dumps(given["reasons"])}
            )
    with db.begin("test") as connection:
        connection.execute(_DECIDED, rows)


def lost(rule: str, to: int | None) -> dict[str, Any]:
    return {"pressure": {"rule": rule, "to": None if to is None else {"origin": to, "message": "7"}}}


def filled(db: Database) -> None:
    """Two weeks of messages, some people at the cap, a budget, and losses."""
    with db.begin("test") as connection:
        connection.execute(text("INSERT INTO journey (slug, name, state, created_at, changed_at) VALUES "
                                "('carts', 'Carts', 'active', :at, :at)"), {"at": NOON})  # fmt: skip
        journey = connection.execute(text("SELECT id FROM journey")).scalar_one()
        limits = '{"budget": {"day": 5, "month": 60}, "caps": {"day": 3}}'
        connection.execute(text("UPDATE brand SET settings = settings || cast(:s AS jsonb)"), {"s": limits})
        period = text(
            "INSERT INTO budget_portion (period, portion, reserved, texts, price) VALUES (:p, 0, :n, 1, 21.5)"
        )
        for back in range(5):
            connection.execute(period, {"p": str((NOON - back * DAY).date()), "n": 4_000_000 - 500_000 * back})
        connection.execute(period, {"p": f"{NOON:%Y-%m}", "n": 15_000_000})
    for days in range(-13, 4):
        share = 40 if days <= 0 else 12
        decided(db, days, "email", share + 3 * (days % 5), journey=journey)
        decided(db, days, "sms", 8, journey=journey)
    decided(db, -1, "email", 9, 3, journey=-1)
    decided(db, -2, None, 6, journey=-1, lost=0.4, reasons=lost("cap.person", journey))
    decided(db, -3, "email", 4, journey=-3, lost=0.9, reasons=lost("budget.day", None))


def test_days_people_budget_and_losses_stand_on_the_page(site: Site, owner: TestClient) -> None:
    filled(site.db)
    with site.db.read() as connection:
        found = report(connection, NOON)
    yesterday = next(day for day in found.days if day.day == found.today - DAY)
    assert found.exact
    assert yesterday.at_cap == 9
    assert yesterday.everybody > 40
    assert sum(yesterday.people.values()) == yesterday.everybody
    assert sum(n * people for n, people in yesterday.people.items()) == yesterday.email + yesterday.sms
    assert [(one.loser, one.winner, one.rule, one.messages, one.unwritten) for one in found.losses] == [
        ("campaign 3", None, "budget.day", 4, 0),
        ("campaign 1", "journey carts", "cap.person", 6, 6),
    ]
    body = owner.get("/pressure").text
    for words in (
        "3</span> a day",
        "$4.00</span>",
        "of $5.00",
        "21.5 times its cost",
        "of $60.00",
        "$6.00</span> expected",
    ):
        assert words in body
    assert "Campaign 1 lost to journey carts" in body
    assert "enough messages of all kinds; 6 got nothing instead" in body
    assert body.count('role="img"') == 2
    assert "planned</span>" in body


def test_without_messages_the_page_says_what_would_stand_there(site: Site, owner: TestClient) -> None:
    body = owner.get("/pressure").text
    assert "Nobody was written to in two weeks" in body
    assert "Nothing lost to anything" in body
    assert "no limit a day" in body


def test_limits_are_set_in_settings_and_what_is_wrong_is_told(site: Site, owner: TestClient) -> None:
    with site.db.begin("test") as connection:
        connection.execute(text("""UPDATE brand SET settings = settings || '{"caps": {"email": 4}}'::jsonb"""))
    wrong = post(owner, "/settings", "/settings/pressure", day="0", week="9", budget_day="-3", budget_month="")
    assert wrong.status_code == 422
    assert 'id="day-error"' in wrong.text
    assert 'id="budget_day-error"' in wrong.text
    kept = post(owner, "/settings", "/settings/pressure", day="2", week="9", budget_day="12.5", budget_month="")
    assert kept.headers["location"] == "/settings?saved=pressure#pressure"
    with site.db.read() as connection:
        found = report(connection, NOON).settings
    assert (found.caps.day, found.caps.week, found.caps.email) == (2, 9, 4)
    assert (found.budget.day, found.budget.month) == (12.5, None)


def test_the_command_tells_and_sets_the_same(
    db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(pressure, "wall_clock", lambda: NOON)
    pressure.set_limits(per_day=3, budget_day="5", budget_month="none")
    assert "Texts may cost 5 a day." in capsys.readouterr().out
    with pytest.raises(AntiphonError, match="is no amount"):
        pressure.set_limits(budget_day="much")
    filled(db)
    pressure.show()
    said = capsys.readouterr().out
    assert "Texts may cost 5 a day and 60 a month" in said
    assert "A text has to gain 21.5 times what it costs." in said
    assert "In 30 days 10 messages lost an expected 6.00" in said
    pressure.show(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["caps"]["day"] == 3
    assert told["losses"][0]["rule"] == "budget.day"
    assert [day["planned"] for day in told["days"]].count(True) == 3
