"""Caps on all that one person gets, who goes first, and what a message that lost says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.decisions.shop import NEW_YORK, VERSION, Shop, policies
from tests.unit.decisions.batches import policy

from antiphon.decisions.decide import DecideReport, decide
from antiphon.decisions.settings import BrandSettings, Budget, Caps, Spacing
from antiphon.store.db import Database

#: A Tuesday, noon in New York.
NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEPS = policies(
    mail=policy(("email",), hours=2), text=policy(("sms",), hours=2), urgent=policy(("email",), urgent=True, hours=2)
)
CLOSE = Spacing(sms=timedelta(0), email=timedelta(0), across=timedelta(0))
SETTINGS = BrandSettings(caps=Caps(day=2, week=3), spacing=CLOSE)


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db, NOW)


def both(shop: Shop, serial: int = 1) -> int:
    person = shop.person(serial)
    shop.address(person, f"p{serial}@example.com")
    shop.address(person, f"+1212555{serial:04d}", zones=[NEW_YORK])
    return person


def run(shop: Shop, settings: BrandSettings = SETTINGS, at: timedelta = timedelta(0), tick: int = 9) -> DecideReport:
    with shop.db.begin("tick") as connection:
        return decide(connection, NOW + at, shop.asked(), tick, STEPS, settings)


def made(shop: Shop) -> list[Any]:
    with shop.db.read() as connection:
        return list(
            connection.execute(text("SELECT * FROM decision ORDER BY decided_at, channel NULLS LAST, occasion_key"))
        )


def test_two_channels_together_get_no_more_than_one_of_them(shop: Shop) -> None:
    person = both(shop)
    for number, step in enumerate(("mail", "text", "mail")):
        shop.intent(person, step, occasion=f"c{number}")
    assert run(shop) == DecideReport(3, 1, 1, 1)
    last = made(shop)[-1]
    assert last.reasons["barred"]["email"] == {"cap.person": last.reasons["barred"]["email"]["cap.person"]}
    assert last.reasons["sentence"].startswith("No message. Email: enough messages of all kinds. It lost to the ")
    told = last.reasons["pressure"]
    assert told["rule"] == "cap.person"
    assert told["to"]["message"] in {str(each.id) for each in made(shop)[:2]}
    assert last.lost == pytest.approx(told["lost"], abs=1e-3)
    assert last.lost > 0.05


def test_a_cap_lets_go_when_the_oldest_is_a_day_old_and_a_week_counts_longer(shop: Shop) -> None:
    person = both(shop)
    for number, hours in enumerate((0, 1, 25, 26, 170)):
        moved = replace(shop, now=NOW + hours * HOUR)
        moved.intent(person, "mail", occasion=f"c{number}")
        run(shop, at=hours * HOUR, tick=9 + number)
    assert [one.channel for one in made(shop)] == ["email", "email", "email", None, "email"]
    told = made(shop)[3].reasons["pressure"]
    assert told["rule"] == "cap.person"
    assert told["to"]["at"] == "2026-03-04T18:00:00Z"


def test_of_two_that_want_one_person_the_higher_priority_goes_first(shop: Shop) -> None:
    person = both(shop)
    steps = policies(mail=policy(("email",), hours=2), other=policy(("email",), hours=2))
    steps[VERSION, "other"] = replace(steps[VERSION, "other"], priority=1)
    shop.intent(person, "mail", occasion="a")
    shop.intent(person, "other", occasion="b")
    with shop.db.begin("tick") as connection:
        decide(connection, NOW, shop.asked(), 9, steps, BrandSettings())
    won, lost = made(shop)
    assert (won.step, lost.step, lost.channel) == ("other", "mail", None)
    assert lost.reasons["pressure"]["rule"] == "spacing.email"
    assert lost.reasons["pressure"]["to"]["step"] == "other"
    assert f"It lost to the email {won.id} of the journey" in lost.reasons["sentence"]


def test_a_text_that_a_budget_denied_tells_what_the_email_is_worth_less(shop: Shop) -> None:
    person = both(shop)
    steps = policies(first=policy(hours=2))
    shop.intent(person, value=100)
    with shop.db.begin("tick") as connection:
        decide(connection, NOW, shop.asked(), 9, steps, BrandSettings(budget=Budget(day=0)))
    (one,) = made(shop)
    assert one.channel == "email"
    assert one.reasons["pressure"]["rule"] == "budget.day"
    assert one.reasons["pressure"]["to"] is None
    assert one.reasons["pressure"]["wanted"]["channel"] == "sms"
    assert 0.4 < one.lost < 1


def test_whoever_was_written_to_a_lot_is_likelier_to_leave(shop: Shop) -> None:
    """An opt-out costs what its person would have earned, so that a weak message to a tired reader is not sent."""
    fresh, tired = both(shop, 1), both(shop, 2)
    for number in range(5):
        moved = replace(shop, now=NOW - timedelta(hours=5 - number))
        moved.intent(tired, "urgent", occasion=f"x{number}")
        run(shop, at=-timedelta(hours=5 - number), settings=BrandSettings(spacing=CLOSE), tick=number)
    weary = BrandSettings(spacing=CLOSE, fatigue=0.5, value=8)
    for person in (fresh, tired):
        shop.intent(person, "mail", occasion="now", value=0, occasion_ago=timedelta(0))
    run(shop, settings=weary, tick=20)
    found = {one.person: one.channel for one in made(shop) if one.tick == 20}
    assert found == {fresh: "email", tired: None}


def test_whoever_has_few_messages_is_asked_no_more_about(shop: Shop) -> None:
    both(shop)
    shop.intent(both(shop, 2), "mail")
    assert run(shop) == DecideReport(1, 1, 0, 0)
    (one,) = made(shop)
    assert one.lost is None
    assert "pressure" not in one.reasons
